use mcp_runtime::{Context, Elicit, prompt, resource, server, tool};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Delete a file.
#[tool]
async fn delete(cx: &Context, #[ask("Really {cx}?")] confirm: Confirm, #[ask("Who?")] who: String) {
    drop((cx, confirm, who));
}

/// Greet.
#[prompt]
async fn greet(#[ask("Whom?")] person: Option<Confirm>) -> String {
    format!("{}", person.is_some())
}

/// A greeting.
#[resource("greeting://{place}")]
async fn greeting(place: String, #[ask("Whom in {plaice}?")] person: Confirm) -> String {
    format!("{place} {}", person.yes)
}

struct Desk;

#[server]
impl Desk {
    /// Greet.
    #[tool]
    async fn meet(&self, #[ask("Whom?")] person: u8) -> u8 {
        person
    }
}

fn main() {}
