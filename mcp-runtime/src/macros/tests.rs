//! What the attributes say of resources and prompts is what clients are told and can do.

use std::net::IpAddr;

use mcp_core::protocol::{PromptMessage, Resource as ResourceLink};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::server::trial::Trial;
use crate::{Completing, Context, Json, ResourceError, Server, State, prompt, resource, server};

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
    crate = crate,
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
#[resource("users://{id}{?as,from}", crate = crate, list = users)]
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
#[prompt(crate = crate, name = "write.letter", title = "Letter")]
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

#[server(crate = crate)]
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

fn trial() -> Trial {
    let server = Server::new("s", "1").with::<(manual, user, letter)>();
    Trial::of(server.state(Names(vec!["Ada", "Bob"])))
}

fn text_of(result: &Value) -> &str {
    result["contents"][0]["text"].as_str().unwrap_or_default()
}

#[test]
fn a_resource_is_listed_as_its_keys_say() {
    let result = trial().ask("resources/list", json!({}));
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
    assert_eq!(result["resources"][0], expected);
    assert_eq!(result["resources"][1]["uri"], "users://0");
}

#[test]
fn a_resource_is_read_and_kept_as_its_keys_say() {
    let result = trial().ask("resources/read", json!({ "uri": "docs://manual" }));
    let contents = json!([
        { "uri": "docs://manual", "mimeType": "text/markdown", "text": "# Manual\n" }
    ]);
    let expected = json!({ "contents": contents, "ttlMs": 300_000, "cacheScope": "public" });
    assert_eq!(result, expected);
}

#[test]
fn variables_find_their_parameters_by_name() {
    let read = |uri: &str| trial().ask("resources/read", json!({ "uri": uri }));
    assert_eq!(text_of(&read("users://1")), r#"{"name":"Bob","kind":"guest"}"#);
    let uri = "users://0?as=member&from=::1";
    assert_eq!(text_of(&read(uri)), r#"{"name":"Ada of ::1","kind":"member"}"#);
    assert_eq!(read("users://7")["data"]["uri"], "users://7");
}

#[test]
fn a_prompt_is_listed_as_its_keys_say() {
    let result = trial().ask("prompts/list", json!({}));
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
    assert_eq!(result["prompts"], expected);
}

#[test]
fn a_prompt_is_given_its_arguments() {
    let arguments = json!({ "recipient": "Ada", "count": "3", "kind": "guest" });
    let params = json!({ "name": "write.letter", "arguments": arguments });
    let result = trial().ask("prompts/get", params);
    assert_eq!(result["messages"][0]["content"]["text"], "Ada, Some(3), \"guest\"");
}

#[test]
fn arguments_are_completed() {
    let complete = |reference: Value, name: &str, value: &str| {
        let argument = json!({ "name": name, "value": value });
        let context = json!({ "arguments": { "count": "3" } });
        let params = json!({ "ref": reference, "argument": argument, "context": context });
        trial().ask("completion/complete", params)["completion"]["values"].clone()
    };
    let letter = || json!({ "type": "ref/prompt", "name": "write.letter" });
    assert_eq!(complete(letter(), "recipient", "A"), json!(["A3"]));
    assert_eq!(complete(letter(), "kind", "m"), json!(["member"]));
    let user = || json!({ "type": "ref/resource", "uri": "users://{id}{?as,from}" });
    assert_eq!(complete(user(), "id", "1"), json!(["10", "11"]));
    assert_eq!(complete(user(), "as", ""), json!(["guest", "member"]));
}

#[test]
fn methods_are_components_of_their_instance() {
    let trial = Trial::of(Stock(vec!["apple".to_owned()]).into_server());
    let result = trial.ask("resources/read", json!({ "uri": "stock://0" }));
    assert_eq!(text_of(&result), "apple");
    let params = json!({ "name": "order", "arguments": { "index": "0" } });
    let result = trial.ask("prompts/get", params);
    assert_eq!(result["messages"][0]["content"]["text"], "apple");
}
