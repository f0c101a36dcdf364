use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
fn delete(path: String, #[ask("Really delete {path}?")] confirm: Confirm) {
    drop((path, confirm));
}

fn main() {}
