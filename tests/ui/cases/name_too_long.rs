use mcp_runtime::tool;

/// The weather in a city.
#[tool(name = "the_weather_in_a_city_that_can_be_anywhere_on_earth_and_even_beyond")]
async fn weather(city: String) -> String {
    city
}

fn main() {}
