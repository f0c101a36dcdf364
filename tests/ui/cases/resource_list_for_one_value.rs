use mcp_runtime::resource;

/// Articles with tags.
#[resource("shop://articles{?tags}")]
fn articles(tags: Vec<String>) -> String {
    tags.join(",")
}

fn main() {}
