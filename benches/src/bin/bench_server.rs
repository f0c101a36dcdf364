//! The benchmarked server: `add`, `echo`, and other tools up to the number in `--tools N`.

use mcp_runtime::prelude::*;
use serde_json::json;

/// Add two integers.
#[tool(read_only)]
async fn add(
    /// First addend
    a: i64,
    /// Second addend
    b: i64,
) -> i64 {
    a + b
}

/// Return a text.
#[tool(read_only)]
async fn echo(
    /// Text to be returned
    text: String,
) -> String {
    text
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = Server::new("bench", "1.0.0").with::<(add, echo)>();
    for number in 2..tools_wanted()? {
        server = server.tool(other_tool(number));
    }
    server.run().await?;
    Ok(())
}

/// The number after `--tools`; 2 by default.
fn tools_wanted() -> Result<usize, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tools").skip(1);
    Ok(arguments.next().map_or(Ok(2), |count| count.parse())?)
}

/// A tool that is registered but never called.
fn other_tool(number: usize) -> Tool {
    let schema = json!({
        "type": "object",
        "properties": { "text": { "type": "string", "description": "Some text" } },
        "required": ["text"],
        "additionalProperties": false,
    });
    Tool::new(format!("other_{number}"), schema, |_cx, _arguments| async { "never called" })
        .description("A tool that is registered and never called.")
}
