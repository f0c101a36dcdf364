/// Add two integers.
#[tool(read_only, title = "Add")]
pub async fn add(
    /// First addend
    a: i64,
    #[arg(default = 1, min = 1, max = 99)] b: u32,
    cx: &Context,
) -> Result<i64, MyError> {
    Ok(a + i64::from(b))
}
