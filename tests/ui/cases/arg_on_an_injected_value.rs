use mcp_runtime::{Context, tool};

/// Order something.
#[tool]
async fn order(#[arg(min = 1)] cx: &Context) {
    drop(cx);
}

fn main() {}
