//! Large arguments and results, which come through as they are.

use mcp_runtime::prelude::*;
use mcp_runtime::resource::Resource;
use mcp_runtime::testing::TestClient;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients};

/// Return a text.
#[tool]
fn echo(text: String) -> String {
    text
}

/// Return a text that is borrowed from the request.
#[tool]
fn echo_borrowed(text: &str) -> &str {
    text
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Note {
    title: String,
    lines: Vec<String>,
}

/// Return a note.
#[tool]
fn echo_note(note: Note, before: Option<String>, after: Option<String>) -> Note {
    let title = [before, Some(note.title), after].into_iter().flatten().collect();
    Note { title, ..note }
}

/// Return an image.
#[tool]
fn image(size: usize) -> Image {
    Image::png(bytes(size))
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

fn server() -> Server {
    Server::new("payloads", "1")
        .with::<(echo, echo_borrowed, echo_note, image)>()
        .resource(Resource::new("text:large", "large", async |_, _| texts().concat()))
}

/// Texts of any density of escapes, whose lengths are around the limits of what is searched and
/// copied together.
fn texts() -> Vec<String> {
    let piece = |plain: usize, special: &str| format!("{}{special}", "x".repeat(plain));
    let special =
        ["\n", "\"", "\\", "\t", "\u{0}", "\u{1f}\u{7f}", "ä", "\u{2028}\u{1f600}", "\\\""];
    let mut texts: Vec<String> = special
        .iter()
        .flat_map(|special| {
            [0, 1, 7, 8, 15, 16, 17, 127, 128, 129, 1023, 1024].map(|plain| piece(plain, special))
        })
        .collect();
    texts.push(texts.concat());
    texts.push("The quick \"brown\" fox\njumps over\t\\the\\ lazy dög. ".repeat(1000));
    texts.push("plain ".repeat(12_000));
    texts.push("\"\n".repeat(5000));
    texts
}

async fn call(
    client: &TestClient,
    tool: &str,
    arguments: Value,
) -> Result<Value, mcp_runtime::client::Error> {
    ask(client, "tools/call", json!({ "name": tool, "arguments": arguments })).await
}

#[tokio::test]
async fn texts_come_back_as_they_were_sent() -> Outcome {
    for client in clients(server).await? {
        for text in texts() {
            for tool in ["echo", "echo_borrowed"] {
                let result = call(&client, tool, json!({ "text": text })).await?;
                assert_eq!(result, json!({ "content": [{ "type": "text", "text": text }] }));
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn structures_of_large_texts_come_back() -> Outcome {
    for client in clients(server).await? {
        let note = json!({ "title": "x\"y".repeat(3000), "lines": texts() });
        // Members before and after a long one are found, too.
        let arguments = json!({ "after": "\n!", "before": "\\", "note": note });
        let result = call(&client, "echo_note", arguments).await?;
        let title = format!("\\{}\n!", "x\"y".repeat(3000));
        let expected = json!({ "title": title, "lines": texts() });
        assert_eq!(result["structuredContent"], expected);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), expected);
    }
    Ok(())
}

#[tokio::test]
async fn images_and_resources_are_whole() -> Outcome {
    use base64::Engine as _;
    for client in clients(server).await? {
        let size = (1 << 17) + 1;
        let result = call(&client, "image", json!({ "size": size })).await?;
        let data = result["content"][0]["data"].as_str().unwrap();
        let decoded = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        assert!(decoded == bytes(size));
        let result = ask(&client, "resources/read", json!({ "uri": "text:large" })).await?;
        assert!(result["contents"][0]["text"] == texts().concat());
    }
    Ok(())
}
