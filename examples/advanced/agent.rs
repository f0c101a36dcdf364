//! Agent in the terminal: a model with the tools of any MCP servers.
//!
//! ```sh
//! cargo build --workspace --examples
//! OPENAI_API_KEY=… cargo run -p mcp-advanced-examples --example agent -- --model gpt-5.2 \
//!     target/debug/examples/stock_prices docs=https://example.com/mcp
//!
//! # A model of this machine, such as one of Ollama, without a key.
//! cargo run -p mcp-advanced-examples --example agent -- \
//!     --model openai::qwen3 --base-url http://127.0.0.1:11434/v1 target/debug/examples/stock_prices
//! ```
//!
//! A server is a URL, or a program with arguments in quotes; a name before `=` is put before the names of
//! its tools. Each line of the standard input is a message. Calls of tools are shown and need approval:
//! `y` for once, `a` for this tool from now on. Requests of servers to the model (sampling) need it as well.

#![allow(clippy::print_stdout, reason = "the answers of the model are the output")]

mod terminal;

use std::collections::HashSet;
use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::agent::{
    Agent, Approval, End, Event, GenaiModel, PendingCall, SamplingModel, ToolId, Transcript,
};
use mcp_runtime::client::{self, Client, ClientBuilder};
use mcp_runtime::protocol::CreateMessageParams;
use terminal::plain;

const USAGE: &str = "agent [--model NAME] [--base-url URL] [--key-variable NAME] \
                     [NAME=]URL | [NAME=]'PROGRAM [ARGUMENT]…' …";

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", plain(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// What the command line contains.
struct Options {
    model: GenaiModel,
    servers: Vec<String>,
}

impl Options {
    fn parse(words: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut name, mut base_url, mut key) = ("gpt-5.2".to_owned(), None, None);
        let (mut servers, mut words) = (Vec::new(), words);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--model" => name = words.next().ok_or(USAGE)?,
                "--base-url" => base_url = Some(words.next().ok_or(USAGE)?),
                "--key-variable" => key = Some(words.next().ok_or(USAGE)?),
                option if option.starts_with("--") => return Err(USAGE.into()),
                _ => servers.push(word),
            }
        }
        let mut model = GenaiModel::new(name);
        if let Some(url) = base_url {
            model = model.base_url(url);
        }
        if let Some(variable) = key {
            model = model.api_key_variable(variable);
        }
        Ok(Self { model, servers })
    }
}

async fn run() -> Outcome {
    let Options { model, servers } = Options::parse(std::env::args().skip(1))?;
    let allowed = Arc::<Mutex<HashSet<ToolId>>>::default();
    let mut agent = Agent::new(model.clone())
        .system("You help the user with the tools that you have. Be brief.")
        .approve(move |call| approve(call, Arc::clone(&allowed)));
    let mut clients = Vec::new();
    for server in &servers {
        let (name, server) = split(server);
        let client = connect(server, &model).await?;
        agent = match name {
            Some(name) => agent.tools_as(name, &client),
            None => agent.tools(&client),
        };
        clients.push(client);
    }
    let mut transcript = Transcript::new();
    while let Some(line) = ask("> ").await {
        if line.trim().is_empty() {
            continue;
        }
        transcript.push(line.trim());
        transcript = answer(&agent, transcript).await;
    }
    for client in clients {
        client.close().await;
    }
    Ok(())
}

/// Runs the agent until it needs the user again, and prints what happens.
async fn answer(agent: &Agent, transcript: Transcript) -> Transcript {
    let mut run = agent.resume(transcript);
    while let Some(event) = run.next().await {
        match event {
            Event::Text(text) => {
                print!("{}", plain(&text));
                let _ = std::io::stdout().flush();
            }
            Event::Restart => eprintln!("\n[the answer begins anew]"),
            Event::Progress { message: Some(message), .. } => eprintln!("[{}]", plain(&message)),
            Event::CallFinished { result, .. } if result.is_error => eprintln!("[the call failed]"),
            Event::CallFinished { .. } => eprintln!("[done]"),
            _ => {}
        }
    }
    println!();
    match run.await {
        Ok(outcome) => {
            if !matches!(outcome.end, End::Finished) {
                eprintln!("[the run ended: {:?}]", outcome.end);
            }
            outcome.transcript
        }
        Err(error) => {
            eprintln!("{}", plain(&error.to_string()));
            error.into_transcript()
        }
    }
}

/// Asks the user about a call, unless the tool is allowed for the rest of the conversation.
async fn approve(call: PendingCall, allowed: Arc<Mutex<HashSet<ToolId>>>) -> Approval {
    let (tool, arguments) = (&call.tool, call.arguments.get());
    let server = tool.server.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
    eprintln!("\n[{}{} {}]", plain(&server), plain(&tool.tool), plain(arguments));
    let is_allowed = allowed.lock().unwrap_or_else(PoisonError::into_inner).contains(tool);
    if is_allowed || call.is_read_only() {
        return Approval::Allow;
    }
    match ask("call it? [y/a/n] ").await.as_deref().map(str::trim) {
        Some("y") => Approval::Allow,
        Some("a") => {
            allowed.lock().unwrap_or_else(PoisonError::into_inner).insert(call.tool);
            Approval::Allow
        }
        _ => Approval::Deny("the user does not allow this call".to_owned()),
    }
}

/// Splits the name from a server.
fn split(server: &str) -> (Option<&str>, &str) {
    match server.split_once('=') {
        Some((name, server)) if name.chars().all(|it| it.is_alphanumeric() || it == '_') => {
            (Some(name), server)
        }
        _ => (None, server),
    }
}

async fn connect(server: &str, model: &GenaiModel) -> Result<Client, client::Error> {
    if server.starts_with("http://") || server.starts_with("https://") {
        return with_sampling(Client::http(server), server, model).connect().await;
    }
    let mut words = server.split_whitespace();
    let program = words.next().ok_or_else(|| client::Error::argument(USAGE))?;
    with_sampling(Client::stdio(program).args(words), server, model).connect().await
}

/// Lets a server use the model, with the approval of the user.
fn with_sampling<T>(
    builder: ClientBuilder<T>,
    server: &str,
    model: &GenaiModel,
) -> ClientBuilder<T> {
    let server = server.to_owned();
    let approve = move |request| approve_sampling(server.clone(), request);
    builder.sampling(SamplingModel::new(model.clone(), approve))
}

async fn approve_sampling(
    server: String,
    request: CreateMessageParams,
) -> Option<CreateMessageParams> {
    eprintln!("\n[{} asks the model, for at most {} tokens]", plain(&server), request.max_tokens);
    for text in request.messages.iter().flat_map(|message| &message.content) {
        eprintln!("  {}", plain(text.as_text().unwrap_or("[media or results of tools]")));
    }
    let answer = ask("allow it? [y/n] ").await?;
    (answer.trim() == "y").then_some(request)
}

/// Asks the user for a line; `None` at the end of the input. Questions wait for each other.
async fn ask(prompt: &'static str) -> Option<String> {
    static TERMINAL: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = TERMINAL.lock().await;
    // Reading from a terminal blocks, so it runs on a blocking thread.
    let read = tokio::task::spawn_blocking(move || {
        eprint!("{prompt}");
        std::io::stderr().flush().ok()?;
        let mut line = String::new();
        let length = std::io::stdin().lock().read_line(&mut line).ok()?;
        (length > 0).then_some(line)
    });
    read.await.ok().flatten()
}
