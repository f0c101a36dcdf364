/// Hash a text.
///
/// Takes a while.
#[deprecated]
#[cfg(feature = "hash")]
#[tool(
    crate = mcp, name = "text.hash",
    wide_name,
    title = TITLE,
    icons("https://example.com/a.png", icon(
        src = "https://example.com/b.svg",
        mime_type = "image/svg+xml",
        sizes("48x48", "any"),
        theme = "dark"
    )),
    meta = json!({ "a": 1 }),
    destructive = false,
    idempotent,
    open_world = false,
    open,
    blocking,
    cancel = "cooperative",
    input_schema = r#"{"type":"object"}"#
)]
fn hash<'a>(
    #[arg(min_len = 1, max_len = MOST, pattern = "^a", examples("ab", "ac"))] text: &'a str,
    #[arg(rename = "lang", default = "en", header = "Lang", description = HINT)] language: Cow<'a, str>,
    #[arg(default)] r#type: Option<Kind>,
    #[arg(min = LEAST, max = 9)] mut rounds: u8,
) -> &'a str {
    text
}

/// Nothing at all.
#[tool]
pub(super) fn nothing() {}
