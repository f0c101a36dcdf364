//! A server of the Model Context Protocol, with a page that hosts show for the result of its tool.
//!
//! Specification: [MCP Apps](https://modelcontextprotocol.io/extensions/apps/overview).

use mcp_runtime::prelude::*;
use mcp_runtime::serde_json::json;
use schemars::JsonSchema;
use serde::Serialize;

/// The weather of the next days in a city.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Forecast {
    city: String,
    /// One entry a day, beginning tomorrow
    days: Vec<Day>,
}

/// The weather of a day.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Day {
    /// Highest temperature, in degrees Celsius
    celsius: u8,
    /// Probability of rain, in percent
    rain: u8,
}

/// Get the forecast for a city.
#[tool(read_only, meta = json!({ "ui": { "resourceUri": "ui://forecast/page.html" } }))]
async fn forecast(
    /// Name of the city
    city: String,
    /// Number of days
    #[arg(default = 3, min = 1, max = 14)]
    days: u8,
) -> Forecast {
    // Figures that depend on the name only: ask a weather service here.
    let seed = city
        .bytes()
        .fold(7_u8, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte));
    let day = |number: u8| Day {
        celsius: 10 + seed.wrapping_add(number) % 20,
        rain: seed.wrapping_mul(number) % 101,
    };
    Forecast {
        city,
        days: (1..=days).map(day).collect(),
    }
}

/// The page of the forecast.
#[resource("ui://forecast/page.html", mime_type = "text/html;profile=mcp-app")]
fn page() -> &'static str {
    include_str!("page.html")
}

fn server() -> Server {
    Server::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
        .extension("io.modelcontextprotocol/ui", json!({}))
        .with::<(forecast, page)>()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(server().run().await?)
}

#[cfg(test)]
mod tests {
    use mcp_runtime::client::Error;
    use mcp_runtime::testing::{TestClient, assert_failed, assert_structured, eras};
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn the_forecast_has_as_many_days_as_asked_for() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server()).era(era).connect().await?;
            let result = client
                .call("forecast", json!({ "city": "Paris", "days": 2 }))
                .await?;
            assert_structured(&result, &forecast("Paris".to_owned(), 2).await);
            let result = client
                .call("forecast", json!({ "city": "Paris", "days": 15 }))
                .await?;
            assert_failed(&result, "days");
        }
        Ok(())
    }

    #[tokio::test]
    async fn the_tool_has_a_page() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server()).era(era).connect().await?;
            let tools: Value = client.request("tools/list", json!({})).await?;
            let uri = tools["tools"][0]["_meta"]["ui"]["resourceUri"].clone();
            let read: Value = client
                .request("resources/read", json!({ "uri": uri }))
                .await?;
            let page = &read["contents"][0];
            assert_eq!(page["mimeType"], "text/html;profile=mcp-app");
            assert_eq!(page["text"], include_str!("page.html"));
        }
        Ok(())
    }
}
