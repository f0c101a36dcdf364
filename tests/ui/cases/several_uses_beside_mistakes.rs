//! The mistake is the only error: what the attributes would have made is there all the same.

use mcp_runtime::{Server, server, tool};

struct Counter;

#[server]
impl Counter {
    #[tool]
    fn count(&self) -> u32 {
        1
    }
}

#[tool]
async fn add(/** First addend */ a: i64, #[arg(min = 1)] b: i64) -> i64 {
    a + b
}

fn main() {
    drop(Server::new("demo", "1.0").with::<(add, add)>());
    drop(Counter.into_server());
    drop(Server::new("demo", "1.0").instance(Counter));
    drop(add(1, 2));
}
