//! The inspector: a client of the current build in each era, each behind a relay.

use std::sync::Arc;

use mcp_runtime::client::{Client, ClientBuilder, Stream};

use super::build::Build;
use super::http::PIPE_CAPACITY;
use super::relay::{self, Builds};
use crate::web::{Inspector, Source};

/// The current build.
#[derive(Clone)]
pub(crate) struct CurrentBuild(Builds);

impl CurrentBuild {
    /// Starts an inspector of it.
    pub(super) fn inspect(builds: &Builds) -> Arc<Inspector> {
        Inspector::start(&Source::Build(Self(builds.clone())))
    }

    /// Waits for the first build.
    pub(crate) async fn ready(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            // The command ends.
            std::future::pending().await
        }
    }

    /// Waits for the next build.
    pub(crate) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Description of its server, which clients get only when they connect.
    pub(crate) fn server(&self) -> Option<String> {
        self.0.borrow().as_deref().and_then(description)
    }

    /// Waits for a build whose server has another description.
    pub(crate) async fn replaced(&mut self, described: Option<&str>) {
        let differs = |build: &Option<Arc<Build>>| {
            build.as_deref().is_some_and(|build| description(build).as_deref() != described)
        };
        if self.0.wait_for(differs).await.is_err() {
            std::future::pending().await
        }
    }

    /// A client whose connection outlives the processes of the server.
    pub(crate) fn client(&self) -> ClientBuilder<Stream> {
        let (client, server) = tokio::io::duplex(PIPE_CAPACITY);
        let (input, output) = tokio::io::split(server);
        // It ends with the client, whose errors are those of the connection.
        tokio::spawn(relay::run(input, output, self.0.clone()));
        let (reader, writer) = tokio::io::split(client);
        Client::over(reader, writer)
    }
}

/// Name, capabilities and instructions of a server, as JSON.
fn description(build: &Build) -> Option<String> {
    let info = &build.info;
    serde_json::to_string(&(&info.implementation, &info.capabilities, &info.instructions)).ok()
}
