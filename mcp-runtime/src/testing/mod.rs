//! For tests of servers: what happens to a handler, without a client or a transport.

mod replay;

pub use replay::{Replay, ReplayError, replay};
