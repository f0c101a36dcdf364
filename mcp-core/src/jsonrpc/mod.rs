//! JSON-RPC 2.0 as the protocol uses it: messages, ids, errors and the codec between them and bytes.

mod error;
mod id;

pub use error::{ErrorCode, ProtocolError};
pub use id::RequestId;
