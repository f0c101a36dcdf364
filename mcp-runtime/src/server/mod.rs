//! The server: components, their registry, and one request from bytes to bytes.

mod call;
mod context;
mod state;

pub use call::Call;
pub use context::{Context, Principal};
pub use state::State;
