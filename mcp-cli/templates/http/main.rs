//! A server of the Model Context Protocol, for HTTP.
//!
//! `GET /healthz` and `GET /readyz` are for load balancers.

use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// State of the server, which all clients share.
#[derive(Default)]
struct Usage {
    forecast_count: AtomicU64,
}

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
#[tool(read_only)]
async fn forecast(
    usage: &State<Usage>,
    /// Name of the city
    city: String,
    /// Number of days
    #[arg(default = 3, min = 1, max = 14)]
    days: u8,
) -> Forecast {
    usage.forecast_count.fetch_add(1, Ordering::Relaxed);
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

/// Number of forecasts since the start.
#[tool(read_only)]
async fn usage(usage: &State<Usage>) -> u64 {
    usage.forecast_count.load(Ordering::Relaxed)
}

fn server() -> Server {
    Server::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
        .with::<(forecast, usage)>()
        .state(Usage::default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(server().run().await?)
}

#[cfg(test)]
mod tests {
    use mcp_runtime::client::Error;
    use mcp_runtime::testing::{TestClient, assert_structured, eras};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn forecasts_are_counted() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server()).era(era).connect().await?;
            client.call("forecast", json!({ "city": "Paris" })).await?;
            client
                .call("forecast", json!({ "city": "Rome", "days": 2 }))
                .await?;
            assert_structured(&client.call("usage", json!({})).await?, &2);
        }
        Ok(())
    }
}
