//! Hosts over HTTP: a gateway in front of a relay.

use std::net::SocketAddr;

use mcp_runtime::Server;
use mcp_runtime::client::Client;
use mcp_runtime::gateway::Proxy;
use mcp_runtime::protocol::Implementation;
use tokio::net::TcpListener;

use super::relay::{self, Builds};
use crate::exit::Failure;

/// Bytes in the pipe between gateway and relay.
pub(super) const PIPE_CAPACITY: usize = 64 * 1024;

/// Listens at an address, and returns the URL of the endpoint.
pub(super) async fn listen(address: &str) -> Result<(TcpListener, String), Failure> {
    let cannot_listen = |error: std::io::Error| {
        Failure::usage(format!("cannot listen at `{address}`: {error}"))
            .note("expected an address that is free, such as `--http 127.0.0.1:8000`")
    };
    let given = match address.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None => address.to_owned(),
    };
    let listener = TcpListener::bind(given).await.map_err(cannot_listen)?;
    let bound: SocketAddr = listener.local_addr().map_err(cannot_listen)?;
    Ok((listener, format!("http://{bound}/mcp")))
}

/// Serves the current build, once there is one.
pub(super) async fn serve(listener: TcpListener, mut builds: Builds) -> Result<(), Failure> {
    if builds.wait_for(Option::is_some).await.is_err() {
        return Ok(());
    }
    let (gateway, server) = tokio::io::duplex(PIPE_CAPACITY);
    let (input, output) = tokio::io::split(server);
    let relay = relay::run(input, output, builds);
    let serving = async {
        let (reader, writer) = tokio::io::split(gateway);
        let own = Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION"));
        let client = Client::over(reader, writer).info(own).forward_questions(true);
        let client = client.connect().await?;
        let info = client.server_info();
        let mut server = match &info.implementation {
            Some(Implementation { name, version, .. }) => Server::new(name, version),
            None => Server::new("server", "0.0.0"),
        };
        if let Some(instructions) = &info.instructions {
            server = server.instructions(instructions);
        }
        let server = server.proxy(Proxy::of(client).await?);
        let served = server.serve_listener(listener, std::future::pending()).await;
        served.map_err(|error| Failure::internal(error.report().to_string()))
    };
    tokio::select! {
        outcome = serving => outcome,
        outcome = relay => {
            outcome.map_err(|error| Failure::internal(format!("the connection has ended: {error}")))
        }
    }
}
