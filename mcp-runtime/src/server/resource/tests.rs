//! Reading and listing resources that are described as generated code describes them.
// Generated code has every type begin at the same number of references.
#![allow(clippy::needless_borrow)]

use std::collections::LinkedList;
use std::sync::Arc;

use mcp_core::protocol::{Resource as ResourceLink, ResourceContents};
use mcp_core::revision::Revision;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ReadFuture, Resource, ResourceBuilder, Variables};
use crate::__private::by_text::*;
use crate::server::component::{Component, Registration};
use crate::server::outcome::Returned;
use crate::server::text::{ResourceError, Text, TextCall, Texts};
use crate::server::trial::Trial;
use crate::server::{BuildError, Context, Server, State};

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

/// What the attribute makes of `profile`.
struct ProfileResource;

impl Component for ProfileResource {
    fn register(components: &mut Registration) {
        components.resource(
            ResourceBuilder::new("users://{id}/profile{?kind}", "profile")
                .description("A user's profile.")
                .ttl_ms(5)
                .list(listed)
                .parameter((&&&&&Text::<u64>::new("id")).parameter())
                .parameter((&&&&&Text::<Option<Kind>>::new("kind")).parameter())
                .parameter((&&&&&Text::<&State<Known>>::new("known")).parameter())
                .parameter((&&&&&Text::<&Context>::new("cx")).parameter())
                .contents((&&&Returned::<Result<Option<Profile>, ResourceError>>::new()).contents())
                .handler(move |call: TextCall| -> ReadFuture {
                    Box::pin(async move {
                        let (id, kind, known, cx) = {
                            let inputs = Texts::read(&call);
                            let id = inputs.take(0, (&&&&&Text::<u64>::new("id")).parameter());
                            let kind = inputs
                                .take(1, (&&&&&Text::<Option<Kind>>::new("kind")).parameter());
                            let known = inputs
                                .take(2, (&&&&&Text::<&State<Known>>::new("known")).parameter());
                            let cx = inputs.take(3, (&&&&&Text::<&Context>::new("cx")).parameter());
                            match (id, kind, known, cx) {
                                (Some(id), Some(kind), Some(known), Some(cx)) if inputs.fit() => {
                                    (id, kind, known, cx)
                                }
                                _ => return inputs.refusal(),
                            }
                        };
                        let result = profile(id, kind, known, cx).await;
                        (&&&Returned::<Result<Option<Profile>, ResourceError>>::new())
                            .contents()
                            .reply(&call, result)
                    })
                }),
        );
    }
}

fn users() -> Trial {
    let about = Resource::new("users://about", "about", async |_: Context, _: Variables| {
        "All users.".to_owned()
    });
    let server = Server::new("s", "1").with::<ProfileResource>().resource(about);
    Trial::of(server.state(Known(vec![2, 3])).page_size(2))
}

fn read(uri: &str) -> Value {
    users().ask("resources/read", json!({ "uri": uri }))
}

#[test]
fn variables_become_arguments() {
    let expected = |uri: &str, text: &str| {
        json!({
            "contents": [{ "uri": uri, "mimeType": "application/json", "text": text }],
            "ttlMs": 5,
            "cacheScope": "private",
        })
    };
    let uri = "users://2/profile";
    assert_eq!(read(uri), expected(uri, r#"{"id":2,"kind":"guest"}"#));
    let uri = "users://3/profile?kind=member";
    assert_eq!(read(uri), expected(uri, r#"{"id":3,"kind":"member"}"#));
}

#[test]
fn a_resource_that_is_not_there_has_the_code_of_the_revision() {
    let check = |uri: &str, message: &str| {
        let data = json!({ "uri": uri });
        let expected = json!({ "code": -32602, "message": message, "data": data });
        assert_eq!(read(uri), expected);
        let params = json!({ "uri": uri });
        let answer = users().ask_in(Revision::V2025_11_25, "resources/read", params);
        assert_eq!(answer, json!({ "code": -32002, "message": message, "data": data }));
    };
    check("users://9/profile", "resource not found: users://9/profile");
    check("users://0/profile", "resource not found: users://0/profile; nobody is number 0");
    check("users://abuot", "resource not found: users://abuot; did you mean `users://about`?");
    check("other:", "resource not found: other:");
}

#[test]
fn what_does_not_fit_is_told_at_once() {
    let uri = "users://me/profile?kind=king";
    let answer = read(uri);
    assert_eq!(answer["code"], -32602);
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("- `id`: expected a non-negative integer"), "{message}");
    assert!(message.contains("- `kind`: "), "{message}");
    assert_eq!(read("users://1/profile")["code"], -32603);
    assert_eq!(read("users://1/profile")["message"], "invalid digit found in string");
    assert_eq!(users().ask("resources/read", json!({ "uri": 1 }))["code"], -32602);
}

#[test]
fn what_a_template_lists_follows_the_others_in_pages() {
    let users = users();
    let uris = |page: &Value| -> Vec<String> {
        let resources = page["resources"].as_array().unwrap();
        resources.iter().map(|one| one["uri"].as_str().unwrap().to_owned()).collect()
    };
    let first = users.ask("resources/list", json!({}));
    assert_eq!(uris(&first), ["users://about", "users://2/profile"]);
    assert_eq!(first["cacheScope"], "private");
    let second = users.ask("resources/list", json!({ "cursor": first["nextCursor"] }));
    assert_eq!(uris(&second), ["users://3/profile", "users://4/profile"]);
    assert_eq!(second["nextCursor"], Value::Null);
    let templates = users.ask("resources/templates/list", json!({}));
    assert_eq!(
        templates["resourceTemplates"],
        json!([{
            "uriTemplate": "users://{id}/profile{?kind}",
            "name": "profile",
            "description": "A user's profile.",
        }])
    );
}

#[test]
fn enums_complete_by_themselves() {
    let complete = |argument: &str, value: &str| {
        users().ask(
            "completion/complete",
            json!({
                "ref": { "type": "ref/resource", "uri": "users://{id}/profile{?kind}" },
                "argument": { "name": argument, "value": value },
            }),
        )
    };
    let expected = json!({ "values": ["guest"], "total": 1, "hasMore": false });
    assert_eq!(complete("kind", "G")["completion"], expected);
    assert_eq!(complete("id", "")["completion"]["values"], json!([]));
    assert_eq!(complete("knd", "")["message"], "unknown argument: knd; did you mean `kind`?");
}

#[test]
fn contents_of_every_form() {
    let one = |resource: Resource| {
        let trial = Trial::of(Server::new("s", "1").resource(resource.mime_type("x/y")));
        trial.ask("resources/read", json!({ "uri": "a:b" }))["contents"].clone()
    };
    let blob = json!([{ "uri": "a:b", "mimeType": "x/y", "blob": "AAE=" }]);
    assert_eq!(one(Resource::new("a:b", "n", async |_, _| vec![0_u8, 1])), blob);
    assert_eq!(one(Resource::new("a:b", "n", async |_, _| Some(b"\0\x01"))), blob);
    let json = one(Resource::new("a:b", "n", async |_, _| crate::Json(vec![1_u8])));
    assert_eq!(json, json!([{ "uri": "a:b", "mimeType": "x/y", "text": "[1]" }]));
    let several = one(Resource::new("a:b", "n", async |_, _| {
        vec![ResourceContents::text("a:1", "1"), ResourceContents::blob("a:2", [0])]
    }));
    let parts = json!([{ "uri": "a:1", "text": "1" }, { "uri": "a:2", "blob": "AA==" }]);
    assert_eq!(several, parts);
}

#[test]
fn the_most_specific_template_reads() {
    let answers = |uri: &str, text: &'static str| {
        Resource::new(uri, text, move |_: Context, variables: Variables| async move {
            format!("{text} {}", variables.get("v").unwrap_or_default())
        })
    };
    let server = Server::new("s", "1")
        .resource(answers("a://x/{v}", "one"))
        .resource(answers("a://{+v}", "all"))
        .resource(answers("a://x/y", "this"));
    let trial = Trial::of(server);
    let check = |uri: &str, text: &str| {
        let answer = trial.ask("resources/read", json!({ "uri": uri }));
        assert_eq!(answer["contents"][0]["text"], text, "{answer}");
    };
    check("a://x/y", "this ");
    check("a://x/%C3%A4", "one ä");
    check("a://x/y/z", "all x/y/z");
}

fn faults(server: Server) -> Vec<String> {
    server.build().err().as_ref().map(BuildError::reasons).unwrap_or_default().to_vec()
}

fn plain(uri: &str) -> Resource {
    Resource::new(uri, "n", async |_, _| "x")
}

#[test]
fn resources_are_checked_when_the_server_is_built() {
    let check = |resources: Vec<Resource>, expected: &[&str]| {
        let server = resources.into_iter().fold(Server::new("s", "1"), Server::resource);
        assert_eq!(faults(server), expected);
    };
    check(vec![plain("a:b"), plain("a:{b}")], &[]);
    check(vec![plain("a:b"), plain("a:b")], &["two resources are at `a:b`; give one another URI"]);
    check(
        vec![plain("a:{b}"), plain("a:{c}")],
        &["the resource templates `a:{b}` and `a:{c}` match the same URIs and neither is more \
           specific; change one of them"],
    );
    check(
        vec![plain("a:b").list(listed), plain("a:{b}").size(5)],
        &[
            "resource `a:b`: it has no variables, so there is nothing to list",
            "resource template `a:{b}`: resources of a template have no common size",
        ],
    );
    check(
        vec![plain("a:{b}").complete("c", |_: &str| ["x"])],
        &["resource template `a:{b}`: there is no variable `c` to complete"],
    );
}

#[test]
fn variables_and_parameters_have_to_agree() {
    let wrong = ResourceBuilder::new("a:{b}", "n")
        .parameter((&&&&&Text::<String>::new("c")).parameter())
        .parameter((&&&&&Text::<LinkedList<u8>>::new("d")).parameter())
        .handler(|_| Box::pin(async { unreachable!("it is never registered") }));
    assert_eq!(
        wrong.finish().err().unwrap_or_default(),
        [
            "resource template `a:{b}`: no parameter takes its variable `b`",
            "resource template `a:{b}`: its parameter `c` is no variable of the URI",
            "resource template `a:{b}`: its parameter `d` is no variable of the URI",
            "resource template `a:{b}`: `d`: its type is a list, which cannot be read from text",
        ]
    );
}

#[test]
fn lists_agree_with_lists() {
    let wrong = ResourceBuilder::new("a:x{?b*,c,d*}", "n")
        .parameter((&&&&&Text::<String>::new("b")).parameter())
        .parameter((&&&Text::<Vec<u8>>::new("c")).list())
        .parameter((&&&Text::<Vec<Vec<u8>>>::new("d")).list())
        .handler(|_| Box::pin(async { unreachable!("it is never registered") }));
    assert_eq!(
        wrong.finish().err().unwrap_or_default(),
        [
            "resource template `a:x{?b*,c,d*}`: its variable `b` is a list, its parameter is not",
            "resource template `a:x{?b*,c,d*}`: its parameter `c` is a list, its variable is not",
            "resource template `a:x{?b*,c,d*}`: `d`: each of its values is a list, which cannot be \
             read from text",
        ]
    );
}

#[test]
fn state_that_is_lacking_is_named() {
    let server = Server::new("s", "1").with::<ProfileResource>();
    let fault = &faults(server)[0];
    assert!(fault.starts_with("resource template `users://{id}/profile{?kind}` needs"), "{fault}");
}

#[test]
fn parameters_that_parse_themselves() {
    struct Even(u8);
    impl std::str::FromStr for Even {
        type Err = String;
        fn from_str(text: &str) -> Result<Self, String> {
            let number: u8 = text.parse().map_err(|_| "no number".to_owned())?;
            if number.is_multiple_of(2) {
                Ok(Self(number))
            } else {
                Err(format!("{number} is odd"))
            }
        }
    }
    let builder = ResourceBuilder::new("a:{b}{?c}", "n")
        .parameter((&&&&&Text::<Even>::new("b")).parameter())
        .parameter((&&&&&Text::<Option<Even>>::new("c")).parameter())
        .handler(|call| {
            Box::pin(async move {
                let texts = Texts::read(&call);
                let b = texts.take(0, (&&&&&Text::<Even>::new("b")).parameter());
                let c = texts.take(1, (&&&&&Text::<Option<Even>>::new("c")).parameter());
                let (Some(b), Some(c), true) = (b, c, texts.fit()) else { return texts.refusal() };
                Ok(super::ReadOutcome::Text(format!("{} {}", b.0, c.map_or(0, |c| c.0))))
            })
        });
    let super::ReadableSpec::Template(spec) = builder.finish().unwrap() else {
        panic!("a template");
    };
    let mut server = Server::new("s", "1");
    let _ = server.handle();
    let trial = Trial::of(server);
    trial.change(|templates: &[Arc<super::TemplateSpec>]| {
        templates.iter().cloned().chain([Arc::new(spec)]).collect()
    });
    let read = |uri: &str| trial.ask("resources/read", json!({ "uri": uri }));
    assert_eq!(read("a:2?c=4")["contents"][0]["text"], "2 4");
    assert_eq!(read("a:2?c=")["contents"][0]["text"], "2 0");
    let message = read("a:3?c=x")["message"].clone();
    let message = message.as_str().unwrap();
    assert!(message.contains("- `b`: 3 is odd; got \"3\""), "{message}");
    assert!(message.contains("- `c`: no number; got \"x\""), "{message}");
}
