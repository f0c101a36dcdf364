use mcp_runtime::{Elicit, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete files.
#[tool]
async fn delete(paths: Vec<String>, #[ask("Really delete {paths}?")] confirm: Confirm) {
    drop((paths, confirm));
}

fn main() {}
