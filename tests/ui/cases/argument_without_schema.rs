use mcp_runtime::tool;

#[derive(mcp_runtime::serde::Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
struct Door(#[allow(dead_code)] u8);

/// Close a door.
#[tool]
async fn close(door: Door) {
    drop(door);
}

fn main() {}
