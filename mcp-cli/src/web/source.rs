//! Connections of the inspector to a server.

use std::sync::Arc;

use mcp_runtime::ProtocolError;
use mcp_runtime::client::reqwest::Url;
use mcp_runtime::client::{Client, ClientBuilder};
use mcp_runtime::protocol::{Implementation, LoggingMessageParams, Root};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::inspector::Shared;
use super::questions::Kind;
use super::{Era, now_ms};
use crate::commands::dev::CurrentBuild;
use crate::connect::{Setup, open};
use crate::exit::Failure;
use crate::output::log;
use crate::target::{ConnectionArguments, EraArgument, HttpServer, Program, Target};

/// Way to the server.
#[derive(Clone)]
pub(crate) enum Source {
    /// A server that the arguments name.
    Target(Target, ConnectionArguments),
    /// The current build of `cargo mcp dev`.
    Build(CurrentBuild),
}

/// Handlers of a connection that show everything in the page.
struct Handlers {
    era: Era,
    shared: Arc<Shared>,
    arguments: Option<ConnectionArguments>,
    roots: Vec<Root>,
}

/// A log message of the server.
#[derive(Serialize)]
#[serde(tag = "type", rename = "log")]
struct LogEvent<'a> {
    era: Era,
    at: u64,
    level: &'a str,
    logger: Option<&'a str>,
    data: &'a Value,
}

impl Source {
    /// The eras to connect in.
    pub(super) fn eras(&self) -> Vec<Era> {
        match self {
            Self::Build(_) => Era::BOTH.into(),
            Self::Target(_, connection) => match connection.era {
                EraArgument::Auto => Era::BOTH.into(),
                EraArgument::Legacy => vec![Era::Legacy],
                EraArgument::Modern => vec![Era::Modern],
            },
        }
    }

    /// Description of the server, without what may be secret: arguments, headers and the query of a URL.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Build(_) => "cargo mcp dev".into(),
            Self::Target(Target::Program(Program { program, .. }), _) => {
                let name = std::path::Path::new(program).file_name().unwrap_or(program);
                name.to_string_lossy().into_owned()
            }
            Self::Target(Target::Http(HttpServer { url, .. }), _) => public_url(url),
        }
    }

    /// Waits until there is a server.
    pub(super) async fn ready(&mut self) {
        if let Self::Build(build) = self {
            build.ready().await;
        }
    }

    /// Waits for the next build of the server; forever if there is none.
    pub(super) async fn changed(&mut self) {
        match self {
            Self::Build(build) => build.changed().await,
            Self::Target(..) => std::future::pending().await,
        }
    }

    /// Description of the server of the current build; `None` if there are no builds.
    pub(super) fn server(&self) -> Option<String> {
        match self {
            Self::Build(build) => build.server(),
            Self::Target(..) => None,
        }
    }

    /// Waits for a build whose server has another description: a connection keeps the one it was opened with.
    pub(super) async fn replaced(&mut self, described: Option<&str>) {
        match self {
            Self::Build(build) => build.replaced(described).await,
            Self::Target(..) => std::future::pending().await,
        }
    }

    /// Connects in an era.
    pub(super) async fn connect(&self, era: Era, shared: &Arc<Shared>) -> Result<Client, Failure> {
        let arguments = match self {
            Self::Target(_, arguments) => Some(arguments.clone()),
            Self::Build(_) => None,
        };
        let roots = match &arguments {
            Some(arguments) => arguments.questions.roots()?,
            None => Vec::new(),
        };
        let handlers = Handlers { era, shared: Arc::clone(shared), arguments, roots };
        match self {
            Self::Target(target, _) => open(target, &handlers).await,
            Self::Build(build) => Ok(handlers.set_up(build.client())?.connect().await?),
        }
    }
}

/// Scheme, host and path of a URL.
fn public_url(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "a server at a URL".into(),
    }
}

impl Setup for Handlers {
    fn set_up<T>(&self, builder: ClientBuilder<T>) -> Result<ClientBuilder<T>, Failure> {
        let (era, shared) = (self.era, &self.shared);
        let mut builder = builder
            .era(era.into())
            .info(Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION")));
        if let Some(arguments) = &self.arguments {
            builder = builder.timeout(arguments.timeout());
        }
        if !self.roots.is_empty() {
            builder = builder.roots(self.roots.clone());
        }
        let own = Arc::clone(shared);
        builder = builder.on_log(move |message| show_log(&own, era, &message));
        let own = Arc::clone(shared);
        builder = builder.on_message(move |direction, text| {
            log::message(direction, text);
            own.message(era, direction, text);
        });
        let own = Arc::clone(shared);
        builder = builder.on_form(move |form| ask(&own, era, Kind::Form, form));
        let own = Arc::clone(shared);
        builder = builder.on_url(move |url| ask(&own, era, Kind::Url, url));
        let own = Arc::clone(shared);
        builder = builder.on_sample(move |request| ask(&own, era, Kind::Sampling, request));
        Ok(builder.sampling_tools(true))
    }
}

/// Asks the page. The future borrows nothing, because handlers outlive the call that sets them.
fn ask<T, P>(
    shared: &Arc<Shared>,
    era: Era,
    kind: Kind,
    params: P,
) -> impl Future<Output = Result<T, ProtocolError>> + Send + use<T, P>
where
    T: DeserializeOwned + Send,
    P: Serialize + Send,
{
    let (questions, hub) = (Arc::clone(&shared.questions), Arc::clone(&shared.hub));
    async move { questions.ask(hub, (era, kind), params).await }
}

fn show_log(shared: &Shared, era: Era, message: &LoggingMessageParams) {
    let LoggingMessageParams { level, logger, data, .. } = message;
    let (level, logger) = (level.as_str(), logger.as_deref());
    shared.hub.send(&LogEvent { era, at: now_ms(), level, logger, data });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_secrets() {
        let rows = [
            ("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp"),
            ("https://ann:secret@mcp.example/a?key=secret#x", "https://mcp.example/a"),
            ("https://mcp.example/@other.example/mcp", "https://mcp.example/@other.example/mcp"),
            ("https://mcp.example/a?to=ann@other.example", "https://mcp.example/a"),
            ("https://a@b@mcp.example:444/", "https://mcp.example:444/"),
            ("no URL with a secret", "a server at a URL"),
        ];
        for (url, shown) in rows {
            assert_eq!(public_url(url), shown, "{url}");
        }
    }
}
