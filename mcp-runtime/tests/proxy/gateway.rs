//! A client, a gateway and an upstream server in one process.

use mcp_runtime::Server;
use mcp_runtime::client::{Client, ClientBuilder, Era, Stream};
use mcp_runtime::gateway::Proxy;

/// All combinations of the eras of the client and of the upstream server.
pub(crate) const ERAS: [(Era, Era); 4] = [
    (Era::Modern, Era::Modern),
    (Era::Modern, Era::Legacy),
    (Era::Legacy, Era::Modern),
    (Era::Legacy, Era::Legacy),
];

type Configured = ClientBuilder<Stream>;

/// A client of a server that runs in a task of its own.
pub(crate) async fn connect(
    server: Server,
    era: Era,
    configure: impl FnOnce(Configured) -> Configured,
) -> Client {
    let (near, far) = tokio::io::duplex(1 << 20);
    let (reader, writer) = tokio::io::split(far);
    tokio::spawn(server.serve_over(reader, writer));
    let (reader, writer) = tokio::io::split(near);
    configure(Client::over(reader, writer)).era(era).connect().await.unwrap()
}

/// A proxy of a server with the prefix `up`.
pub(crate) async fn proxy(server: Server, era: Era) -> Proxy {
    let client = connect(server, era, |it| it.forward_questions(true)).await;
    Proxy::of(client).await.unwrap().prefix("up")
}

/// A client of a gateway to a server.
pub(crate) async fn behind(
    server: Server,
    (ours, theirs): (Era, Era),
    configure: impl FnOnce(Configured) -> Configured,
) -> Client {
    let gateway = Server::new("gateway", "1.0.0").proxy(proxy(server, theirs).await);
    connect(gateway, ours, configure).await
}
