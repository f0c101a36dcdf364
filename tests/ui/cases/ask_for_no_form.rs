use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
async fn delete(#[ask("Really?")] confirm: bool) {
    let _ = confirm;
}

fn main() {}
