use mcp_runtime::prelude::*;

/// Forecast of a city.
#[tool(output_schema = "Forecast")]
async fn forecast(city: String) -> CallToolResult {
    CallToolResult::text(city)
}

fn main() {}
