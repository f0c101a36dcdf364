//! `add` and `echo` with tower-mcp.

use schemars::JsonSchema;
use serde::Deserialize;
use tower_mcp::{BoxError, CallToolResult, HttpTransport, McpRouter, StdioTransport, ToolBuilder};

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let add = ToolBuilder::new("add")
        .description("Add two integers")
        .read_only()
        .handler(
            |input: Add| async move { Ok(CallToolResult::text((input.a + input.b).to_string())) },
        )
        .build();
    let echo = ToolBuilder::new("echo")
        .description("Return a text")
        .read_only()
        .handler(|input: Echo| async move { Ok(CallToolResult::text(input.text)) })
        .build();
    let router = McpRouter::new().server_info("bench", "1.0.0").tool(add).tool(echo);
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--http"), Some(address)) => {
            let listener = tokio::net::TcpListener::bind(address).await?;
            axum::serve(listener, HttpTransport::new(router).into_router_at("/mcp")).await?;
        }
        _ => StdioTransport::new(router).run().await?,
    }
    Ok(())
}
