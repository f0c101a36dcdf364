//! JSON-RPC 2.0 as the protocol uses it: messages, ids, errors and the codec between them and bytes.

mod codec;
mod envelope;
mod error;
mod id;
mod known;
mod last_meta;
mod long;
mod message;
mod raw;
mod scan;

pub use codec::{Frame, decode, decode_from_server, decode_repeating};
pub use error::{ErrorCode, ProtocolError};
pub use id::RequestId;
pub use known::{KnownMeta, KnownParams, META_PREFIX};
pub use last_meta::LastMeta;
pub use long::LongValues;
pub use message::{Id, Message, Notification, Refusal, Request, Response};
pub use raw::{Elements, Members, MembersPast, Raw};
pub use scan::{Limits, Quoted};
