//! The `client` example with a server whose texts are meant for the terminal of its user.

#![allow(missing_docs)]

use mcp_runtime::prelude::*;
use mcp_runtime::tool::Tool;
use mcp_tests::process::example;
use tokio::net::TcpListener;

const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";

fn server() -> Server {
    let schema = r#"{"type":"object"}"#;
    let text = Tool::new("text", schema, async |cx: Context, _arguments| {
        cx.progress(1.0, 2.0, HOSTILE);
        cx.log(LoggingLevel::Error, HOSTILE);
        CallToolResult::new([
            Content::text(format!("{HOSTILE}\nsecond line")),
            Content::resource_link(ResourceLink::new(format!("x:{HOSTILE}"), HOSTILE)),
        ])
    });
    let failing = Tool::new("failing", schema, async |_cx, _arguments| {
        Err::<String, _>(mcp_runtime::ProtocolError::internal(HOSTILE))
    });
    Server::new(format!("name{HOSTILE}"), "1.0.0")
        .instructions(format!("{HOSTILE}\ninstructions"))
        .tool(text.description(format!("{HOSTILE}description")))
        .tool(failing)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_prints_no_escape_sequences_of_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(server().serve_listener(listener, std::future::pending()));
    for era in [&[][..], &["--legacy"]] {
        for arguments in [&[][..], &["--call", "text", "{}"], &["--call", "failing", "{}"]] {
            let (era, arguments, url) = (era.to_vec(), arguments.to_vec(), url.clone());
            let program = example("client");
            let run = move || {
                let mut command = std::process::Command::new(program);
                command.args(era).args(arguments).arg(url).output().unwrap()
            };
            let output = tokio::task::spawn_blocking(run).await.unwrap();
            let printed = [output.stdout, output.stderr].concat();
            let printed = String::from_utf8(printed).unwrap();
            let acts = |character: char| {
                character.is_control() && !matches!(character, '\n' | '\t')
                    || character == '\u{202e}'
            };
            assert!(!printed.chars().any(acts), "{printed:?}");
            assert!(printed.contains("owned"), "{printed:?}");
        }
    }
}
