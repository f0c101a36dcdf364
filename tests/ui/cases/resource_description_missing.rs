use mcp_runtime::resource;

#[resource("notes://today")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
