//! Reading, listing and completing resources.

use std::str::FromStr;

use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{CompletionReference, ResourceContents};
use mcp_runtime::resource::{Json, ResourceError, Variables};
use mcp_runtime::testing::{TestClient, assert_json, assert_refused};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kit::{NOTHING, Outcome, ask, assert_hint, clients, each, is_modern, take_hint};

#[derive(Serialize)]
struct Profile {
    id: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Guest,
    Member,
}

struct Known(Vec<u64>);

/// A user's profile.
#[resource("users://{id}/profile{?kind}", ttl = "5s", list = listed)]
async fn profile(
    id: u64,
    kind: Option<Kind>,
    known: &State<Known>,
    _cx: &Context,
) -> Result<Option<Profile>, ResourceError> {
    match id {
        0 => Err(ResourceError::not_found_because("nobody is number 0")),
        1 => Err("x".parse::<u8>().unwrap_err().into()),
        _ => {
            let kind = kind.unwrap_or(Kind::Guest);
            Ok(known.0.contains(&id).then_some(Profile { id, kind }))
        }
    }
}

fn listed() -> Vec<ResourceLink> {
    (2..5).map(|id| ResourceLink::new(format!("users://{id}/profile"), "user")).collect()
}

/// A type that implements `FromStr`.
struct Even(u8);

impl FromStr for Even {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number: u8 = text.parse().map_err(|_| "no number".to_owned())?;
        if number.is_multiple_of(2) { Ok(Self(number)) } else { Err(format!("{number} is odd")) }
    }
}

/// Even numbers.
#[resource("even:{b}{?c}")]
async fn even(b: Even, c: Option<Even>) -> String {
    format!("{} {}", b.0, c.map_or(0, |c| c.0))
}

fn users() -> Server {
    let about = Resource::new("users://about", "about", async |_: Context, _: Variables| {
        "All users.".to_owned()
    });
    let server = Server::new("s", "1").with::<(profile, even)>().resource(about);
    server.state(Known(vec![2, 3])).page_size(2)
}

/// The text of a resource.
async fn text(client: &TestClient, uri: &str) -> Result<String, mcp_runtime::client::Error> {
    let contents = client.read(uri).await?.contents;
    Ok(contents[0].as_text().unwrap().to_owned())
}

#[tokio::test]
async fn variables_become_arguments() -> Outcome {
    for client in clients(users).await? {
        for (uri, text) in [
            ("users://2/profile", r#"{"id":2,"kind":"guest"}"#),
            ("users://3/profile?kind=member", r#"{"id":3,"kind":"member"}"#),
        ] {
            let mut read = ask(&client, "resources/read", json!({ "uri": uri })).await?;
            assert_hint(&client, &read, 5000, "private");
            take_hint(&client, &mut read);
            let contents = [json!({ "uri": uri, "mimeType": "application/json", "text": text })];
            assert_json(&read, &json!({ "contents": contents }));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_resource_that_is_not_there_has_the_code_of_the_revision() -> Outcome {
    for client in clients(users).await? {
        for (uri, message) in [
            ("users://9/profile", "resource not found: users://9/profile"),
            ("users://0/profile", "resource not found: users://0/profile; nobody is number 0"),
            ("users://abuot", "resource not found: users://abuot; did you mean `users://about`?"),
            ("other:", "resource not found: other:"),
        ] {
            let error = client.read(uri).await.unwrap_err();
            let code = if is_modern(&client) { -32602 } else { -32002 };
            let expected = json!({ "code": code, "message": message, "data": { "uri": uri } });
            assert_json(error.remote().unwrap(), &expected);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_once() -> Outcome {
    for client in clients(users).await? {
        let outcome = client.read("users://me/profile?kind=king").await;
        for part in ["- `id`: expected a non-negative integer", "- `kind`: "] {
            assert_refused(&outcome, ErrorCode::INVALID_PARAMS, part);
        }
        let outcome = client.read("users://1/profile").await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "");
        let message = &outcome.unwrap_err().remote().unwrap().message.clone();
        assert_eq!(message, "invalid digit found in string");
        let outcome = client.request::<Value>("resources/read", json!({ "uri": 1 })).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "uri");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_template_lists_follows_the_others_in_pages() -> Outcome {
    for client in clients(users).await? {
        let first = ask(&client, "resources/list", ()).await?;
        assert_eq!(each(&first["resources"], "uri"), ["users://about", "users://2/profile"]);
        assert_hint(&client, &first, 60_000, "private");
        let cursor = json!({ "cursor": first["nextCursor"] });
        let second = ask(&client, "resources/list", cursor).await?;
        let uris = ["users://3/profile", "users://4/profile"];
        assert_eq!(each(&second["resources"], "uri"), uris);
        assert_eq!(second["nextCursor"], Value::Null);
        let templates = ask(&client, "resources/templates/list", ()).await?;
        let expected = json!({
            "uriTemplate": "users://{id}/profile{?kind}",
            "name": "profile",
            "description": "A user's profile.",
        });
        assert_json(&templates["resourceTemplates"][0], &expected);
    }
    Ok(())
}

#[tokio::test]
async fn enums_complete_by_themselves() -> Outcome {
    for client in clients(users).await? {
        let complete = async |argument: &str, typed: &str| {
            let profile = CompletionReference::resource("users://{id}/profile{?kind}");
            client.complete(profile, argument, typed, NOTHING).await
        };
        let expected = json!({ "values": ["guest"], "total": 1, "hasMore": false });
        assert_json(&complete("kind", "G").await?, &expected);
        assert!(complete("id", "").await?.values.is_empty());
        let message = "unknown argument: knd; did you mean `kind`?";
        assert_refused(&complete("knd", "").await, ErrorCode::INVALID_PARAMS, message);
    }
    Ok(())
}

/// Resources with all return types of closures.
fn forms() -> Server {
    let at = |server: Server, resource: Resource| server.resource(resource.mime_type("x/y"));
    let server = Server::new("s", "1");
    let server = at(server, Resource::new("a:bytes", "n", async |_, _| vec![0_u8, 1]));
    let server = at(server, Resource::new("a:array", "n", async |_, _| Some(b"\0\x01")));
    let server = at(server, Resource::new("a:json", "n", async |_, _| Json(vec![1_u8])));
    let several = Resource::new("a:several", "n", async |_, _| {
        vec![ResourceContents::text("a:1", "1"), ResourceContents::blob("a:2", [0])]
    });
    at(server, several)
}

#[tokio::test]
async fn contents_of_every_form() -> Outcome {
    for client in clients(forms).await? {
        for (uri, expected) in [
            ("a:bytes", json!([{ "uri": "a:bytes", "mimeType": "x/y", "blob": "AAE=" }])),
            ("a:array", json!([{ "uri": "a:array", "mimeType": "x/y", "blob": "AAE=" }])),
            ("a:json", json!([{ "uri": "a:json", "mimeType": "x/y", "text": "[1]" }])),
            ("a:several", json!([{ "uri": "a:1", "text": "1" }, { "uri": "a:2", "blob": "AA==" }])),
        ] {
            let read = ask(&client, "resources/read", json!({ "uri": uri })).await?;
            assert_json(&read["contents"], &expected);
        }
    }
    Ok(())
}

fn overlapping() -> Server {
    let answers = |uri: &str, text: &'static str| {
        Resource::new(uri, text, move |_: Context, variables: Variables| async move {
            format!("{text} {}", variables.get("v").unwrap_or_default())
        })
    };
    Server::new("s", "1")
        .resource(answers("a://x/{v}", "one"))
        .resource(answers("a://{+v}", "all"))
        .resource(answers("a://x/y", "this"))
}

#[tokio::test]
async fn the_most_specific_template_reads() -> Outcome {
    for client in clients(overlapping).await? {
        assert_eq!(text(&client, "a://x/y").await?, "this ");
        assert_eq!(text(&client, "a://x/%C3%A4").await?, "one ä");
        assert_eq!(text(&client, "a://x/y/z").await?, "all x/y/z");
    }
    Ok(())
}

#[tokio::test]
async fn parameters_that_parse_themselves() -> Outcome {
    for client in clients(users).await? {
        assert_eq!(text(&client, "even:2?c=4").await?, "2 4");
        assert_eq!(text(&client, "even:2?c=").await?, "2 0");
        let outcome = client.read("even:3?c=x").await;
        for part in ["- `b`: 3 is odd; got \"3\"", "- `c`: no number; got \"x\""] {
            assert_refused(&outcome, ErrorCode::INVALID_PARAMS, part);
        }
    }
    Ok(())
}
