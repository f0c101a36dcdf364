use mcp_runtime::prelude::*;

struct Forecast;

/// Forecast of a city.
#[tool(output_schema = Forecast)]
async fn forecast(city: String) -> CallToolResult {
    CallToolResult::text(city)
}

fn main() {}
