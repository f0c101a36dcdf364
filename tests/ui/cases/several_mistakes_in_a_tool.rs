use mcp_runtime::tool;

#[tool(readonly, title = "Order", title = "Buy")]
async fn order(
    #[arg(min = 9, max = 1)] count: u32,
    #[arg(header = "X Y", patern = "a")] item: String,
    (left, right): (u8, u8),
) -> impl std::fmt::Display {
    format!("{count}{item}{left}{right}")
}

fn main() {}
