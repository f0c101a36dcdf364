//! A server that uses every kind of question to the client, for tests. With `--state-key TEXT`,
//! several instances accept each other's `requestState`.

use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;

/// A form with one string.
#[derive(Elicit)]
struct Answer {
    /// Anything
    #[elicit(min_len = 1)]
    text: String,
}

/// Counts the side effects of the tools.
#[derive(Default)]
struct World(AtomicU64);

impl World {
    fn act(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// Asks a question, and returns the answer as text.
async fn ask(cx: &Context, question: &str) -> Result<String, AskError> {
    Ok(match cx.elicit::<Answer>(question).await? {
        Elicited::Accepted(Answer { text }) => text,
        Elicited::Declined => "declined".to_owned(),
        Elicited::Cancelled => "cancelled".to_owned(),
    })
}

/// Ask two questions in sequence.
#[tool]
async fn sequence(cx: &Context) -> Result<String, AskError> {
    let first = ask(cx, "first").await?;
    let second = ask(cx, &format!("second, after {first}")).await?;
    Ok(format!("{first}, {second}"))
}

/// Ask two questions at once.
#[tool]
async fn joined(cx: &Context) -> Result<String, AskError> {
    let (one, other) = tokio::join!(ask(cx, "one"), ask(cx, "other"));
    Ok(format!("{}, {}", one?, other?))
}

/// Ask until the answer is to stop.
#[tool]
async fn looped(cx: &Context) -> Result<String, AskError> {
    let mut answers = Vec::new();
    loop {
        match ask(cx, "go on or stop?").await? {
            answer if answer == "stop" => return Ok(answers.join(", ")),
            answer => answers.push(answer),
        }
    }
}

/// Perform a side effect once, then ask.
#[tool]
async fn after_once(cx: &Context, world: State<World>) -> Result<String, AskError> {
    let number = cx.once("act", async || world.act()).await;
    let answer = ask(cx, &format!("was {number} right?")).await?;
    Ok(format!("{number}: {answer}, {} in all", world.0.load(Ordering::SeqCst)))
}

/// Ask the user, the model and for the roots at once.
#[tool]
async fn everything(cx: &Context) -> Result<String, AskError> {
    let (answer, said, roots) =
        tokio::join!(ask(cx, "who?"), cx.sample("Say something").max_tokens(10), cx.roots());
    let roots = roots?;
    let uris: Vec<_> = roots.all().iter().map(|root| root.uri.as_str()).collect();
    Ok(format!("{}, {}, {}", answer?, said?.text(), uris.join(" ")))
}

/// Send the user to a URL.
#[tool]
async fn visit(cx: &Context) -> Result<String, AskError> {
    let agreed = cx.elicit_url("https://example.com/visit", "Have a look").await?;
    Ok(format!("{agreed:?}"))
}

/// Require a visit to a URL before anything else.
#[tool]
async fn visit_first(cx: &Context) -> Result<String, AskError> {
    let visit = cx.elicit_url("https://example.com/first", "Sign in").id("visit-1").required();
    let agreed = visit.await?;
    Ok(format!("{agreed:?}"))
}

/// Report that the user is done at the URL.
#[tool]
async fn visited(cx: &Context) -> bool {
    cx.url_completion("visit-1").complete()
}

/// A resource that asks a question when it is read.
#[resource("asking://who", mime_type = "text/plain")]
async fn who(cx: &Context) -> Result<String, AskError> {
    Ok(format!("for {}", ask(cx, "who reads?").await?))
}

/// A prompt that asks a question when it is rendered.
#[prompt]
async fn about(
    cx: &Context,
    /// Subject of the prompt
    subject: String,
) -> Result<String, AskError> {
    Ok(format!("{subject} for {}", ask(cx, "who writes?").await?))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = Server::new("asking", env!("CARGO_PKG_VERSION"))
        .with::<(sequence, joined, looped, after_once, everything)>()
        .with::<(visit, visit_first, visited, who, about)>()
        .state(World::default());
    let key = std::env::args().skip_while(|argument| argument != "--state-key").nth(1);
    if let Some(key) = key {
        server = server.state_keys([format!("{key:0>32}")]);
    }
    Ok(server.run().await?)
}
