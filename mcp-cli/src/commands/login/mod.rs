//! `cargo mcp login`.

mod how;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use mcp_runtime::client::auth::AccessToken;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::logins::{Entry, Logins, Store};
use crate::output::{one_line, print, print_json, screen};
use crate::target::{UrlArguments, seconds};

/// Logs in to a server at a URL, and keeps the tokens for all commands
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp login https://example.com/mcp
  cargo mcp login https://example.com/mcp --scope files:write --no-browser
  cargo mcp login https://example.com/mcp --device
  cargo mcp login https://example.com/mcp --machine --client-id robot --client-secret-env SECRET --issuer https://login.example.com")]
pub(crate) struct LoginArguments {
    #[command(flatten)]
    server: UrlArguments,
    /// Scope, beside those that the server asks for
    #[arg(long, value_name = "SCOPE", value_parser = how::scope)]
    scope: Vec<String>,
    /// Prints the URL of the login, and opens no browser. The browser has to be on this machine
    #[arg(long, group = "way")]
    no_browser: bool,
    /// Logs in with a browser on another device, in which a code is entered
    #[arg(long, group = "way")]
    device: bool,
    /// Logs in with any browser, and reads the address to which it was redirected from standard input
    #[arg(long, group = "way")]
    manual: bool,
    /// Logs in this program itself, by the secret or key of a client. Neither is kept
    #[arg(long, group = "way", requires = "client_id")]
    machine: bool,
    /// Id of a client that is registered at the authorization server
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Environment variable with the secret of the client
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    client_secret_env: Option<String>,
    /// File with the private key of the client, in the PEM format, for `--machine`
    #[arg(long, value_name = "FILE", requires = "machine", conflicts_with = "client_secret_env")]
    client_key: Option<PathBuf>,
    /// URL of a Client ID Metadata Document that describes the client
    #[arg(long, value_name = "URL", conflicts_with = "client_id")]
    client_metadata_url: Option<String>,
    /// Issuer: the authorization server that is accepted, and that receives a secret
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// URI to which the browser is redirected, with a port of this machine
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
    /// Accepts only tokens that are bound to a key (DPoP)
    #[arg(long)]
    dpop: bool,
    /// Allows an authorization server in a private network
    #[arg(long)]
    private_network: bool,
    /// Seconds in which the user has to log in
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    timeout: Duration,
    /// Place for the tokens
    #[arg(long, value_enum, default_value_t, env = "CARGO_MCP_STORE")]
    store: StoreArgument,
}

/// Place for the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StoreArgument {
    /// That of the last login, or the keyring of the system, or a file where there is none
    #[default]
    Auto,
    /// The keyring of the system
    Keyring,
    /// A file that only this user reads
    File,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    server: &'a str,
    issuer: &'a str,
    client_id: &'a str,
    scopes: &'a [String],
    /// Seconds since 1970.
    expires_at: Option<u64>,
    is_renewable: bool,
    store: Store,
}

pub(crate) async fn run(
    arguments: LoginArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let server = arguments.server.url()?;
    let logins = Logins::of_user()?;
    let store = choose_store(&arguments, &logins, &server).await?;
    let login = arguments.login(&server).await?.storage(logins.tokens(store));
    let token = login.log_in(&server).await.map_err(|error| Failure::of_login(&error))?;
    let entry = Entry {
        server: server.clone(),
        issuer: token.issuer.clone(),
        resource: token.resource.clone(),
        store,
        private_network: arguments.private_network,
    };
    logins.add(entry).await?;
    if output.json {
        return print_json(&Document {
            server: &server,
            issuer: &token.issuer,
            client_id: &token.client_id,
            scopes: &token.scopes,
            expires_at: token.expires_at.map(since_epoch),
            is_renewable: token.is_renewable,
            store,
        });
    }
    print(described(&server, &token, &logins.place(store)).trim_end())
}

/// Chooses the place for the tokens, which has to work before the user logs in.
async fn choose_store(
    arguments: &LoginArguments,
    logins: &Logins,
    server: &str,
) -> Result<Store, Failure> {
    let before = logins.find(server)?.map(|entry| entry.store);
    let wanted = match arguments.store {
        StoreArgument::Auto => before,
        StoreArgument::Keyring => Some(Store::Keyring),
        StoreArgument::File => Some(Store::File),
    };
    if let Some(store) = wanted {
        return match logins.tokens(store).fault().await {
            None => Ok(store),
            Some(fault) => {
                let failure = Failure::internal(fault).note("nothing was stored");
                Err(match store {
                    Store::Keyring => failure.note("`--store file` keeps the tokens in a file"),
                    Store::File => failure,
                })
            }
        };
    }
    let Some(_) = logins.tokens(Store::Keyring).fault().await else { return Ok(Store::Keyring) };
    screen::note(format!(
        "This system has no keyring that can be reached. The tokens are kept in {}, which only this user reads.",
        logins.file().display()
    ));
    match logins.tokens(Store::File).fault().await {
        None => Ok(Store::File),
        Some(fault) => Err(Failure::internal(fault).note("nothing was stored")),
    }
}

/// Seconds since 1970.
pub(crate) fn since_epoch(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn described(server: &str, token: &AccessToken, place: &str) -> String {
    let scopes = match token.scopes.is_empty() {
        true => "none".to_owned(),
        false => one_line(&token.scopes.join(" ")),
    };
    let mut expires = match token.expires_at {
        Some(time) => httpdate::fmt_http_date(time),
        None => "at a time that the authorization server does not state".to_owned(),
    };
    expires.push_str(match token.is_renewable {
        true => ", and is renewed",
        false => ", and is not renewed: log in again then",
    });
    let rows = [
        ("issuer", one_line(&token.issuer)),
        ("client", one_line(&token.client_id)),
        ("scopes", scopes),
        ("expires", expires),
        ("tokens in", place.to_owned()),
    ];
    let mut text = format!("logged in to {}\n", one_line(server).bold());
    for (name, value) in rows {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {} {value}", format_args!("{name:9}").dimmed());
    }
    text
}
