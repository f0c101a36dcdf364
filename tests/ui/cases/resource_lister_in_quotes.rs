use mcp_runtime::resource;

/// A town.
#[resource("towns://{town}", list = "atlas::towns")]
async fn town(town: String) -> String {
    town
}

fn main() {}
