//! The server for the official conformance suite: `cargo xtask conformance server`.
//!
//! The suite defines the names and texts. Everything else is ordinary use of the framework.

#[path = "conformance/asking.rs"]
mod asking;
#[path = "conformance/tasks.rs"]
mod tasks;

use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{PromptMessage, ResourceContents};
use serde_json::json;

/// An image of one red pixel.
const RED_PIXEL: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\
    \0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

/// A sound clip of one silent sample: 8 bits, one channel, 8,000 a second.
const SILENCE: &[u8] =
    b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0\
    data\x01\0\0\0\x80\0";

/// Pause between two notifications of a tool.
const PAUSE: Duration = Duration::from_millis(50);

/// A single text.
#[tool]
async fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// An image.
#[tool]
async fn test_image_content() -> Image {
    Image::png(RED_PIXEL)
}

/// A sound clip.
#[tool]
async fn test_audio_content() -> Audio {
    Audio::wav(SILENCE)
}

/// An embedded resource.
#[tool]
async fn test_embedded_resource() -> Content {
    let text = "This is an embedded resource content.";
    Content::resource(
        ResourceContents::text("test://embedded-resource", text).mime_type("text/plain"),
    )
}

/// A text, an image and a resource.
#[tool]
async fn test_multiple_content_types() -> Vec<Content> {
    let resource =
        ResourceContents::text("test://mixed-content-resource", r#"{"test":"data","value":123}"#);
    vec![
        Content::text("Multiple content types test:"),
        Content::image(RED_PIXEL, "image/png"),
        Content::resource(resource.mime_type("application/json")),
    ]
}

/// Log three messages while working.
#[tool]
async fn test_tool_with_logging(cx: &Context) -> &'static str {
    cx.log(LoggingLevel::Info, "Tool execution started");
    tokio::time::sleep(PAUSE).await;
    cx.log(LoggingLevel::Info, "Tool processing data");
    tokio::time::sleep(PAUSE).await;
    cx.log(LoggingLevel::Info, "Tool execution completed");
    "Logged three messages."
}

/// Fail with a message for the model.
#[tool]
async fn test_error_handling() -> Result<String, ToolError> {
    Err(ToolError::new("This tool intentionally returns an error for testing"))
}

/// Report progress three times while working.
#[tool]
async fn test_tool_with_progress(cx: &Context) -> &'static str {
    for done in [0.0, 50.0, 100.0] {
        cx.progress(done, 100.0, format!("Completed step {done} of 100"));
        tokio::time::sleep(PAUSE).await;
    }
    "Reported progress three times."
}

/// Take a value that is also sent as a header.
#[tool]
async fn test_custom_header(#[arg(header = "Value")] value: String) -> String {
    value
}

/// Log one message, for clients that enabled logging.
#[tool]
async fn test_logging_tool(cx: &Context) -> &'static str {
    cx.log(LoggingLevel::Info, "This message is for clients that asked for it.");
    "Logged one message."
}

/// Close the stream, and answer after the client reconnects.
#[tool]
async fn test_reconnection(cx: &Context) -> &'static str {
    cx.close_stream();
    tokio::time::sleep(2 * PAUSE).await;
    "The client came back for this."
}

/// Add a tool to the list, or remove it again.
#[tool]
async fn test_trigger_tool_change(cx: &Context) -> Result<&'static str, ToolError> {
    const NAME: &str = "test_tool_that_comes_and_goes";
    let server = cx.server();
    if server.remove_tool(NAME) {
        return Ok("Removed a tool.");
    }
    let tool = Tool::new(NAME, json!({ "type": "object" }), |_cx, _arguments| async { "Here." });
    server.add_tool(tool.description("A temporary component"))?;
    Ok("Added a tool.")
}

/// Add a prompt to the list, or remove it again.
#[tool]
async fn test_trigger_prompt_change(cx: &Context) -> Result<&'static str, ToolError> {
    const NAME: &str = "test_prompt_that_comes_and_goes";
    let server = cx.server();
    if server.remove_prompt(NAME) {
        return Ok("Removed a prompt.");
    }
    let prompt = Prompt::new(NAME, |_cx, _arguments| async { "Here." });
    server.add_prompt(prompt.description("A temporary component"))?;
    Ok("Added a prompt.")
}

/// A text that never changes.
#[resource("test://static-text", mime_type = "text/plain")]
async fn static_text() -> &'static str {
    "This is the content of the static text resource."
}

/// Bytes that never change.
#[resource("test://static-binary", mime_type = "image/png")]
async fn static_binary() -> &'static [u8] {
    RED_PIXEL
}

/// A record by its number.
#[resource("test://template/{id}/data", mime_type = "application/json")]
async fn template_data(id: String) -> String {
    json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") }).to_string()
}

/// A resource that clients can subscribe to.
#[resource("test://watched-resource", mime_type = "text/plain")]
async fn watched_resource() -> &'static str {
    "This is the content of the watched resource."
}

/// A prompt without arguments.
#[prompt]
async fn test_simple_prompt() -> &'static str {
    "This is a simple prompt for testing."
}

/// A prompt with two arguments.
#[prompt]
async fn test_prompt_with_arguments(
    /// First test argument
    #[arg(complete = first_arguments)]
    arg1: String,
    /// Second test argument
    arg2: String,
) -> String {
    format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
}

async fn first_arguments(_partial: &str) -> [&'static str; 3] {
    ["test", "testing", "other"]
}

/// A prompt with an embedded resource.
#[prompt]
async fn test_prompt_with_embedded_resource(
    /// URI of the embedded resource
    #[arg(rename = "resourceUri")]
    resource_uri: String,
) -> Vec<PromptMessage> {
    let contents = ResourceContents::text(resource_uri, "Embedded resource content for testing.");
    vec![
        PromptMessage::user(Content::resource(contents.mime_type("text/plain"))),
        PromptMessage::user(Content::text("Please process the embedded resource above.")),
    ]
}

/// A prompt with an image.
#[prompt]
async fn test_prompt_with_image() -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(Content::image(RED_PIXEL, "image/png")),
        PromptMessage::user(Content::text("Please analyze the image above.")),
    ]
}

/// A tool with an explicit schema, which must be sent unchanged.
fn json_schema_2020_12_tool() -> Tool {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    });
    Tool::new("json_schema_2020_12_tool", schema, |_cx, _arguments| async { "Accepted." })
        .description("Tool with JSON Schema 2020-12 features")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Server::new("conformance-server", env!("CARGO_PKG_VERSION"))
        // The suite calls the first tool of the list with no arguments.
        .with::<(test_simple_text, test_image_content, test_audio_content)>()
        .with::<(test_embedded_resource, test_multiple_content_types)>()
        .with::<(test_tool_with_logging, test_error_handling)>()
        .with::<(test_tool_with_progress, test_custom_header)>()
        .with::<(test_logging_tool, test_reconnection)>()
        .with::<(test_trigger_tool_change, test_trigger_prompt_change)>()
        .with::<asking::Asking>()
        .with::<(tasks::greet, tasks::slow_compute, tasks::failing_job)>()
        .with::<(tasks::protocol_error_job, tasks::confirm_delete, tasks::multi_input)>()
        .with::<tasks::test_tool_with_task>()
        .with::<(static_text, static_binary, template_data, watched_resource)>()
        .with::<(test_simple_prompt, test_prompt_with_arguments)>()
        .with::<(test_prompt_with_embedded_resource, test_prompt_with_image)>()
        .tool(json_schema_2020_12_tool())
        .run()
        .await?;
    Ok(())
}
