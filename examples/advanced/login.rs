//! A command-line client that logs in: it opens a browser, keeps the tokens in a file that only its owner
//! reads, lists the tools of a server and calls one.
//!
//! ```sh
//! cargo run -p mcp-advanced-examples --example login -- https://example.com/mcp
//! cargo run -p mcp-advanced-examples --example login -- https://example.com/mcp add '{"a": 2, "b": 3}'
//! cargo run -p mcp-advanced-examples --example login -- --device https://example.com/mcp
//! cargo run -p mcp-advanced-examples --example login -- --manual https://example.com/mcp
//! ```

#![allow(clippy::print_stdout, reason = "a command line program reports on stdout")]

use std::error::Error;
use std::io::{BufRead as _, stdin};
use std::path::PathBuf;

use mcp_runtime::client::Client;
use mcp_runtime::client::auth::{FileStorage, Login};
use serde_json::value::RawValue;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let login = match arguments.first().map(String::as_str) {
        Some("--device") => Login::device(),
        Some("--manual") => Login::manual(paste),
        _ => Login::browser(),
    };
    arguments.retain(|argument| !argument.starts_with("--"));
    let mut arguments = arguments.into_iter();
    let url = arguments.next().ok_or("usage: login [--device|--manual] URL [TOOL [ARGUMENTS]]")?;
    let login = login.client_name("Login example").storage(FileStorage::new(token_file()));

    let client = Client::http(url).login(login).connect().await?;
    match arguments.next() {
        None => {
            for tool in client.tools().all().await? {
                println!("{}", tool.name);
            }
        }
        Some(tool) => {
            let given = arguments.next().unwrap_or_else(|| "{}".to_owned());
            let result = client.call(&tool, RawValue::from_string(given)?).await?;
            for content in &result.content {
                println!("{}", content.as_text().unwrap_or("(no text)"));
            }
        }
    }
    client.close().await;
    Ok(())
}

/// Asks for the address to which a browser elsewhere was redirected.
async fn paste(url: String) -> std::io::Result<String> {
    eprintln!("Open {url}");
    eprintln!("Log in, and paste the address of the page that does not load:");
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// The file for tokens, in the directory of the user.
fn token_file() -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    PathBuf::from(home.unwrap_or_default()).join(".mcp-login-example/tokens.json")
}
