/// Ask for a review of some code.
#[prompt]
pub async fn review(
    /// The code to review
    code: String,
    /// Language, guessed when absent
    #[arg(complete = languages, title = "Language")]
    language: Option<Language>,
    cx: &Context,
) -> Result<String, ReviewError> {
    Ok(code)
}

/// Say hello.
#[prompt(crate = mcp, name = "hello.world", title = "Hello", icons("https://example.com/a.png"), blocking)]
fn hello() -> Vec<PromptMessage> {
    Vec::new()
}
