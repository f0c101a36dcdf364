//! How a request is let in: under which revision, and as whose.
//!
//! The two eras fork here and nowhere else: [`session`] opens with a handshake and remembers,
//! [`stateless`] reads everything from the request.

pub(crate) mod session;
pub(crate) mod stateless;

pub(crate) use session::open;
#[cfg(feature = "http")]
pub(crate) use stateless::unsupported;
pub(crate) use stateless::{admit, missing_version};
