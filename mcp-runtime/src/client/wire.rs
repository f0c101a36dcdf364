//! The messages of a client as they are on the wire.

/// Way of a message between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    Sent,
    /// From the server to the client.
    Received,
}

/// Receives the messages.
pub(crate) type OnMessage = Box<dyn Fn(Direction, &str) + Send + Sync>;
