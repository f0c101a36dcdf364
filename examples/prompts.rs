//! Prompts: messages that a user selects, with completion of their arguments.
//!
//! `cargo run -p mcp-examples --example prompts -- --http 127.0.0.1:8000`, or without arguments for stdio.

use mcp_runtime::completion::Completing;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::PromptMessage;
use schemars::JsonSchema;
use serde::Deserialize;

/// Thoroughness of the review. Enums complete without a completer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Depth {
    Quick,
    Thorough,
}

/// Ask for a review of some code.
#[prompt(title = "Review code")]
async fn review(
    /// The code to review
    code: String,
    /// Language, guessed when absent
    #[arg(complete = languages)]
    language: Option<String>,
    /// Quick when absent
    depth: Option<Depth>,
) -> String {
    let language = language.map(|language| format!(" {language}")).unwrap_or_default();
    let depth = match depth.unwrap_or(Depth::Quick) {
        Depth::Quick => "Name the three worst problems.",
        Depth::Thorough => "Go through it line by line.",
    };
    format!("Review this{language} code. {depth}\n\n{code}")
}

fn languages(_: &str) -> [&'static str; 4] {
    ["go", "python", "rust", "typescript"]
}

/// Practise a job interview.
#[prompt]
async fn interview(
    #[arg(complete = fields)] field: String,
    #[arg(complete = posts)] post: String,
) -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(format!(
            "I have applied for a post as {post} in {field}. Interview me."
        )),
        PromptMessage::assistant("Gladly. Let us begin: what drew you to this post?"),
    ]
}

fn fields(_: &str) -> [&'static str; 2] {
    ["engineering", "medicine"]
}

/// Completion of an argument may depend on other arguments.
async fn posts(_: &str, others: &Completing) -> Vec<&'static str> {
    match others.argument("field") {
        Some("engineering") => vec!["designer", "developer", "tester"],
        Some("medicine") => vec!["doctor", "nurse"],
        _ => Vec::new(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Server::new("prompts", env!("CARGO_PKG_VERSION")).with::<(review, interview)>().run().await?;
    Ok(())
}
