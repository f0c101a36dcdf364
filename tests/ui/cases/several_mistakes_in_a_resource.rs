use mcp_runtime::resource;

#[resource("notes://{id}{?q}", titel = "Note", ttl = "5 minutes", scope = "Private")]
async fn note(
    #[arg(min = 1)] i: u64,
    #[arg(complet = words)] q: Option<String>,
    _: u8,
) -> impl std::fmt::Display {
    format!("{i}{q:?}")
}

fn main() {}
