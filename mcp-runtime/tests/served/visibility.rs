//! Components that are visible to some callers only.

use mcp_runtime::client::{Event, Watch};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CompletionReference;
use mcp_runtime::testing::{TestClient, assert_refused, assert_text, eras};
use serde_json::json;

use crate::composition::{library, names};
use crate::kit::{NOTHING, Outcome, ask, assert_hint, clients, clients_with, each, not_found};

/// Delete everything.
#[tool]
async fn admin_wipe(region: String) -> String {
    region
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn is(caller: &Context, name: &str) -> bool {
    caller.principal().subject() == Some(name)
}

fn guarded() -> Server {
    let part =
        Server::new("part", "1").with::<(add, admin_wipe)>().visible(move |component, caller| {
            !component.key().starts_with("part_admin") || is(caller, "admin")
        });
    let server = Server::new("guarded", "1").with::<(add, admin_wipe)>().mount("part", part);
    let server =
        server.visible(|component, caller| component.key() != "admin_wipe" || is(caller, "admin"));
    server.page_size(2)
}

async fn admins() -> Result<Vec<TestClient>, mcp_runtime::client::Error> {
    clients_with(guarded, |builder| builder.principal(Principal::new("admin"))).await
}

#[tokio::test]
async fn a_list_holds_what_the_caller_sees() -> Outcome {
    for (client, admin) in clients(guarded).await?.into_iter().zip(admins().await?) {
        let list = ask(&client, "tools/list", ()).await?;
        assert_eq!(each(&list["tools"], "name"), ["add", "part_add"]);
        assert_hint(&client, &list, 60_000, "private");
        let first = ask(&admin, "tools/list", ()).await?;
        assert_eq!(each(&first["tools"], "name"), ["add", "admin_wipe"]);
        assert_eq!(names(&admin).await?, ["add", "admin_wipe", "part_add", "part_admin_wipe"]);
        // The cursor refers to a component that this caller does not see.
        let cursor = json!({ "cursor": first["nextCursor"] });
        let outcome = ask(&client, "tools/list", cursor).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "cursor");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_seen_is_not_there() -> Outcome {
    for (client, admin) in clients(guarded).await?.into_iter().zip(admins().await?) {
        for name in ["admin_wipe", "part_admin_wipe"] {
            let absent = name.replace("wipe", "wope");
            let refusal = async |name: &str| {
                let outcome = client.call(name, json!({ "region": "west" })).await;
                assert_refused(&outcome, ErrorCode::INVALID_PARAMS, name);
                let error = outcome.unwrap_err().remote().cloned().unwrap();
                json!(error).to_string().replace("wipe", "").replace("wope", "")
            };
            assert_eq!(refusal(name).await, refusal(&absent).await);
            assert_text(&admin.call(name, json!({ "region": "west" })).await?, "west");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_decision_that_panics_hides() -> Outcome {
    let server = || Server::new("panics", "1").with::<add>().visible(|_, _| panic!("a secret"));
    for client in clients(server).await? {
        assert!(names(&client).await?.is_empty());
        let outcome = client.call("add", json!({ "a": 1, "b": 2 })).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "add");
    }
    Ok(())
}

fn for_readers() -> Server {
    library().visible(|_, caller| is(caller, "reader"))
}

#[tokio::test]
async fn resources_and_prompts_are_listed_to_who_sees_them() -> Outcome {
    let readers = clients_with(for_readers, |builder| builder.principal(Principal::new("reader")));
    for (client, reader) in clients(for_readers).await?.into_iter().zip(readers.await?) {
        for (method, member) in [
            ("resources/list", "resources"),
            ("resources/templates/list", "resourceTemplates"),
            ("prompts/list", "prompts"),
        ] {
            assert_eq!(ask(&client, method, ()).await?[member], json!([]), "{method}");
            let seen = ask(&reader, method, ()).await?;
            assert_ne!(seen[member], json!([]), "{method}");
            assert_hint(&reader, &seen, 60_000, "private");
        }
    }
    Ok(())
}

#[tokio::test]
async fn resources_and_prompts_are_seen_or_not_there() -> Outcome {
    let readers = clients_with(for_readers, |builder| builder.principal(Principal::new("reader")));
    for (client, reader) in clients(for_readers).await?.into_iter().zip(readers.await?) {
        let template = json!({ "type": "ref/resource", "uri": "books://{title}" });
        let argument = json!({ "name": "title", "value": "" });
        let invalid = ErrorCode::INVALID_PARAMS;
        for (method, params, code) in [
            ("resources/read", json!({ "uri": "books://emma" }), not_found(&client)),
            ("resources/read", json!({ "uri": "books://index" }), not_found(&client)),
            ("prompts/get", json!({ "name": "review" }), invalid),
            ("completion/complete", json!({ "ref": template, "argument": argument }), invalid),
        ] {
            let hidden = ask(&client, method, &params).await;
            assert_refused(&hidden, code, "");
            let message = hidden.unwrap_err().to_string();
            assert!(!message.contains("did you mean"), "{message}");
            assert!(ask(&reader, method, &params).await?.is_object(), "{method}");
        }
        let review = CompletionReference::prompt("review");
        let outcome = client.complete(review, "title", "", NOTHING).await;
        assert_refused(&outcome, invalid, "unknown prompt: review");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_hears_of_a_resource_that_is_not_seen() -> Outcome {
    for era in eras() {
        for (principal, expected) in
            [(Principal::anonymous(), "later:1"), (Principal::new("reader"), "books://emma")]
        {
            let mut server = for_readers();
            let handle = server.handle();
            let client = TestClient::of(server).era(era).principal(principal).connect().await?;
            let watch = Watch::new().resource("books://emma").resource("later:1");
            let agreed = client.watch(watch).await?;
            assert_eq!(json!(agreed.resource_subscriptions), json!(["books://emma", "later:1"]));
            handle.resource_updated("books://emma");
            handle.resource_updated("later:1");
            assert_eq!(client.next_change().await, Event::Resource(expected.into()), "{era:?}");
        }
    }
    Ok(())
}
