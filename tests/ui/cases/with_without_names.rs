use mcp_runtime::Server;

fn main() {
    drop(Server::new("demo", "1.0").with());
}
