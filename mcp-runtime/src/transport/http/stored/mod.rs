//! Sessions in the store of the server, so that they outlive the process and several instances serve them.
//!
//! A session has a record in the store, and a live part in each instance that has received a message of it.
//! Instances notify each other by messages, which may be lost: whatever has to arrive is in the store as
//! well, and is read again after a loss.

mod follow;
mod keeper;
mod message;
mod outgoing;
mod part;
mod record;
mod records;
mod sessions;
mod stream_copy;

pub(super) use self::follow::Followed;
pub(super) use self::keeper::keep;
pub(super) use self::part::{SessionPart, TakenUp};
pub(super) use self::sessions::StoredSessions;
pub(super) use self::stream_copy::StreamCopy;
