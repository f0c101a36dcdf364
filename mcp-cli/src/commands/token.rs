//! `cargo mcp token`.

use clap::Args;
use mcp_runtime::client::auth::secrecy::ExposeSecret as _;
use serde::Serialize;

use super::login::since_epoch;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::logins::Logins;
use crate::output::{print, print_json, screen};
use crate::target::UrlArguments;

/// Prints the access token of a login, which is renewed before if it expires soon
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp token https://example.com/mcp --json
  curl -H \"Authorization: Bearer $(cargo mcp token https://example.com/mcp)\" https://example.com/mcp")]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    server: UrlArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    access_token: &'a str,
    token_type: &'a str,
    issuer: &'a str,
    scopes: &'a [String],
    /// Seconds since 1970.
    expires_at: Option<u64>,
}

pub(crate) async fn run(
    arguments: TokenArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let server = arguments.server.url()?;
    let logins = Logins::of_user()?;
    let entry = logins.find(&server)?.ok_or_else(|| Failure::not_logged_in(&server))?;
    let token = logins.stored(&entry).access_token(&server).await;
    let token = token.map_err(|error| Failure::of_login(&error))?;
    let token = token.ok_or_else(|| Failure::not_logged_in(&server))?;
    let text = token.token.expose_secret();
    if output.json {
        return print_json(&Document {
            access_token: text,
            token_type: if token.is_bound { "DPoP" } else { "Bearer" },
            issuer: &token.issuer,
            scopes: &token.scopes,
            expires_at: token.expires_at.map(since_epoch),
        });
    }
    if token.is_bound && !output.quiet {
        screen::note(
            "the token is bound to a key (DPoP), so servers refuse it from other programs",
        );
    }
    print(text)
}
