use mcp_runtime::tool;

#[doc = concat!(" ", "\r\n")]
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
