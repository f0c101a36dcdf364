use mcp_runtime::tool;

/// The weather in a city.
#[tool(name = "get weather")]
async fn weather(city: String) -> String {
    city
}

fn main() {}
