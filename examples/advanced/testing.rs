//! Tests of a server: `cargo test -p mcp-advanced-examples --example testing`.
//!
//! A handler is a function and can be called directly. Schemas, errors, questions and progress are
//! tested with an in-memory client in both eras. `replay` tests that a handler which runs again for
//! an answer repeats no side effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;

/// The accounts of a bank, in cents.
#[derive(Default)]
struct Bank(Mutex<BTreeMap<String, i64>>);

impl Bank {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, i64>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn balance(&self, account: &str) -> i64 {
        self.with(|accounts| accounts.get(account).copied().unwrap_or_default())
    }
}

#[derive(Elicit)]
struct Confirm {
    /// Transfer it
    transfer: bool,
}

/// The balance of an account.
#[tool(read_only)]
async fn balance(bank: State<Arc<Bank>>, account: String) -> i64 {
    bank.balance(&account)
}

/// Transfer money from one account to another.
#[tool]
async fn transfer(
    cx: &Context,
    bank: State<Arc<Bank>>,
    from: String,
    to: String,
    #[arg(min = 1)] cents: i64,
) -> Result<String, ToolError> {
    if bank.balance(&from) < cents {
        return Err(ToolError::new(format!("there is too little on {from}")));
    }
    cx.progress(1.0, 2.0, "asking");
    // The handler runs again after the answer, but blocks the money once.
    cx.once("block", async || bank.with(|all| *all.entry(from.clone()).or_default() -= cents))
        .await;
    let message = format!("Transfer {cents} cents from {from} to {to}?");
    let confirmed = confirm(cx, message).await?;
    let to = if confirmed { to } else { from };
    bank.with(|all| *all.entry(to).or_default() += cents);
    Ok(if confirmed { "transferred" } else { "left where it was" }.to_owned())
}

async fn confirm(cx: &Context, message: String) -> Result<bool, AskError> {
    let answer = cx.elicit::<Confirm>(message).await?;
    Ok(matches!(answer, Elicited::Accepted(Confirm { transfer: true })))
}

fn server(bank: Arc<Bank>) -> Server {
    Server::new("bank", env!("CARGO_PKG_VERSION")).with::<(balance, transfer)>().state(bank)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(server(Arc::default()).run().await?)
}

#[cfg(test)]
mod tests {
    use mcp_runtime::client::Error;
    use mcp_runtime::testing::{
        TestClient, assert_failed, assert_structured, assert_text, eras, replay,
    };
    use serde_json::json;

    use super::*;

    fn bank() -> Arc<Bank> {
        let bank = Arc::<Bank>::default();
        bank.with(|accounts| accounts.insert("ann".to_owned(), 500));
        bank
    }

    #[tokio::test]
    async fn money_is_transferred_when_the_user_agrees() -> Result<(), Error> {
        for era in eras() {
            let bank = bank();
            let client = TestClient::of(server(Arc::clone(&bank)))
                .era(era)
                .answers("Transfer 200 cents", json!({ "transfer": true }))
                .connect()
                .await?;
            let order = json!({ "from": "ann", "to": "bob", "cents": 200 });
            assert_text(&client.call("transfer", order).await?, "transferred");
            assert_structured(&client.call("balance", json!({ "account": "bob" })).await?, &200);
            assert_eq!(bank.balance("ann"), 300, "{era:?}");
            assert_eq!(client.asked().len(), 1, "{era:?}");
            assert_eq!(client.progress()[0].message.as_deref(), Some("asking"));
        }
        Ok(())
    }

    #[tokio::test]
    async fn impossible_transfers_fail() -> Result<(), Error> {
        for era in eras() {
            let client = TestClient::of(server(bank())).era(era).connect().await?;
            let order = |cents: i64| json!({ "from": "ann", "to": "bob", "cents": cents });
            assert_failed(&client.call("transfer", order(501)).await?, "too little on ann");
            assert_failed(&client.call("transfer", order(0)).await?, "cents");
            assert!(client.asked().is_empty());
        }
        Ok(())
    }

    #[tokio::test]
    async fn no_money_is_lost_in_any_mode() {
        for (yes, text) in [(true, "transferred"), (false, "left where it was")] {
            let bank = bank();
            let counted = Arc::clone(&bank);
            let order = json!({ "from": "ann", "to": "bob", "cents": 100 });
            bank.with(|accounts| accounts.insert("ann".to_owned(), 1_000_000));
            let result = replay(server(Arc::clone(&bank)))
                .tool("transfer", order)
                .answers("Transfer", json!({ "transfer": yes }))
                .counting("cents that bob has", move || counted.balance("bob").unsigned_abs())
                .run()
                .await
                .unwrap();
            assert_eq!(result["content"][0]["text"], text);
            let total: i64 = bank.with(|accounts| accounts.values().sum());
            assert_eq!(total, 1_000_000, "no cent is lost");
        }
    }
}
