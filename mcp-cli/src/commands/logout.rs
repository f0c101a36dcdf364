//! `cargo mcp logout`.

use clap::Args;
use mcp_runtime::client::auth::Logout;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
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
    /// `true` if the tokens could not be removed here.
    has_tokens_left: bool,
}

impl Outcome {
    fn describe(&self) -> String {
        let server = one_line(&self.server);
        match self {
            Self { was_logged_in: false, .. } => format!("not logged in to {server}"),
            Self { has_tokens_left: true, .. } => {
                format!("logged out of {server}; the tokens were not removed")
            }
            Self { is_revoked: false, .. } => {
                format!("logged out of {server}; the tokens were not revoked")
            }
            Self { .. } => format!("logged out of {server}; the tokens were revoked"),
        }
    }
}

pub(crate) async fn run(
    arguments: LogoutArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let logins = Logins::of_user()?;
    let (mut outcomes, mut failed) = (Vec::new(), None);
    let entries = if arguments.all {
        logins.all()?
    } else {
        let server = arguments.server.url()?;
        let found = logins.find(&server)?;
        if found.is_none() {
            let (was_logged_in, is_revoked, has_tokens_left) = (false, false, false);
            outcomes.push(Outcome { server, was_logged_in, is_revoked, has_tokens_left });
        }
        found.into_iter().collect()
    };
    for entry in &entries {
        match log_out(&logins, entry).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    if output.json {
        print_json(&outcomes)?;
    } else if entries.is_empty() && outcomes.is_empty() {
        print("there are no logins")?;
    } else {
        outcomes.iter().try_for_each(|outcome| print(&outcome.describe()))?;
    }
    match failed {
        Some(failure) => Err(failure),
        None if outcomes.iter().any(|it| it.has_tokens_left) => {
            Err(Failure::reported(Exit::Internal))
        }
        None => Ok(()),
    }
}

/// Ends a login, also if its tokens can be neither revoked nor removed. They are removed by their recorded issuer and
/// resource as well, because the server may be out of reach, or name others by now.
async fn log_out(logins: &Logins, entry: &Entry) -> Result<Outcome, Failure> {
    let server = entry.server.clone();
    let outcome = logins.stored(entry).log_out(&server).await;
    let removed = logins.forget(entry).await;
    match (&outcome, &removed) {
        (_, Err(failure)) => logins.note_left(entry, failure),
        (Err(error), Ok(())) => {
            screen::note(format!("the tokens of {} were not revoked: {error}", one_line(&server)));
        }
        (Ok(_), Ok(())) => {}
    }
    logins.remove(&server).await?;
    let is_revoked = matches!(outcome, Ok(Logout::Revoked));
    Ok(Outcome { server, was_logged_in: true, is_revoked, has_tokens_left: removed.is_err() })
}
