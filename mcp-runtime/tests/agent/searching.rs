//! Tools that are found by a search instead of being listed.

use mcp_runtime::agent::{Agent, End, ToolChoice, ToolId};
use mcp_runtime::prelude::*;
use mcp_runtime::tool::{Arguments, Tool};
use serde_json::json;

use crate::kit::{free, is_finished, stored};
use crate::model::{Script, calls, text};

const THINGS: [&str; 5] = ["invoice", "ticket", "contact", "meeting", "photo"];
const ACTIONS: [&str; 14] = [
    "create",
    "delete",
    "rename",
    "share",
    "archive",
    "export",
    "print",
    "translate",
    "sign",
    "pay",
    "merge",
    "split",
    "rotate",
    "lock",
];

/// A server with 70 tools.
fn large() -> Server {
    let mut server = Server::new("office", "1.0.0");
    for thing in THINGS {
        for action in ACTIONS {
            let name = format!("{action}_{thing}");
            let answer = format!("done: {name}");
            let handler = move |_: Context, _: Arguments| {
                let answer = answer.clone();
                async move { answer }
            };
            let schema = r#"{"type":"object","properties":{"id":{"type":"string"}}}"#;
            server = server.tool(
                Tool::new(name, schema, handler)
                    .description(format!("Use it to {action} a {thing}.")),
            );
        }
    }
    server
}

#[tokio::test]
async fn a_large_set_of_tools_is_searched() {
    let model = Script::new([
        calls(&[("search_tools", json!({ "query": "rotate a photo", "limit": 1 }))]),
        calls(&[("rotate_photo", json!({ "id": "p" }))]),
        calls(&[("search_tools", json!({ "query": "pay an invoice", "limit": 1 }))]),
        text("Done."),
    ]);
    let outcome = free(&model).tools(large()).run("Rotate it").await.unwrap();
    assert!(is_finished(&outcome));
    let tools: Vec<_> = model.seen().into_iter().map(|seen| seen.tools).collect();
    assert_eq!(tools[0], ["search_tools"]);
    let sorted = |mut tools: Vec<String>| {
        tools.sort();
        tools
    };
    assert_eq!(sorted(tools[1].clone()), ["rotate_photo", "search_tools"]);
    assert_eq!(model.results(2), ["done: rotate_photo"]);
    assert_eq!(sorted(tools[3].clone()), ["pay_invoice", "rotate_photo", "search_tools"]);
    // What was found stays offered when the conversation goes on.
    let model = Script::new([text("Again.")]);
    let mut transcript = stored(&outcome.transcript);
    transcript.push("Again");
    free(&model).tools(large()).resume(transcript).await.unwrap();
    assert_eq!(model.seen()[0].tools.len(), 3);
}

#[tokio::test]
async fn a_search_needs_no_approval_and_what_it_finds_does() {
    let model = Script::new([
        calls(&[("search_tools", json!({ "query": "delete a contact" }))]),
        calls(&[("delete_contact", json!({}))]),
    ]);
    let outcome = Agent::new(model.clone()).tools(large()).run("Delete").await.unwrap();
    let End::NeedsApproval(waiting) = &outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!(waiting[0].tool, ToolId::new("delete_contact"));
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let model = Script::new([text("Hi"), text("Hi")]);
    free(&model).tools(large()).search_above(70).run("Hi").await.unwrap();
    free(&model).tools(crate::kit::server()).search_above(2).run("Hi").await.unwrap();
    let seen = model.seen();
    assert_eq!(seen[0].tools.len(), 70);
    assert_eq!(seen[1].tools, ["search_tools"]);
}

#[tokio::test]
async fn tools_of_the_choice_are_offered() {
    let lock = ToolId::new("lock_ticket");
    for choice in [
        ToolChoice::Tool(lock.clone()),
        ToolChoice::Subset { tools: vec![lock.clone()], required: true },
    ] {
        let model = Script::new([calls(&[("lock_ticket", json!({}))]), text("Done.")]);
        let outcome = free(&model).tools(large()).choice(choice).run("Lock").await.unwrap();
        assert!(is_finished(&outcome));
        assert!(model.seen()[0].tools.contains(&"lock_ticket".to_owned()));
        assert_eq!(model.results(1), ["done: lock_ticket"]);
    }
}

#[tokio::test]
async fn several_servers_are_searched_together() {
    let model = Script::new([
        calls(&[("search_tools", json!({ "query": "add two integers", "limit": 1 }))]),
        calls(&[("kit__add", json!({ "a": 1, "b": 2 }))]),
        text("3"),
    ]);
    let outcome =
        free(&model).tools(large()).tools(crate::kit::server()).run("1 + 2").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(2), ["3"]);
}
