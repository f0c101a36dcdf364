//! Command line client: lists the components of a server, or calls a tool.
//!
//! ```sh
//! cargo run -p mcp-advanced-examples --example client -- target/debug/examples/stock_prices
//! cargo run -p mcp-advanced-examples --example client -- --call get_stock_price '{"symbol":"aapl"}' target/debug/examples/stock_prices
//! cargo run -p mcp-advanced-examples --example client -- http://127.0.0.1:8000/mcp
//! ```

#![allow(clippy::print_stdout, reason = "a command line program reports on stdout")]

mod terminal;

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use mcp_runtime::client::{CallEvent, Client, ClientBuilder, Era};
use mcp_runtime::protocol::{ElicitAction, ElicitFormParams, ElicitResult, LoggingMessageParams};
use serde_json::value::RawValue;
use terminal::plain;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "client [--legacy] [--call TOOL ARGUMENTS] URL | PROGRAM [ARGUMENT]…";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", plain(&with_sources(&*error)));
            ExitCode::FAILURE
        }
    }
}

/// Joins the message of an error and those of its sources.
fn with_sources(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}

async fn run() -> Outcome {
    let mut words = std::env::args().skip(1).peekable();
    let (mut era, mut called) = (Era::Auto, None);
    while let Some(option) = words.next_if(|word| word.starts_with("--")) {
        match option.as_str() {
            "--legacy" => era = Era::Legacy,
            "--call" => called = words.next().zip(words.next()),
            "--help" => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(USAGE.into()),
        }
    }
    let client = connect(era, &words.collect::<Vec<_>>()).await?;
    let outcome = match called {
        Some((tool, arguments)) => call(&client, &tool, &arguments).await,
        None => list(&client).await,
    };
    client.close().await;
    outcome
}

async fn connect(era: Era, words: &[String]) -> Outcome<Client> {
    let (server, arguments) = words.split_first().ok_or(USAGE)?;
    Ok(if server.starts_with("http://") || server.starts_with("https://") {
        interactive(Client::http(server)).era(era).connect().await?
    } else {
        interactive(Client::stdio(server).args(arguments)).era(era).connect().await?
    })
}

/// Prints log messages of the server, and asks the user the server's questions.
fn interactive<T>(builder: ClientBuilder<T>) -> ClientBuilder<T> {
    let log = |message: LoggingMessageParams| {
        eprintln!("[{}] {}", plain(message.level.as_str()), plain(&message.data.to_string()));
    };
    builder.on_log(log).on_form(|form| async move {
        // Reading from a terminal blocks, so it runs on a blocking thread.
        let answered = tokio::task::spawn_blocking(move || fill_in(&form)).await;
        answered.ok().flatten().unwrap_or_else(|| ElicitResult::new(ElicitAction::Cancel))
    })
}

/// Asks for each field of a form. An empty line means the default.
fn fill_in(form: &ElicitFormParams) -> Option<ElicitResult> {
    eprintln!("{}", plain(&form.message));
    let schema = form.requested_schema.to_value();
    let mut content = serde_json::Map::new();
    for (name, field) in schema.get("properties")?.as_object()? {
        eprint!("  {}: ", one_line(name));
        std::io::stderr().flush().ok()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let is_text = field.get("type").is_some_and(|kind| kind == "string");
        let value = if is_text { None } else { serde_json::from_str(line).ok() };
        content.insert(name.clone(), value.unwrap_or_else(|| line.into()));
    }
    Some(ElicitResult::accept(content))
}

async fn list(client: &Client) -> Outcome {
    let server = client.server_info();
    let name = server.implementation.as_ref().map_or("a server without a name", |info| &info.name);
    println!("{}, {}", one_line(name), server.revision);
    if let Some(instructions) = &server.instructions {
        println!("{}", plain(instructions));
    }
    let has = &server.capabilities;
    if has.tools.is_some() {
        println!("\ntools");
        for tool in client.tools().all().await? {
            print_item(&tool.name, tool.description.as_deref());
        }
    }
    if has.resources.is_some() {
        println!("\nresources");
        for resource in client.resources().all().await? {
            print_item(&resource.uri, resource.description.as_deref());
        }
        for template in client.templates().all().await? {
            print_item(&template.uri_template, template.description.as_deref());
        }
    }
    if has.prompts.is_some() {
        println!("\nprompts");
        for prompt in client.prompts().all().await? {
            print_item(&prompt.name, prompt.description.as_deref());
        }
    }
    Ok(())
}

fn print_item(key: &str, description: Option<&str>) {
    println!("  {}  {}", one_line(key), one_line(description.unwrap_or_default()));
}

fn one_line(text: &str) -> String {
    plain(text.lines().next().unwrap_or_default())
}

async fn call(client: &Client, tool: &str, arguments: &str) -> Outcome {
    let arguments: &RawValue = serde_json::from_str(arguments)?;
    let mut events = client.call(tool, arguments).events();
    while let Some(event) = events.next().await {
        match event? {
            CallEvent::Progress(progress) => {
                let total = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
                let message = plain(&progress.message.unwrap_or_default());
                eprintln!("{}{total} {message}", progress.progress);
            }
            CallEvent::Done(result) => {
                for content in &result.content {
                    match content.as_text() {
                        Some(text) => println!("{}", plain(text)),
                        None => println!("{}", plain(&serde_json::to_string(content)?)),
                    }
                }
                if result.is_error {
                    return Err("the tool failed".into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
