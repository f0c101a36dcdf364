use mcp_runtime::tool;

/// Close a door.
#[tool]
async fn close(door: Door) {
    drop(door);
}

fn main() {}
