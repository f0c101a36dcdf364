//! URIs that are equivalent by RFC 3986 and RFC 3987.

use mcp_runtime::client::{Event, Watch};
use mcp_runtime::prelude::*;
use mcp_runtime::resource::Variables;
use mcp_runtime::testing::{TestClient, assert_json, eras};
use serde_json::json;

use crate::kit::{Outcome, ask, clients, not_found, soon};

/// A menu.
#[resource("files://Bistro.example/caf\u{e9}.txt")]
fn menu() -> &'static str {
    "menu"
}

/// A page.
#[resource("http://example.com")]
fn page() -> &'static str {
    "page"
}

/// The files of a user.
#[resource("Home://Files/%7Eada/{name}")]
fn file(name: String) -> String {
    name
}

/// The home of a user.
#[resource("users://{name}")]
fn user(name: String) -> String {
    name
}

fn library() -> Server {
    Server::new("s", "1").with::<(menu, page, file, user)>()
}

#[tokio::test]
async fn equivalent_uris_name_one_resource() -> Outcome {
    for client in clients(library).await? {
        for (uri, text) in [
            ("files://Bistro.example/caf\u{e9}.txt", "menu"),
            ("files://bistro.EXAMPLE/caf%C3%A9.txt", "menu"),
            ("FILES://bistro.example/c%61f%c3%a9%2Etxt", "menu"),
            ("http://example.com", "page"),
            ("HTTP://Example.com:80/", "page"),
            ("http://example.com:", "page"),
            ("home://files/~ada/A", "A"),
            ("HOME://FILES/%7eada/%41", "A"),
            ("Users://Ada", "Ada"),
        ] {
            let read = ask(&client, "resources/read", json!({ "uri": uri })).await?;
            assert_json(&read["contents"][0]["text"], &json!(text));
            assert_json(&read["contents"][0]["uri"], &json!(uri));
        }
    }
    Ok(())
}

#[tokio::test]
async fn other_uris_and_dot_segments_name_none() -> Outcome {
    for client in clients(library).await? {
        for uri in [
            "files://bistro.example/Caf\u{e9}.txt",
            "files://bistro.example/caf%C3%A9.txt/",
            "files://bistro.example/cafe\u{301}.txt",
            "files://bistro.example/x/../caf%C3%A9.txt",
            "files://bistro.example/./caf%C3%A9.txt",
            "files://bistro.example/%2e/caf%C3%A9.txt",
            "http://example.com:8080/",
            "https://example.com",
            "home://files/~ada/..",
            "home://files/~ada/x/../A",
        ] {
            let error = ask(&client, "resources/read", json!({ "uri": uri })).await.unwrap_err();
            assert_eq!(error.remote().unwrap().code, not_found(&client), "{uri}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn changes_are_those_of_equivalent_uris() -> Outcome {
    for era in eras() {
        let mut server = library();
        let handle = server.handle();
        let client = TestClient::of(server).era(era).connect().await?;
        let written = "FILES://bistro.example/caf%c3%a9.txt";
        let mut watched = client.subscribe(Watch::new().resource(written)).await?;
        handle.resource_updated("files://Bistro.example/caf\u{e9}.txt");
        let event = soon(watched.next()).await.unwrap()?;
        assert_eq!(event, Event::Resource(written.to_owned()), "as the client wrote it");
    }
    Ok(())
}

fn dynamic(uri: &str) -> Resource {
    Resource::new(uri, "r", async |_: Context, _: Variables| "text")
}

#[test]
fn a_server_has_one_resource_of_equivalent_uris() {
    let twice = Server::new("s", "1").resource(dynamic("a://b/~c")).resource(dynamic("A://B/%7Ec"));
    let error = twice.into_service().unwrap_err();
    assert!(error.to_string().contains("two resources are at `A://B/%7Ec`"), "{error}");

    let handle = Server::new("s", "1").handle();
    handle.add_resource(dynamic("a://b/~c")).unwrap();
    let error = handle.add_resource(dynamic("A://b/~c")).unwrap_err();
    assert!(error.to_string().contains("A://b/~c"), "{error}");
    assert!(!handle.remove_resource("a://b/~C"));
    assert!(handle.remove_resource("a://B/%7Ec"));

    let leads_up = Server::new("s", "1").resource(dynamic("a://b/../c"));
    let error = leads_up.into_service().unwrap_err();
    assert!(error.to_string().contains("segment `.` or `..`"), "{error}");
}
