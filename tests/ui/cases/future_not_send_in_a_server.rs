use std::rc::Rc;

use mcp_runtime::server;

struct Counter;

#[server]
impl Counter {
    /// Add one.
    #[tool]
    async fn increment(&self, a: i64) -> i64 {
        let one = Rc::new(1);
        std::future::ready(()).await;
        a + *one
    }

    /// What it counts.
    #[resource("counter://about")]
    async fn about(&self) -> String {
        let about = Rc::new("everything");
        std::future::ready(()).await;
        about.to_string()
    }

    /// Ask to count.
    #[prompt]
    async fn count(&self) -> String {
        let what = Rc::new("sheep");
        std::future::ready(()).await;
        what.to_string()
    }
}

fn main() {}
