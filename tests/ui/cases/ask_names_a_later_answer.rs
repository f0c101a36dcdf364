use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
async fn delete(#[ask("After {second:?}?")] first: Confirm, #[ask("Go on?")] second: Confirm) {
    drop((first, second));
}

fn main() {}
