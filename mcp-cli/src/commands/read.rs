//! `cargo mcp read`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;
use mcp_runtime::protocol::ResourceContents;

use super::find::connect_for_resource;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::files;
use crate::output::picture::PictureArguments;
use crate::output::{one_line, print_bytes, print_foreign, print_json, screen};
use crate::target::TargetArguments;

/// Reads a resource
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp read config://app
  cargo mcp read images://logo -o logo.png
  cargo mcp read docs://guide --json --target http://127.0.0.1:8000/mcp")]
pub(crate) struct ReadArguments {
    /// URI of the resource
    uri: String,
    /// File for the content
    #[arg(short, long = "output", value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    pictures: PictureArguments,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(arguments: ReadArguments, output: &OutputArguments) -> Result<(), Failure> {
    let ReadArguments { uri, output_file, pictures, target } = arguments;
    let client = connect_for_resource(&target, output, &uri).await?;
    let result = client.read(&*uri).await?;
    client.close().await;
    match output_file {
        Some(path) if output.json => {
            let mut document = serde_json::to_vec_pretty(&result)?;
            document.push(b'\n');
            files::replace(&path, &document)
        }
        Some(path) => {
            let bytes = match &result.contents[..] {
                [contents] => decoded(contents)?,
                several => joined(several)?,
            };
            files::replace(&path, &bytes)?;
            if !output.quiet {
                screen::note(format!("wrote {} bytes to {}", bytes.len(), path.display()));
            }
            Ok(())
        }
        None if output.json => print_json(&result),
        None => result.contents.iter().try_for_each(|contents| show(contents, pictures)),
    }
}

fn decoded(contents: &ResourceContents) -> Result<Vec<u8>, Failure> {
    contents.bytes().ok_or_else(|| {
        let message = format!("the content of `{}` is not in base64", contents.uri);
        Failure::unreachable(message)
    })
}

/// Several texts as one. Other contents cannot be told apart in one file.
fn joined(several: &[ResourceContents]) -> Result<Vec<u8>, Failure> {
    let texts: Option<Vec<_>> = several.iter().map(ResourceContents::as_text).collect();
    let texts = texts.ok_or_else(|| {
        Failure::usage(format!(
            "{} contents, not all of them texts, do not fit one file",
            several.len()
        ))
        .note("`--json` prints all of them")
    })?;
    Ok(texts.join("\n").into_bytes())
}

fn show(contents: &ResourceContents, pictures: PictureArguments) -> Result<(), Failure> {
    if let Some(text) = contents.as_text() {
        return print_foreign(text);
    }
    let bytes = decoded(contents)?;
    if pictures.show(&bytes)? {
        return Ok(());
    }
    if std::io::stdout().is_terminal() {
        let mime_type = contents.mime_type.as_deref().map(one_line).unwrap_or("no type".into());
        let message = format!("`{}` is no text ({mime_type}, {} bytes)", contents.uri, bytes.len());
        return Err(Failure::usage(message).note("`-o FILE` writes it to a file"));
    }
    print_bytes(&bytes)
}
