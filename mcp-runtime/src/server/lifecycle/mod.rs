//! Admission of requests: the revision that they are served under, and the client that sends them.
//!
//! The eras differ here: a handshake opens a session, or [`stateless`] reads everything from the
//! request.

pub(crate) mod session;
pub(crate) mod stateless;

pub(crate) use session::{NotOpened, open};
#[cfg(feature = "http")]
pub(crate) use stateless::unsupported;
pub(crate) use stateless::{admit, missing_version};
