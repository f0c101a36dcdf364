//! Parameters that are patterns, and the metadata of requests.

#![allow(
    clippy::too_many_arguments,
    clippy::toplevel_ref_arg,
    clippy::needless_borrow,
    reason = "patterns of every form are parameters here"
)]

use mcp_runtime::prelude::*;
use mcp_runtime::testing::assert_json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients, clients_with, is_modern};

struct Db(&'static str);

type Shared = State<Db>;

struct Tenant {
    name: String,
}

impl Inject for Tenant {
    fn inject(cx: &Context) -> Result<Self, ToolError> {
        let name = cx.meta().text("com.example/tenant").unwrap_or("nobody").to_owned();
        Ok(Self { name })
    }
}

#[derive(Deserialize, JsonSchema)]
struct Point {
    x: i64,
    y: i64,
}

/// Take everything apart.
#[tool]
async fn apart(
    State(db): State<Db>,
    &State(ref borrowed): &State<Db>,
    State(mut alias): Shared,
    mcp_runtime::State(_): &mcp_runtime::State<Db>,
    _: &Context,
    _: Principal,
    Tenant { name }: Tenant,
    #[arg(rename = "at")] Point { x, y }: Point,
    #[arg(rename = "ignored")] _: Option<i64>,
    ref a: i64,
    mut b: i64,
) -> String {
    alias = alias.clone();
    b += a;
    format!("{} {} {} {name} {x} {y} {b}", db.0, borrowed.0, alias.0)
}

/// A note.
#[resource("notes://{id}")]
async fn note(State(db): State<Db>, #[arg(rename = "id")] _: u64, _: &Context) -> String {
    db.0.to_owned()
}

/// Ask about a note.
#[prompt]
fn about(_: Context, State(db): &State<Db>, #[arg(rename = "id")] _: Option<u64>) -> String {
    db.0.to_owned()
}

#[derive(mcp_runtime::Elicit)]
struct Confirm {
    yes: bool,
}

/// Ask the user.
#[tool]
async fn asked(
    State(_): State<Db>,
    a: i64,
    #[ask("Is it {a}?")] Confirm { yes }: Confirm,
    #[ask("Really {a}?")] _: Confirm,
) -> bool {
    yes
}

struct Desk;

#[server]
impl Desk {
    /// Take everything apart.
    #[tool]
    fn apart(&self, _: &Context, State(db): State<Db>, a: i64) -> String {
        format!("{}{a}", db.0)
    }
}

#[tokio::test]
async fn patterns_are_parameters() -> Outcome {
    let server = || Server::new("s", "1").with::<(apart, note, about)>().state(Db("db"));
    for client in clients(server).await? {
        let list = ask(&client, "tools/list", ()).await?;
        assert_json(
            &list["tools"][0]["inputSchema"]["properties"],
            &json!({
                "at": {
                    "type": "object",
                    "properties": { "x": { "type": "integer" }, "y": { "type": "integer" } },
                    "required": ["x", "y"],
                },
                "ignored": { "type": "integer" },
                "a": { "type": "integer" },
                "b": { "type": "integer" },
            }),
        );
        let arguments = json!({ "at": { "x": 1, "y": 2 }, "a": 3, "b": 4 });
        let result = client.call("apart", arguments).meta("com.example/tenant", "Ada").await?;
        assert_eq!(result.to_text(), "db db db Ada 1 2 7");
        let read = ask(&client, "resources/read", json!({ "uri": "notes://7" })).await?;
        assert_json(&read["contents"][0]["text"], &json!("db"));
        let got = ask(&client, "prompts/get", json!({ "name": "about" })).await?;
        assert_json(&got["messages"][0]["content"]["text"], &json!("db"));
    }
    let server = || Desk.into_server().state(Db("db"));
    for client in clients(server).await? {
        assert_eq!(client.call("apart", json!({ "a": 1 })).await?.to_text(), "db1");
    }
    Ok(())
}

#[tokio::test]
async fn forms_are_taken_apart() -> Outcome {
    let server = || Server::new("s", "1").with::<asked>().state(Db("db"));
    let answering = |builder: mcp_runtime::testing::TestClientBuilder| {
        builder
            .answers("Is it 1?", json!({ "yes": true }))
            .answers("Really 1?", json!({ "yes": false }))
    };
    for client in clients_with(server, answering).await? {
        assert_eq!(client.call("asked", json!({ "a": 1 })).await?.to_text(), "true");
    }
    Ok(())
}

#[test]
fn a_function_is_called_with_what_its_signature_names() {
    let called = about as fn(Context, &State<Db>, Option<u64>) -> String;
    let _ = called;
}

/// Returns the metadata of the request.
#[tool]
fn meta(cx: &Context) -> String {
    json!(cx.meta()).to_string()
}

#[tokio::test]
async fn metadata_is_that_of_the_request() -> Outcome {
    for client in clients(|| Server::new("s", "1").with::<meta>()).await? {
        let call = client.call("meta", ()).meta("com.example/a", json!({ "b": [1, null] }));
        let meta: Value = serde_json::from_str(&call.await?.to_text()).unwrap();
        assert_json(&meta["com.example/a"], &json!({ "b": [1, null] }));
        let version = meta.get("io.modelcontextprotocol/protocolVersion");
        assert_eq!(version.is_some(), is_modern(&client), "{meta}");
    }
    Ok(())
}
