use mcp_runtime::tool;

#[allow(non_camel_case_types)]
struct forecast {}

/// Forecast of a city.
#[tool]
async fn forecast(city: String) -> String {
    city
}

fn main() {}
