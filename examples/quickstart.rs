//! Tools from a function, and from methods with shared state.
//!
//! `cargo run -p mcp-examples --example quickstart -- --http 127.0.0.1:8000`, or without arguments for stdio.

use std::collections::HashMap;
use std::sync::Mutex;

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// Add two integers.
#[tool(read_only)]
async fn add(
    /// First addend
    a: i64,
    /// Second addend
    b: i64,
) -> i64 {
    a + b
}

/// The stock by SKU.
struct Inventory {
    stock: Mutex<HashMap<String, u32>>,
}

/// Result of a reservation.
#[derive(Serialize, JsonSchema)]
struct Reservation {
    sku: String,
    count: u32,
    left: u32,
}

#[server]
impl Inventory {
    /// Reserve stock for an order.
    #[tool]
    async fn reserve(
        &self,
        /// Stock keeping unit: `bolt` or `nut`
        sku: String,
        #[arg(default = 1, min = 1, max = 99)] count: u32,
    ) -> Result<Reservation, String> {
        let mut stock = self.stock.lock().map_err(|_| "the inventory is out of order")?;
        let left = stock.get_mut(&sku).ok_or_else(|| format!("there is no `{sku}`"))?;
        *left =
            left.checked_sub(count).ok_or_else(|| format!("only {left} of `{sku}` are left"))?;
        Ok(Reservation { left: *left, sku, count })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stock = Mutex::new(HashMap::from([("bolt".to_owned(), 500), ("nut".to_owned(), 20)]));
    Server::new("quickstart", env!("CARGO_PKG_VERSION"))
        .with::<add>()
        .instance(Inventory { stock })
        .run()
        .await?;
    Ok(())
}
