//! Notes over HTTP, for callers with an access token. Reading needs one scope, writing another.
//!
//! With a token that is stored in the program, for development:
//!
//! ```text
//! cargo run -p mcp-advanced-examples --example http_auth -- 127.0.0.1:8000
//! curl -i http://127.0.0.1:8000/mcp -H 'Authorization: Bearer writer' …
//! ```
//!
//! With the tokens of an authorization server, whose users log in through their clients:
//!
//! ```text
//! cargo run -p mcp-advanced-examples --example http_auth -- 127.0.0.1:8000 https://login.example.com
//! ```
//!
//! Behind a proxy, the public URL of the endpoint follows: `… https://mcp.example.com/mcp`.

use std::sync::{Mutex, PoisonError};

use mcp_runtime::authorization::Auth;
use mcp_runtime::http::HttpConfig;
use mcp_runtime::prelude::*;

const READ: &str = "notes:read";
const WRITE: &str = "notes:write";

/// Notes with their authors.
#[derive(Default)]
struct Notes(Mutex<Vec<(String, String)>>);

/// Read all notes.
#[tool(read_only)]
async fn read(notes: &State<Notes>) -> Vec<String> {
    let notes = notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    notes.iter().map(|(author, text)| format!("{author}: {text}")).collect()
}

/// Take a note.
#[tool(scopes(WRITE))]
async fn write(notes: &State<Notes>, caller: Principal, text: String) -> String {
    let author = caller.subject().unwrap_or("a client").to_owned();
    let mut notes = notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    notes.push((author, text));
    format!("there are {} notes", notes.len())
}

/// Name the caller and its scopes.
#[tool(read_only)]
async fn whoami(caller: Principal) -> String {
    let subject = caller.subject().unwrap_or("an anonymous caller");
    format!("{subject} may {}", caller.scopes().join(", "))
}

#[tokio::main]
async fn main() -> Result<(), mcp_runtime::Error> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let issuer = arguments.next();
    let resource = arguments.next().unwrap_or_else(|| format!("http://{address}/mcp"));

    let mut config = HttpConfig::local();
    if let Some(host) = resource.split('/').nth(2) {
        config = config.public_hosts([host]);
    }
    let server = Server::new("notes", "1.0.0")
        .with::<(read, write, whoami)>()
        .state(Notes::default())
        .http(config);
    let server = match issuer {
        Some(issuer) => server.require_auth(
            Auth::jwt(issuer)
                .audience(resource)
                .scopes_supported([READ, WRITE])
                .required_scopes([READ])
                .resource_name("Notes"),
        ),
        None => server.require_auth(
            Auth::static_tokens([
                ("reader", Principal::new("ann").scoped([READ])),
                ("writer", Principal::new("bob").scoped([READ, WRITE])),
            ])
            .required_scopes([READ]),
        ),
    };
    server.serve_http(address).await
}
