//! How a request is let in: under which revision, and as whose.
//!
//! The two eras fork here and nowhere else: [`session`] opens with a handshake and remembers,
//! [`stateless`] reads everything from the request.

pub(crate) mod stateless;

pub(crate) use crate::context::session::{Session, open};
#[cfg(feature = "http")]
pub(crate) use stateless::unsupported;
pub(crate) use stateless::{admit, missing_version};

/// The prefix of the protocol's own keys in `_meta`.
pub(crate) const META_PREFIX: &str = "io.modelcontextprotocol/";
