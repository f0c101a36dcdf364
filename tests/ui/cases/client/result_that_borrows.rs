use mcp_runtime::client;

use mcp_runtime::serde::Deserialize;

#[derive(Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
struct Name<'a>(#[allow(dead_code)] &'a str);

#[client]
trait Stocks {
    async fn name<'a>(&'a self, symbol: &str) -> Name<'a>;
}

fn main() {}
