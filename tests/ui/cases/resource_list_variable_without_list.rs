use mcp_runtime::resource;

/// Articles with tags.
#[resource("shop://articles{?tags*}")]
fn articles(tags: String) -> String {
    tags
}

fn main() {}
