/// A user's profile.
#[resource("users://{id}/profile{?lang,tag*}", mime_type = "application/json", list = users, ttl = "5m")]
pub async fn profile<'a>(
    /// Who it is
    id: u64,
    #[arg(rename = "lang", complete = languages)] language: Option<&'a str>,
    tag: Vec<&'a str>,
    db: State<Db>,
) -> Result<Profile, DbError> {
    db.profile(id).await
}

/// The manual.
#[resource(
    "docs://manual",
    crate = mcp, name = "Manual",
    title = "The manual",
    size = MANUAL.len() as u64,
    mime_type = "text/plain",
    icons("https://example.com/a.png"),
    annotations(
        audience("user", "assistant"),
        priority = 0.5,
        last_modified = "2026-01-12T15:00:58Z"
    ),
    meta = json!({ "a": 1 }),
    scope = "public",
    blocking
)]
fn manual() -> &'static str {
    MANUAL
}
