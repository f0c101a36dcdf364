//! `codegen`: a typed client for a server.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::codegen::{MARK, formatted, generate, is_callable, type_name};
use crate::connect::connect;
use crate::exit::{Exit, Failure};
use crate::files::replace;
use crate::output::{print, print_json, screen};
use crate::target::PositionalTargetArguments;

/// Writes a Rust trait with a method for each tool, for `#[mcp_runtime::client]`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp codegen http://127.0.0.1:8000/mcp -o src/weather.rs
  cargo mcp codegen --name Files -- npx -y @modelcontextprotocol/server-filesystem /tmp")]
pub(crate) struct CodegenArguments {
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name of the trait; that of the server without it
    #[arg(long, value_name = "NAME", value_parser = trait_name)]
    name: Option<String>,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    #[serde(rename = "trait")]
    name: &'a str,
    tools: usize,
}

pub(crate) async fn run(
    arguments: CodegenArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let CodegenArguments { output: file, name, target } = arguments;
    if let Some(file) = &file {
        refuse_foreign(file)?;
    }
    let client = connect(&target.into()).await?;
    let tools = client.tools().all().await;
    let server = client.server_info().implementation.clone();
    client.close().await;
    let (tools, others): (Vec<_>, Vec<_>) = tools?.into_iter().partition(is_callable);
    if !others.is_empty() {
        tracing::warn!(target: "mcp_cli", "tools or arguments without a name are left out");
    }
    if tools.is_empty() {
        return Err(Failure::not_found("the server has no tools, and a client needs one"));
    }
    let server = server.map_or_else(|| "unnamed".to_owned(), |it| it.name.clone());
    let name = name.unwrap_or_else(|| type_name(&server));
    let text = formatted(generate(&name, &server, &tools));
    let Some(file) = file else { return print(text.trim_end()) };
    replace(&file, &text)?;
    if output.json {
        return print_json(&Written { file: &file, name: &name, tools: tools.len() });
    }
    if !output.quiet {
        let count = tools.len();
        let plural = if count == 1 { "" } else { "s" };
        screen::note(format!("wrote `{}`: `{name}Client`, {count} tool{plural}", file.display()));
    }
    Ok(())
}

/// Refuses to replace a file that was not generated.
fn refuse_foreign(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let failure = |message| Failure::new(Exit::Usage, "file", message);
    match std::fs::read(path) {
        Ok(bytes) if bytes.is_empty() || bytes.starts_with(MARK.as_bytes()) => Ok(()),
        Ok(_) => Err(failure(format!("`{shown}` was not generated, and was not replaced"))
            .note("name another file with `-o`, or remove this one")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure(format!("cannot read `{shown}`: {error}"))),
    }
}

fn trait_name(text: &str) -> Result<String, String> {
    match type_name(text) {
        name if name == text => Ok(name),
        name => Err(format!("expected a name in upper camel case, such as `{name}`")),
    }
}
