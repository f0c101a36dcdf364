use mcp_runtime::tool;

mod forecast {}

/// Forecast of a city.
#[tool]
async fn forecast(city: String) -> String {
    city
}

fn main() {}
