use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
#[ask("Really?")]
async fn delete(confirm: bool) {
    let _ = confirm;
}

fn main() {}
