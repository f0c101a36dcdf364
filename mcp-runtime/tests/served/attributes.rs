//! Keys of the attributes of resources and prompts, as clients see them.

use std::net::IpAddr;

use mcp_runtime::completion::Completing;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{CompletionReference, PromptMessage};
use mcp_runtime::resource::{Json, ResourceError};
use mcp_runtime::testing::assert_json;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::kit::{NOTHING, Outcome, ask, assert_hint, clients, data, take_hint};

struct Names(Vec<&'static str>);

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Guest,
    Member,
}

#[derive(Serialize)]
struct Profile {
    name: String,
    kind: Kind,
}

/// The manual.
///
/// All of it.
#[resource(
    "docs://manual",
    name = "Manual",
    title = "The manual",
    mime_type = "text/markdown",
    size = 9,
    icons("https://example.com/a.png"),
    annotations(audience("user"), priority = 0.5, last_modified = "2026-01-12T15:00:58Z"),
    meta = json!({ "a.example/b": 1 }),
    ttl = "5m",
    scope = "public",
    blocking
)]
fn manual() -> &'static str {
    "# Manual\n"
}

/// A user.
#[resource("users://{id}{?as,from}", list = users)]
async fn user(
    #[arg(rename = "as")] kind: Option<Kind>,
    names: &State<Names>,
    /// Its number
    #[arg(complete = numbers)]
    id: usize,
    from: Option<IpAddr>,
) -> Result<Json<Profile>, ResourceError> {
    let name = names.0.get(id).ok_or_else(ResourceError::not_found)?;
    let name = from.map_or((*name).to_owned(), |from| format!("{name} of {from}"));
    Ok(Json(Profile { name, kind: kind.unwrap_or(Kind::Guest) }))
}

fn users() -> Vec<ResourceLink> {
    vec![ResourceLink::new("users://0", "a")]
}

async fn numbers(_: &str) -> Vec<String> {
    (8..12).map(|number| number.to_string()).collect()
}

/// Ask for a letter.
#[prompt(name = "write.letter", title = "Letter")]
fn letter(
    _cx: &Context,
    /// To whom
    #[arg(complete = recipients)]
    recipient: &str,
    #[arg(description = "How many", rename = "count")] lines: Option<u8>,
    kind: Kind,
) -> Vec<PromptMessage> {
    let kind = serde_json::to_string(&kind).unwrap_or_default();
    let text = format!("{recipient}, {lines:?}, {kind}");
    vec![PromptMessage::user(text)]
}

fn recipients(partial: &str, others: &Completing) -> Vec<String> {
    let count = others.argument("count").unwrap_or("no");
    vec![format!("{partial}{count}"), "else".to_owned()]
}

struct Stock(Vec<String>);

#[server]
impl Stock {
    /// What is in stock.
    #[resource("stock://{index}")]
    fn item(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(String::as_str)
    }

    /// Ask for an order.
    #[prompt]
    async fn order(&self, #[arg(complete = Self::indexes)] index: usize) -> Result<String, String> {
        self.0.get(index).cloned().ok_or_else(|| format!("nothing at {index}"))
    }

    fn indexes(_: &str) -> Vec<&'static str> {
        vec!["0", "1"]
    }
}

fn library() -> Server {
    let server = Server::new("s", "1").with::<(manual, user, letter)>();
    server.state(Names(vec!["Ada", "Bob"]))
}

#[tokio::test]
async fn a_resource_is_listed_as_its_keys_say() -> Outcome {
    for client in clients(library).await? {
        let listed = ask(&client, "resources/list", ()).await?;
        let expected = json!({
            "uri": "docs://manual",
            "name": "Manual",
            "title": "The manual",
            "description": "The manual.\n\nAll of it.",
            "mimeType": "text/markdown",
            "size": 9,
            "icons": [{ "src": "https://example.com/a.png" }],
            "annotations": {
                "audience": ["user"],
                "priority": 0.5,
                "lastModified": "2026-01-12T15:00:58Z",
            },
            "_meta": { "a.example/b": 1 },
        });
        assert_json(&listed["resources"][0], &expected);
        assert_eq!(listed["resources"][1]["uri"], "users://0");
    }
    Ok(())
}

#[tokio::test]
async fn a_resource_is_read_and_kept_as_its_keys_say() -> Outcome {
    for client in clients(library).await? {
        let mut read = ask(&client, "resources/read", json!({ "uri": "docs://manual" })).await?;
        assert_hint(&client, &read, 300_000, "public");
        take_hint(&client, &mut read);
        let contents =
            json!([{ "uri": "docs://manual", "mimeType": "text/markdown", "text": "# Manual\n" }]);
        assert_json(&read, &json!({ "contents": contents }));
    }
    Ok(())
}

#[tokio::test]
async fn variables_find_their_parameters_by_name() -> Outcome {
    for client in clients(library).await? {
        for (uri, text) in [
            ("users://1", r#"{"name":"Bob","kind":"guest"}"#),
            ("users://0?as=member&from=::1", r#"{"name":"Ada of ::1","kind":"member"}"#),
        ] {
            assert_eq!(client.read(uri).await?.contents[0].as_text(), Some(text));
        }
        assert_eq!(data(client.read("users://7").await), json!({ "uri": "users://7" }));
    }
    Ok(())
}

#[tokio::test]
async fn a_prompt_is_listed_as_its_keys_say() -> Outcome {
    for client in clients(library).await? {
        let expected = json!([{
            "name": "write.letter",
            "title": "Letter",
            "description": "Ask for a letter.",
            "arguments": [
                { "name": "recipient", "description": "To whom", "required": true },
                { "name": "count", "description": "How many", "required": false },
                { "name": "kind", "required": true },
            ],
        }]);
        assert_json(&ask(&client, "prompts/list", ()).await?["prompts"], &expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_prompt_is_given_its_arguments() -> Outcome {
    for client in clients(library).await? {
        let arguments = [("recipient", "Ada"), ("count", "3"), ("kind", "guest")];
        let result = client.prompt("write.letter", arguments).await?;
        assert_eq!(result.messages[0].content.as_text(), Some("Ada, Some(3), \"guest\""));
    }
    Ok(())
}

#[tokio::test]
async fn arguments_are_completed() -> Outcome {
    for client in clients(library).await? {
        let letter = CompletionReference::prompt("write.letter");
        let user = CompletionReference::resource("users://{id}{?as,from}");
        for (reference, name, typed, expected) in [
            (&letter, "recipient", "A", vec!["A3"]),
            (&letter, "kind", "m", vec!["member"]),
            (&user, "id", "1", vec!["10", "11"]),
            (&user, "as", "", vec!["guest", "member"]),
        ] {
            let given = [("count", "3")];
            let found = client.complete(reference.clone(), name, typed, given).await?;
            assert_eq!(found.values, expected, "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn methods_are_components_of_their_instance() -> Outcome {
    for client in clients(|| Stock(vec!["apple".to_owned()]).into_server()).await? {
        assert_eq!(client.read("stock://0").await?.contents[0].as_text(), Some("apple"));
        let result = client.prompt("order", [("index", "0")]).await?;
        assert_eq!(result.messages[0].content.as_text(), Some("apple"));
        let order = CompletionReference::prompt("order");
        assert_eq!(client.complete(order, "index", "1", NOTHING).await?.values, ["1"]);
    }
    Ok(())
}
