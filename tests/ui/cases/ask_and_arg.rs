use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
async fn delete(#[ask("Really?")] #[arg(rename = "c")] confirm: Confirm) {
    drop(confirm);
}

fn main() {}
