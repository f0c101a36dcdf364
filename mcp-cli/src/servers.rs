//! Commands on one server, or on all servers of a file at once.

use futures_util::future::join_all;
use mcp_runtime::client::Client;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::{Map, json};

use crate::arguments::OutputArguments;
use crate::connect::{Unasked, connect_to, open};
use crate::exit::{Exit, Failure};
use crate::output::{flat, print, screen};
use crate::target::{ConnectionArguments, Several, Target, TargetArguments, Targets};

/// Outcome for one server, or for each of several.
#[derive(Debug)]
pub(crate) enum Outcomes<T> {
    One(T),
    Several(Vec<(String, Result<T, Failure>)>),
}

/// Connects to each server that the arguments name, all at once, and queries it.
///
/// # Errors
/// The failure of the server, if there is only one. Failures of several are part of the outcomes.
pub(crate) async fn query<T>(
    arguments: &TargetArguments,
    output: &OutputArguments,
    query: impl AsyncFn(&Client) -> Result<T, Failure>,
) -> Result<Outcomes<T>, Failure> {
    query_each(&arguments.resolve_all()?, &arguments.connection, output, query).await
}

/// Connects to each server, all at once, and queries it.
pub(crate) async fn query_each<T>(
    targets: &Targets,
    connection: &ConnectionArguments,
    output: &OutputArguments,
    query: impl AsyncFn(&Client) -> Result<T, Failure>,
) -> Result<Outcomes<T>, Failure> {
    each(targets, output, async |target| {
        let client = match targets {
            Targets::One(_) => connect_to(target, connection).await?,
            // A question of one must not end the command for the others.
            Targets::Several(_) => open(target, &Unasked(connection)).await?,
        };
        let outcome = query(&client).await;
        client.close().await;
        outcome
    })
    .await
}

/// Runs an action for each server, for all at once.
pub(crate) async fn each<T>(
    targets: &Targets,
    output: &OutputArguments,
    action: impl AsyncFn(&Target) -> Result<T, Failure>,
) -> Result<Outcomes<T>, Failure> {
    match targets {
        Targets::One(target) => action(target).await.map(Outcomes::One),
        Targets::Several(several) => Ok(Outcomes::Several(each_of(several, output, action).await)),
    }
}

/// Runs an action for each of several servers, for all at once.
pub(crate) async fn each_of<T>(
    several: &Several,
    output: &OutputArguments,
    action: impl AsyncFn(&Target) -> Result<T, Failure>,
) -> Vec<(String, Result<T, Failure>)> {
    if let Some(line) = several.left_out().filter(|_| !output.quiet) {
        screen::note(flat(&line));
    }
    let outcomes = several.servers.iter().map(async |(name, target)| {
        let outcome = match target {
            Ok(target) => action(target).await,
            Err(failure) => Err(failure.clone()),
        };
        (name.clone(), outcome)
    });
    join_all(outcomes).await
}

impl<T> Outcomes<T> {
    /// Converts the outcomes of the servers that have not failed.
    pub(crate) fn try_map<U>(
        self,
        mut convert: impl FnMut(T) -> Result<U, Failure>,
    ) -> Result<Outcomes<U>, Failure> {
        Ok(match self {
            Self::One(outcome) => Outcomes::One(convert(outcome)?),
            Self::Several(outcomes) => {
                let outcomes = outcomes
                    .into_iter()
                    .map(|(name, outcome)| (name, outcome.and_then(&mut convert)));
                Outcomes::Several(outcomes.collect())
            }
        })
    }

    /// Converts failures to outcomes.
    pub(crate) fn recover(self, convert: impl Fn(&Failure) -> T) -> Self {
        match self {
            Self::One(outcome) => Self::One(outcome),
            Self::Several(outcomes) => {
                let outcomes = outcomes.into_iter().map(|(name, outcome)| {
                    (name, outcome.or_else(|failure| Ok(convert(&failure))))
                });
                Self::Several(outcomes.collect())
            }
        }
    }

    /// The outcomes of the servers that have not failed.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        let (one, several) = match self {
            Self::One(outcome) => (Some(outcome), &[][..]),
            Self::Several(outcomes) => (None, &outcomes[..]),
        };
        one.into_iter().chain(several.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()))
    }

    /// Prints the text of each server, below its name if there are several. Failures go to standard error.
    pub(crate) fn print(
        &self,
        text: impl Fn(&T) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let outcomes = match self {
            Self::One(outcome) => return print(text(outcome)?.trim_end()),
            Self::Several(outcomes) => outcomes,
        };
        let mut is_first = true;
        for (name, outcome) in outcomes {
            match outcome {
                Ok(outcome) => {
                    let gap = if std::mem::take(&mut is_first) { "" } else { "\n" };
                    let text = text(outcome)?;
                    print(format!("{gap}{}\n{}", heading(name), text.trim_end()).trim_end())?;
                }
                Err(failure) => failure.lines(Some(name)).into_iter().for_each(screen::note),
            }
        }
        Ok(())
    }

    /// The failure of a command of which some servers have failed. They are reported already.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        match self {
            Self::Several(outcomes) if outcomes.iter().any(|(_, outcome)| outcome.is_err()) => {
                Err(Failure::reported(Exit::Unreachable))
            }
            _ => Ok(()),
        }
    }
}

impl<T: Serialize> Outcomes<T> {
    /// The outcomes as one document, in which failures are documents as well.
    pub(crate) fn document(&self) -> Result<String, Failure> {
        let outcomes = match self {
            Self::One(outcome) => return Ok(serde_json::to_string_pretty(outcome)?),
            Self::Several(outcomes) => outcomes,
        };
        let mut servers = Map::new();
        for (name, outcome) in outcomes {
            let document = match outcome {
                Ok(outcome) => serde_json::to_value(outcome)?,
                Err(failure) => serde_json::to_value(failure.document())?,
            };
            servers.insert(name.clone(), document);
        }
        Ok(serde_json::to_string_pretty(&json!({ "servers": servers }))?)
    }

    /// Prints the outcomes as one JSON document.
    pub(crate) fn print_json(&self) -> Result<(), Failure> {
        print(&self.document()?)
    }
}

/// The line above the text of a server.
pub(crate) fn heading(name: &str) -> String {
    format!("{}", format_args!("[{}]", flat(name)).bold())
}
