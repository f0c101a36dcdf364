//! The tool in the table of the README, where no line can be hidden.

use std::fmt;

use mcp_runtime::client::Error;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_structured, eras};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const README: &str = include_str!("../../../README.md");

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Currency {
    Eur,
    Usd,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Money {
    amount: f64,
    currency: Currency,
}

#[derive(Debug)]
struct RateError;

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no rate")
    }
}

impl std::error::Error for RateError {}

async fn exchange(amount: f64, currency: Currency) -> Result<Money, RateError> {
    match currency {
        Currency::Eur => Ok(Money { amount, currency }),
        Currency::Usd => Err(RateError),
    }
}

/// Convert an amount.
#[tool]
async fn convert(
    /// How much
    #[arg(min = 0.0)]
    amount: f64,
    #[arg(default = Currency::Eur)] to: Currency,
) -> Result<Money, RateError> {
    exchange(amount, to).await
}

#[test]
fn the_tool_is_that_of_the_readme() {
    let (_, sample) = README.split_once("```rust,ignore\n").unwrap();
    let (sample, rest) = sample.split_once("```").unwrap();
    assert!(include_str!("readme.rs").contains(sample), "{sample}");
    assert!(!rest.contains("rust,ignore"), "all other samples are doctests");
}

#[tokio::test]
async fn the_tool_of_the_readme_has_the_schema_of_its_arguments() -> Result<(), Error> {
    for era in eras() {
        let server = Server::new("money", "1.0.0").with::<convert>();
        let client = TestClient::of(server).era(era).connect().await?;
        let tools: Value = client.request("tools/list", json!({})).await?;
        let tool = &tools["tools"][0];
        assert_eq!(tool["description"], "Convert an amount.");
        let amount = &tool["inputSchema"]["properties"]["amount"];
        assert_eq!((&amount["description"], &amount["minimum"]), (&json!("How much"), &json!(0.0)));
        assert_eq!(tool["inputSchema"]["required"], json!(["amount"]));
        let result = client.call("convert", json!({ "amount": 2.5 })).await?;
        assert_structured(&result, &Money { amount: 2.5, currency: Currency::Eur });
        let result = client.call("convert", json!({ "amount": 2.5, "to": "USD" })).await?;
        assert_failed(&result, "no rate");
        let result = client.call("convert", json!({ "amount": -1.0 })).await?;
        assert_failed(&result, "amount");
    }
    Ok(())
}
