//! `cargo mcp prompt`.

use std::collections::BTreeMap;

use clap::Args;
use mcp_runtime::protocol::{Prompt, PromptMessage, Role};
use owo_colors::OwoColorize as _;

use super::find::connect_and_find;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::input::{Pair, did_you_mean};
use crate::output::content::{Piece, pieces};
use crate::output::picture::PictureArguments;
use crate::output::{one_line, print, print_foreign, print_json, signature};
use crate::target::TargetArguments;

/// Renders a prompt
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp prompt brief city=Paris
  cargo mcp prompt review code=@src/main.rs
  cargo mcp prompt brief city=Paris --json --target http://127.0.0.1:8000/mcp")]
pub(crate) struct PromptArguments {
    /// Name of the prompt
    prompt: String,
    /// Arguments: `NAME=VALUE`, or `NAME=@FILE`
    #[arg(value_name = "NAME=VALUE")]
    arguments: Vec<Pair>,
    #[command(flatten)]
    pictures: PictureArguments,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(
    arguments: PromptArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let PromptArguments { prompt, arguments, pictures, target } = arguments;
    let (client, prompt) = connect_and_find::<Prompt>(&target, output, &prompt).await?;
    let arguments = checked(&prompt, &arguments)?;
    let result = client.prompt(&*prompt.name, arguments).await?;
    client.close().await;
    if output.json {
        return print_json(&result);
    }
    result.messages.iter().try_for_each(|message| show(message, pictures))
}

/// The arguments, whose names the prompt has declared.
fn checked(prompt: &Prompt, pairs: &[Pair]) -> Result<BTreeMap<String, String>, Failure> {
    let usage = |message: String| Failure::usage(message).note(signature::of_prompt(prompt));
    let mut arguments = BTreeMap::new();
    for pair in pairs {
        let name = &pair.name;
        let names = || prompt.arguments.iter().map(|argument| argument.name.as_str());
        if !names().any(|known| known == name) {
            let hint = did_you_mean(name, names());
            return Err(usage(format!("`{}` has no argument `{name}`{hint}", prompt.name)));
        }
        let text = pair.text()?.ok_or_else(|| {
            usage(format!("argument `{name}`: arguments of prompts are texts; use `{name}=TEXT`"))
        })?;
        if arguments.insert(name.clone(), text).is_some() {
            return Err(usage(format!("the argument `{name}` is given twice")));
        }
    }
    let required = prompt.arguments.iter().filter(|argument| argument.required == Some(true));
    let missing = required.filter(|argument| !arguments.contains_key(&argument.name));
    let missing: Vec<String> = missing.map(|argument| format!("`{}`", argument.name)).collect();
    match missing.len() {
        0 => Ok(arguments),
        count => {
            let s = if count == 1 { "" } else { "s" };
            Err(usage(format!("missing argument{s} {}", missing.join(", "))))
        }
    }
}

fn show(message: &PromptMessage, pictures: PictureArguments) -> Result<(), Failure> {
    let role = match &message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Other(role) => role,
        _ => "other",
    };
    print(&format!("{}", format!("{}:", one_line(role)).bold()))?;
    pieces(std::slice::from_ref(&message.content)).iter().try_for_each(|piece| match piece {
        Piece::Text(text) => print_foreign(text),
        Piece::Line(line) => print(line),
        Piece::File(file) => {
            print(&file.line())?;
            file.show(pictures)
        }
    })
}
