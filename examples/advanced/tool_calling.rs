//! Tool calling with three providers: an annotated function, its definition, a call, and its result.
//!
//! ```sh
//! cargo run -p mcp-advanced-examples --example tool_calling
//! OPENAI_API_KEY=… ANTHROPIC_API_KEY=… cargo run -p mcp-advanced-examples --example tool_calling
//! ```
//!
//! A provider whose key is in the environment is asked. For the others, a recorded answer is used, so the
//! example runs without any key.

#![allow(clippy::print_stdout, reason = "the bodies are the output")]

use std::error::Error;

use mcp_runtime::agent::{Answer, GenaiModel, Message, Model as _, ModelMessage, ModelRequest};
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::providers::{CallResult, Definitions, ToolChoice, ToolSet};
use mcp_runtime::schemars;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Unit of a temperature.
#[derive(Debug, Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// Get the weather of a city.
#[tool(read_only)]
async fn get_weather(
    /// Name of the city
    city: String,
    /// Celsius unless given
    unit: Option<Unit>,
) -> String {
    match unit.unwrap_or(Unit::Celsius) {
        Unit::Celsius => format!("sunny in {city}, 24 degrees Celsius"),
        Unit::Fahrenheit => format!("sunny in {city}, 75 degrees Fahrenheit"),
    }
}

/// A provider: its model, the variable with its key, and an answer that it once gave.
struct Example {
    model: &'static str,
    key: &'static str,
    recorded: &'static str,
}

const EXAMPLES: [Example; 3] = [
    Example {
        model: "gpt-5.2",
        key: "OPENAI_API_KEY",
        recorded: r#"{ "status": "completed", "output": [{ "type": "function_call", "id": "fc_1", "status": "completed",
            "call_id": "call_1", "name": "get_weather", "arguments": "{\"city\":\"Oslo\",\"unit\":null}" }] }"#,
    },
    Example {
        model: "claude-sonnet-4-6",
        key: "ANTHROPIC_API_KEY",
        recorded: r#"{ "role": "assistant", "stop_reason": "tool_use", "content": [
            { "type": "text", "text": "I will look it up." },
            { "type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": { "city": "Oslo" } }] }"#,
    },
    Example {
        model: "gemini-3-flash",
        key: "GEMINI_API_KEY",
        recorded: r#"{ "candidates": [{ "finishReason": "STOP", "content": { "role": "model", "parts": [
            { "functionCall": { "name": "get_weather", "args": { "city": "Oslo" } }, "thoughtSignature": "c2lnbmVk" }] } }] }"#,
    },
];

#[tokio::main]
async fn main() -> Outcome {
    let server = Server::new("weather", "1.0.0").with::<get_weather>();
    let tools = ToolSet::of(&server)?.strict(true);
    let client = Client::in_memory(server).connect().await?;
    for example in &EXAMPLES {
        let model = GenaiModel::new(example.model);
        let definitions = tools.definitions(model.provider());
        println!("\n# {} ({:?})", example.model, model.provider());

        // 1. Definitions, and 2. the request.
        let mut messages = vec![Message::user("How is the weather in Oslo?")];
        print_request("request", &definitions, &messages)?;

        // 3. The answer of the model, with its calls.
        let answer = answer(example, &model, &definitions, &messages).await?;
        let calls = answer.calls.clone();
        messages.push(Message::Model(ModelMessage::new(model.provider(), answer)));

        // 4. Execution.
        let mut results = Vec::new();
        for call in calls {
            let result = match definitions.resolve(&call) {
                Ok(resolved) => {
                    println!("call: {} {}", resolved.tool.tool, resolved.arguments);
                    client.call(&resolved.tool.tool, resolved.arguments).await?
                }
                // Arguments that are not valid go back to the model.
                Err(fault) => CallToolResult::error(fault),
            };
            println!("result: {}", result.content[0].as_text().unwrap_or_default());
            results.push(CallResult::new(call, result));
        }

        // 5. The results go back to the model.
        if results.is_empty() {
            continue;
        }
        messages.push(Message::Results(results));
        print_request("next request", &definitions, &messages)?;
        if std::env::var_os(example.key).is_some() {
            let request = ModelRequest::new(&messages, &definitions);
            println!("answer: {}", model.answer(request, &mut |_| {}).await?.text);
        }
    }
    Ok(())
}

/// Asks the provider, or reads the answer that was recorded.
async fn answer(
    example: &Example,
    model: &GenaiModel,
    definitions: &Definitions,
    messages: &[Message],
) -> Outcome<Answer> {
    if std::env::var_os(example.key).is_some() {
        let request = ModelRequest::new(messages, definitions);
        return Ok(model.answer(request, &mut |_| {}).await?);
    }
    println!("{} is not set: this is a recorded answer", example.key);
    Ok(definitions.answer(example.recorded)?)
}

/// Prints the members of a request about tools and the conversation.
fn print_request(title: &str, definitions: &Definitions, messages: &[Message]) -> Outcome {
    let tools = definitions.request(&ToolChoice::Auto, None)?;
    let conversation = definitions.conversation(Some("Be brief."), messages)?;
    println!("{title}:");
    for (name, value) in tools.iter().chain(conversation.iter()) {
        println!("  {name}: {value}");
    }
    Ok(())
}
