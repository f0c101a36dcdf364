//! A server of the Model Context Protocol, with tools, a resource, a prompt and a question to the user.

use std::collections::BTreeMap;
use std::sync::Mutex;

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// State of the server: the highest temperature of each city, in degrees Celsius.
struct Climate(Mutex<BTreeMap<String, u8>>);

impl Climate {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, u8>) -> T) -> T {
        work(
            &mut self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }
}

impl Default for Climate {
    fn default() -> Self {
        let cities = [("Oslo", 17), ("Paris", 24), ("Rome", 29)];
        Self(Mutex::new(
            cities
                .map(|(city, celsius)| (city.to_owned(), celsius))
                .into(),
        ))
    }
}

/// The weather of the next days in a city.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Forecast {
    city: String,
    /// Highest temperatures in degrees Celsius, one a day, beginning tomorrow
    celsius: Vec<u8>,
}

/// Get the forecast for a city.
#[tool(read_only)]
async fn forecast(
    cx: &Context,
    climate: &State<Climate>,
    /// Name of the city
    city: String,
    /// Number of days
    #[arg(default = 3, min = 1, max = 14)]
    days: u8,
) -> Result<Forecast, String> {
    let unknown =
        || format!("there is no forecast for `{city}`; see the resource weather://cities");
    let celsius = climate
        .with(|cities| cities.get(&city).copied())
        .ok_or_else(unknown)?;
    let mut forecast = Forecast {
        city,
        celsius: Vec::new(),
    };
    for day in 1..=days {
        cx.progress(
            f64::from(day),
            f64::from(days),
            "asking the weather service",
        );
        forecast.celsius.push(celsius + day % 3);
    }
    Ok(forecast)
}

#[derive(Elicit)]
struct Confirm {
    /// Remove it for good
    remove: bool,
}

/// Remove a city. The user is asked first.
#[tool(destructive)]
async fn remove(
    cx: &Context,
    climate: &State<Climate>,
    /// Name of the city
    city: String,
) -> Result<String, AskError> {
    match cx.elicit::<Confirm>(format!("Remove {city}?")).await? {
        Elicited::Accepted(Confirm { remove: true }) => {
            let is_known = climate.with(|cities| cities.remove(&city)).is_some();
            cx.log(LoggingLevel::Info, format!("{city}: removed {is_known}"));
            Ok(format!("{city} is gone"))
        }
        _ => Ok(format!("{city} stays")),
    }
}

/// Cities that have a forecast.
#[resource("weather://cities", mime_type = "text/plain")]
async fn cities(climate: &State<Climate>) -> String {
    climate.with(|cities| cities.keys().cloned().collect::<Vec<_>>().join("\n"))
}

/// Ask for a weather report.
#[prompt]
async fn brief(
    /// Name of the city
    city: String,
    /// Style of the report, such as a limerick
    style: Option<String>,
) -> String {
    let style = style.as_deref().unwrap_or("two plain sentences");
    format!("Get the forecast for {city} and report it in the style of {style}.")
}

fn server() -> Server {
    Server::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
        .with::<(forecast, remove, cities, brief)>()
        .state(Climate::default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(server().run().await?)
}

#[cfg(test)]
mod tests {
    use mcp_runtime::client::Error;
    use mcp_runtime::testing::{TestClient, assert_failed, assert_structured, assert_text, eras};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn the_forecast_has_as_many_days_as_asked_for() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server()).era(era).connect().await?;
            let result = client
                .call("forecast", json!({ "city": "Paris", "days": 2 }))
                .await?;
            let expected = Forecast {
                city: "Paris".to_owned(),
                celsius: vec![25, 26],
            };
            assert_structured(&result, &expected);
            assert_eq!(client.progress().len(), 2);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_city_is_removed_when_the_user_agrees() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server())
                .era(era)
                .answers("Remove Oslo", json!({ "remove": true }))
                .connect()
                .await?;
            assert_text(
                &client.call("remove", json!({ "city": "Oslo" })).await?,
                "Oslo is gone",
            );
            assert_failed(
                &client.call("forecast", json!({ "city": "Oslo" })).await?,
                "Oslo",
            );
        }
        Ok(())
    }
}
