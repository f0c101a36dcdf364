use mcp_runtime::{prompt, tool};

struct Point {
    x: i64,
    y: i64,
}

/// Add the coordinates.
#[tool]
async fn add(Point { x, y }: Point) -> i64 {
    x + y
}

/// Ask about a point.
#[prompt]
async fn about(Point { x, y }: Point) -> String {
    format!("{x} {y}")
}

fn main() {}
