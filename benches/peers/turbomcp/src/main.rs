//! `add` and `echo` with turbomcp.

use turbomcp::http::{HttpConfig, ServeHttp};
use turbomcp::prelude::*;

#[derive(Clone)]
struct Bench;

#[server(name = "bench", version = "1.0.0")]
impl Bench {
    /// Add two integers.
    #[tool(description = "Add two integers")]
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    /// Return a text.
    #[tool(description = "Return a text")]
    async fn echo(&self, text: String) -> String {
        text
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--http"), Some(address)) => {
            Bench.into_server().run_http(address.parse()?, HttpConfig::new()).await?;
        }
        _ => Bench.run_stdio().await?,
    }
    Ok(())
}
