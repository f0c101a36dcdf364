use mcp_runtime::server;

struct Greeter<'a>(&'a str);

#[server]
impl<'a> Greeter<'a> {
    /// Greet someone.
    #[tool]
    async fn greet(&self) -> String {
        self.0.to_owned()
    }
}

fn main() {}
