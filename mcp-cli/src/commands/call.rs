//! `cargo mcp call`.

use std::path::{Path, PathBuf};

use clap::Args;
use mcp_runtime::client::Call;
use mcp_runtime::protocol::{CallToolResult, LoggingLevel, Tool};
use serde_json::Value;

use super::find::connect_and_find;
use crate::abort;
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::input::ToolInput;
use crate::output::content::{FilePiece, Piece, pieces};
use crate::output::picture::PictureArguments;
use crate::output::{print, print_foreign, print_json, screen};
use crate::target::TargetArguments;

/// Calls a tool
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp call forecast city=Paris days=2
  cargo mcp call search 'filter:={\"year\":2026}' query=@question.txt
  cargo mcp call book --answer destination=Paris --json
  cargo mcp call draw --save pictures --target http://127.0.0.1:8000/mcp
  cargo mcp call echo message=hi -- npx -y @modelcontextprotocol/server-everything")]
pub(crate) struct CallArguments {
    /// Name of the tool
    tool: String,
    #[command(flatten)]
    input: ToolInput,
    /// Runs the tool as a task, if the server supports it
    #[arg(long)]
    task: bool,
    /// Directory for images, audio and other files of the result
    #[arg(long, value_name = "DIRECTORY")]
    save: Option<PathBuf>,
    #[command(flatten)]
    pictures: PictureArguments,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(arguments: CallArguments, output: &OutputArguments) -> Result<(), Failure> {
    let CallArguments { tool, input, task, save, pictures, target } = arguments;
    let (client, tool) = connect_and_find::<Tool>(&target, output, &tool).await?;
    let input = input.for_tool(&tool)?;
    if client.server_info().capabilities.logging.is_some() && !output.quiet {
        let level = if output.verbose { LoggingLevel::Debug } else { LoggingLevel::Info };
        client.set_log_level(level).await?;
    }
    let call = client.call(&*tool.name, input).timeout(target.connection.timeout());
    let is_quiet = output.quiet;
    let call = call.on_progress(move |progress| {
        if !is_quiet {
            screen::progress(&progress);
        }
    });
    let result = if task { as_task(call, output).await } else { Ok(call.await?) };
    screen::clear();
    let result = result?;
    client.close().await;
    let saved = save.as_deref().map(|directory| save_files(&result, directory)).transpose()?;
    saved.iter().flatten().for_each(|path| screen::note(format!("saved {}", path.display())));
    show(&tool.name, &result, save.is_some(), pictures, output)
}

/// Runs the call as a task, and shows its states.
async fn as_task(
    call: Call<CallToolResult>,
    output: &OutputArguments,
) -> Result<CallToolResult, Failure> {
    let task = call.as_task().await?;
    abort::started(&task);
    match task.id() {
        Some(id) if !output.quiet => screen::note(crate::output::one_line(&format!("task {id}"))),
        Some(_) => {}
        None if !output.quiet => screen::note("the server has answered at once, without a task"),
        None => {}
    }
    let mut updates = task.updates();
    while let Some(state) = updates.next().await {
        let state = state?;
        if !output.quiet {
            screen::status(state.message.as_deref().unwrap_or("working"));
        }
    }
    Ok(task.await?)
}

fn save_files(result: &CallToolResult, directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut saved = Vec::new();
    for piece in pieces(&result.content) {
        let Piece::File(file) = piece else { continue };
        let FilePiece { kind, bytes: Some(bytes), .. } = &file else { continue };
        saved.push(files::save(directory, kind, file.extension(), bytes)?);
    }
    Ok(saved)
}

/// Prints a result. That of a tool that failed is the failure of the command.
fn show(
    tool: &str,
    result: &CallToolResult,
    is_saved: bool,
    pictures: PictureArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    if output.json {
        print_json(result)?;
        return if result.is_error { Err(Failure::reported(Exit::Failed)) } else { Ok(()) };
    }
    if result.is_error {
        let text = result.to_text();
        let message = if text.is_empty() { format!("the tool `{tool}` failed") } else { text };
        return Err(Failure::new(Exit::Failed, "tool_error", message));
    }
    let structured = result.structured_content.as_ref();
    if let Some(structured) = structured {
        let value: Value = serde_json::from_str(structured.get())?;
        print_foreign(&serde_json::to_string_pretty(&value)?)?;
    }
    let mut has_files = false;
    for piece in pieces(&result.content) {
        match piece {
            // It is the structured content once more.
            Piece::Text(_) if structured.is_some() => {}
            Piece::Text(text) => print_foreign(&text)?,
            // Beside structured content, standard output is one JSON document.
            Piece::Line(line) if structured.is_some() => screen::note(line),
            Piece::Line(line) => print(&line)?,
            Piece::File(file) => {
                has_files = true;
                match structured {
                    Some(_) => screen::note(file.line()),
                    None => print(&file.line())?,
                }
                file.show(pictures)?;
            }
        }
    }
    if has_files && !is_saved && !output.quiet {
        screen::note("`--save DIRECTORY` writes the files of the result");
    }
    Ok(())
}
