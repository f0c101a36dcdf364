use mcp_runtime::tool;

/// A calculator.
#[tool]
struct Calculator;

fn main() {}
