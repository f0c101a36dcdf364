use mcp_runtime::tool;

/// The weather in a city.
#[tool(name = "weather.get")]
async fn weather(city: String) -> String {
    city
}

fn main() {}
