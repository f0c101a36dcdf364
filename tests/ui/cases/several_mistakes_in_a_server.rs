use mcp_runtime::server;

struct Desk;

#[server(nam = "desk")]
impl Desk {
    #[tool]
    async fn open(&self) {}

    /// Close the desk.
    #[tool]
    async fn close(&mut self) {}

    /// Close the desk for good.
    #[tool(name = "close")]
    async fn shut<T>(&self, why: T) {
        drop(why);
    }
}

fn main() {}
