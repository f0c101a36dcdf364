//! `cargo mcp logout`.

use clap::Args;
use mcp_runtime::client::auth::Logout;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::logins::{Entry, Logins};
use crate::output::{one_line, print, print_json, screen};
use crate::target::UrlArguments;

/// Removes a login, and revokes its tokens if the authorization server supports that
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp logout https://example.com/mcp
  cargo mcp logout --all")]
pub(crate) struct LogoutArguments {
    #[command(flatten)]
    server: UrlArguments,
    /// Removes all logins
    #[arg(long, conflicts_with_all = ["server", "target"])]
    all: bool,
}

/// The outcome for a server.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    server: String,
    was_logged_in: bool,
    is_revoked: bool,
}

pub(crate) async fn run(
    arguments: LogoutArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let logins = Logins::of_user()?;
    let mut outcomes = Vec::new();
    if arguments.all {
        for entry in logins.all()? {
            outcomes.push(log_out(&logins, &entry).await?);
        }
    } else {
        let server = arguments.server.url()?;
        outcomes.push(match logins.find(&server)? {
            Some(entry) => log_out(&logins, &entry).await?,
            None => Outcome { server, was_logged_in: false, is_revoked: false },
        });
    }
    if output.json {
        return print_json(&outcomes);
    }
    if outcomes.is_empty() {
        return print("there are no logins");
    }
    for Outcome { server, was_logged_in, is_revoked } in &outcomes {
        let server = one_line(server);
        print(&match (was_logged_in, is_revoked) {
            (false, _) => format!("not logged in to {server}"),
            (true, false) => format!("logged out of {server}; the tokens were not revoked"),
            (true, true) => format!("logged out of {server}; the tokens were revoked"),
        })?;
    }
    Ok(())
}

/// Ends a login. The tokens are removed here also if the servers cannot be reached.
async fn log_out(logins: &Logins, entry: &Entry) -> Result<Outcome, Failure> {
    let server = entry.server.clone();
    let outcome = logins.stored(entry).log_out(&server).await;
    if let Err(error) = &outcome {
        logins.forget(entry).await?;
        screen::note(format!("the tokens of {} were not revoked: {error}", one_line(&server)));
    }
    logins.remove(&server).await?;
    let is_revoked = matches!(outcome, Ok(Logout::Revoked));
    Ok(Outcome { server, was_logged_in: true, is_revoked })
}
