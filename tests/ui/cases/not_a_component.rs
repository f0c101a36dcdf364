use mcp_runtime::Server;

struct Calculator;

fn main() {
    drop(Server::new("demo", "1.0").with::<Calculator>());
}
