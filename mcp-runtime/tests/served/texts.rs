//! Resources and prompts with all keys of the attributes.

use std::str::FromStr;

use bytes::Bytes;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{EmbeddedResource, PromptMessage, ResourceContents};
use mcp_runtime::testing::assert_json;
use serde_json::json;

use crate::kit::{NOTHING, Outcome, ask, assert_hint, clients};

/// A type that implements `FromStr`, like `Uuid`.
struct Id(u128);

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self)
    }
}

/// Two bytes.
#[resource(
    "x://bytes",
    name = "two bytes",
    title = "Bytes",
    mime_type = "application/x-two",
    size = 2,
    icons("https://example.com/a.png"),
    annotations(audience("user"), priority = 0.25, last_modified = "2026-01-12T15:00:58Z"),
    meta = json!({ "com.example/a": 1 }),
    ttl = "5m",
    scope = "public"
)]
async fn two_bytes() -> Bytes {
    Bytes::from_static(&[0, 1])
}

/// An article by its id.
#[resource("x://ids/{id}")]
async fn by_id(id: Id) -> Vec<ResourceContents> {
    let text = format!("{:x}", id.0);
    vec![ResourceContents::text("x://ids/text", text), ResourceContents::blob("x://ids/blob", [0])]
}

/// Say it in every form.
#[prompt(title = "Forms")]
async fn forms(
    /// What to say
    #[arg(title = "Text")]
    text: String,
    id: Option<Id>,
) -> Vec<PromptMessage> {
    let id = id.map_or(0, |id| id.0);
    vec![
        PromptMessage::user(format!("{text} {id}")),
        PromptMessage::assistant(Content::audio([0, 1], "audio/wav")),
        PromptMessage::user(Content::resource(ResourceContents::text("a:b", "c"))),
    ]
}

/// A resource as it is.
#[prompt]
fn embedded() -> EmbeddedResource {
    EmbeddedResource::new(ResourceContents::text("a:b", "c"))
}

fn server() -> Server {
    Server::new("texts", "1").with::<(two_bytes, by_id, forms, embedded)>()
}

#[tokio::test]
async fn a_resource_is_listed_with_all_that_is_said_of_it() -> Outcome {
    for client in clients(server).await? {
        let listed = ask(&client, "resources/list", ()).await?;
        let expected = json!([{
            "uri": "x://bytes",
            "name": "two bytes",
            "title": "Bytes",
            "description": "Two bytes.",
            "mimeType": "application/x-two",
            "size": 2,
            "icons": [{ "src": "https://example.com/a.png" }],
            "annotations": {
                "audience": ["user"], "priority": 0.25, "lastModified": "2026-01-12T15:00:58Z",
            },
            "_meta": { "com.example/a": 1 },
        }]);
        assert_json(&listed["resources"], &expected);
        // The types of the client have all members.
        assert_json(&client.resources().all().await?, &expected);
    }
    Ok(())
}

#[tokio::test]
async fn contents_are_sent_in_their_forms() -> Outcome {
    for client in clients(server).await? {
        let read = ask(&client, "resources/read", json!({ "uri": "x://bytes" })).await?;
        let contents =
            json!([{ "uri": "x://bytes", "mimeType": "application/x-two", "blob": "AAE=" }]);
        assert_json(&read["contents"], &contents);
        assert_hint(&client, &read, 300_000, "public");
        let read = client.read("x://ids/67e55044-10b1-426f-9247-bb680e5fe0c8").await?;
        let contents = json!([
            { "uri": "x://ids/text", "text": "67e5504410b1426f9247bb680e5fe0c8" },
            { "uri": "x://ids/blob", "blob": "AA==" },
        ]);
        assert_json(&read.contents, &contents);
    }
    Ok(())
}

#[tokio::test]
async fn prompts_have_arguments_and_messages_of_every_form() -> Outcome {
    for client in clients(server).await? {
        let listed = ask(&client, "prompts/list", ()).await?["prompts"][0].clone();
        let arguments = json!([
            { "name": "text", "title": "Text", "description": "What to say", "required": true },
            { "name": "id", "required": false },
        ]);
        assert_eq!([&listed["title"], &listed["arguments"]], [&json!("Forms"), &arguments]);
        let resource = json!({ "type": "resource", "resource": { "uri": "a:b", "text": "c" } });
        let messages = json!([
            { "role": "user", "content": { "type": "text", "text": "Say 255" } },
            {
                "role": "assistant",
                "content": { "type": "audio", "data": "AAE=", "mimeType": "audio/wav" },
            },
            { "role": "user", "content": resource },
        ]);
        let given = client.prompt("forms", [("text", "Say"), ("id", "ff")]).await?;
        assert_json(&given.messages, &messages);
        let messages = json!([{ "role": "user", "content": resource }]);

        assert_json(&client.prompt("embedded", NOTHING).await?.messages, &messages);
    }
    Ok(())
}
