//! A research tool: the client's model answers with the help of tools of this server.
//!
//! The server needs no model and no API key: it uses the model of the client, whose user can review
//! the requests.

use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// Articles by title.
const LIBRARY: [(&str, &str); 3] = [
    ("Otters", "Otters hold hands while they sleep, so that they do not drift apart."),
    ("Octopuses", "An octopus has three hearts and blue blood."),
    ("Owls", "An owl can turn its head by 270 degrees."),
];

/// Search the library for articles. Answers with their titles.
#[tool(read_only)]
async fn search_articles(
    /// A word of the title or the text
    word: String,
) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&word);
    let found = LIBRARY.iter().filter(|(title, text)| fits(title) || fits(text));
    found.map(|(title, _)| *title).collect()
}

/// Read an article by its title.
#[tool(read_only)]
async fn read_article(title: String) -> Result<&'static str, ToolError> {
    let found = LIBRARY.iter().find(|(known, _)| known.eq_ignore_ascii_case(&title));
    let (_, text) = found.ok_or_else(|| ToolError::new(format!("no article `{title}`")))?;
    Ok(text)
}

/// Answer a question from the library.
#[tool(read_only)]
async fn research(
    cx: &Context,
    /// The question to answer
    question: String,
) -> Result<String, AskError> {
    if !cx.can_sample_with_tools() {
        let articles: Vec<_> = LIBRARY.iter().map(|(_, text)| *text).collect();
        let prompt = format!("{question}\n\nAll that is known:\n{}", articles.join("\n"));
        return Ok(cx.sample(prompt).system("Answer in one sentence.").await?.text());
    }
    let answer = cx
        .sample(question)
        .system("Answer in one sentence, from the articles alone. Search before you answer.")
        .tools::<(search_articles, read_article)>()
        .max_rounds(6)
        .max_tokens(500)
        .await?;
    Ok(answer.text())
}

/// The subject of a text, returned by the model.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
struct Subject {
    /// One word
    name: String,
    /// From 0 for a guess to 1 for certain
    confidence: f64,
}

/// Return the subject of a text.
#[tool(read_only)]
async fn classify(cx: &Context, text: String) -> Result<Subject, AskError> {
    cx.sample(text).system("What is this text about?").json::<Subject>().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new("library", env!("CARGO_PKG_VERSION")).with::<(
        research,
        classify,
        search_articles,
        read_article,
    )>();
    Ok(server.run().await?)
}
