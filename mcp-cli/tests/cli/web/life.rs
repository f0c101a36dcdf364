use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{Inspector, block_on};
use crate::dev::Project;
use crate::harness::example;
use crate::package::Directory;

/// Names of the tools in a list of components.
fn tools(components: &Value) -> Vec<&str> {
    let tools = components["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn a_server_that_ends_is_connected_again() {
    // Its input ends after a line with the text `quit`.
    let directory = Directory::new();
    let script = format!(
        "#!/bin/sh\nwhile read -r line; do\nprintf '%s\\n' \"$line\"\n\
         case $line in *quit*) echo goodbye >&2; exit;; esac\ndone | {}\n",
        example("torture")
    );
    directory.write("server", &script);
    let path = directory.path().join("server");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let inspector = Inspector::of(&[path.to_str().unwrap()]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        for era in ["modern", "legacy"] {
            let arguments = json!({ "text": "quit" });
            let body = json!({
                "eras": [era], "method": "tools/call", "name": "echo", "arguments": arguments
            });
            inspector.send("runs", &body).await;
            let status = |event: &Value, status| {
                let connection = &event["connection"];
                connection["era"] == era && connection["status"] == status
            };
            let ended = events.until(|event| status(event, "ended")).await;
            let goodbye = |event: &Value| {
                let stderr = event["connection"]["lastEnd"]["stderr"].as_str().unwrap_or_default();
                assert!(stderr.contains("goodbye"), "{event:#}");
            };
            goodbye(&ended);
            let ready = events.until(|event| status(event, "ready")).await;
            goodbye(&ready);
            let listed = events.until(|event| event["type"] == "components").await;
            assert!(tools(&listed["components"]).contains(&"echo"), "{listed:#}");
        }
    });
}

/// A server with sessions, whose first list of prompts fails and whose results are indented.
const SERVER: &str = r#"#!/bin/sh
break=$(printf '\r')
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"initialize"'*) answer='"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"prompts":{}},"serverInfo":{"name":"indented","version":"1"}}' ;;
        *'"tools/list"'*) answer='"result":{"tools":[{"name":"one","inputSchema":{"type":"object"}}]}' ;;
        *'"prompts/list"'*)
            answer='"result":{"prompts":[]}'
            [ -n "$asked" ] || answer='"error":{"code":-32603,"message":"no prompts today"}'
            asked=yes ;;
        *'"tools/call"'*) answer='"result":{"content":[],"structuredContent":{'"$break"'  "a":'"$break"' [1]}}' ;;
        *'"id"'*) answer='"result":{}' ;;
        *) continue ;;
    esac
    printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,$answer}"
done
"#;

#[test]
fn line_breaks_and_a_list_that_fails_hide_nothing() {
    let directory = Directory::new();
    directory.write("server", SERVER);
    let path = directory.path().join("server");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = crate::harness::program();
    command.args(["inspect", "--web", "--no-open", "--era", "legacy", "--"]);
    let (inspector, _) = Inspector::of_command(command.arg(path));
    block_on(async {
        let (snapshot, mut events) = inspector.ready().await;
        let connection = &snapshot["connections"][0];
        assert_eq!(tools(&connection["components"]), ["one"]);
        let message = connection["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("the list of prompts: "), "{connection:#}");
        inspector.send("refresh", &json!({ "era": "legacy" })).await;
        let is_clear = |event: &Value| {
            event["type"] == "connection" && event["connection"]["message"].is_null()
        };
        events.until(is_clear).await;
        let body = json!({ "eras": ["legacy"], "method": "tools/call", "name": "one" });
        let run = inspector.send("runs", &body).await["runs"][0].clone();
        let run = events.end_of(&run).await;
        assert_eq!(run["result"]["structuredContent"], json!({ "a": [1] }), "{run:#}");
        let (snapshot, _) = inspector.events().await;
        assert_eq!(snapshot["runs"], json!([run]));
    });
}

#[test]
fn one_era_is_enough_if_it_is_chosen() {
    let mut command = crate::harness::program();
    command.args(["inspect", "--web", "--no-open", "--era", "legacy", "--"]);
    let (inspector, _) = Inspector::of_command(command.arg(example("stock_prices")));
    block_on(async {
        let (snapshot, _) = inspector.ready().await;
        let connections = snapshot["connections"].as_array().unwrap();
        assert_eq!(connections.len(), 1, "{connections:#?}");
        assert_eq!(connections[0]["server"]["protocolVersion"], "2025-11-25");
        let (status, answer) =
            inspector.post("runs", &json!({ "eras": ["modern"], "method": "ping" })).await;
        assert_eq!(status, 409, "{answer}");
    });
}

#[test]
fn the_inspector_of_dev_follows_the_builds() {
    let project = Project::new("stock_prices");
    let (inspector, errors) = Inspector::of_command(&mut project.command(&["--inspector"]));
    errors.wait_for("ready in");
    block_on(async {
        let (snapshot, mut events) = inspector.ready().await;
        for connection in snapshot["connections"].as_array().unwrap() {
            assert_eq!(tools(&connection["components"]), ["get_stock_price"], "{connection:#}");
        }
        project.edit("broken");
        let notice = events.until(|event| event["notice"]["failed"] == true).await;
        let text = notice["notice"]["text"].as_str().unwrap();
        assert!(text.contains("still serving the last good build"), "{text}");
        project.edit("quickstart");
        events.both(|components| tools(components) == ["add", "reserve"]).await;
        let arguments = json!({ "a": 2, "b": 3 });
        let body = json!({
            "eras": ["modern", "legacy"], "method": "tools/call", "name": "add", "arguments": arguments
        });
        let runs = inspector.send("runs", &body).await["runs"].clone();
        for _ in 0..2 {
            let run = events
                .until(|event| event["type"] == "run" && event["run"]["status"] != "running")
                .await;
            assert!(runs.as_array().unwrap().contains(&run["run"]["id"]));
            assert_eq!(run["run"]["result"]["content"][0]["text"], "5", "{run:#}");
        }
        // It has other kinds of components, which a client learns only when it connects.
        project.edit("resources");
        let has_resources = |components: &Value| {
            components["resources"].as_array().is_some_and(|resources| !resources.is_empty())
        };
        events.both(has_resources).await;
        let (snapshot, _) = inspector.events().await;
        for connection in snapshot["connections"].as_array().unwrap() {
            assert_eq!(connection["server"]["serverInfo"]["name"], "resources");
            assert!(connection["lastEnd"].is_null(), "{connection:#}");
        }
    });
}
