use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
async fn delete(path: String, #[ask("Really delete {paht}?")] confirm: Confirm) {
    drop((path, confirm));
}

fn main() {}
