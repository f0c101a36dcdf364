//! Members of a result, before a revision puts its envelope around them.

use bytes::Bytes;
use mcp_core::revision::CacheHint;

/// The members of a result, rendered.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) members: Bytes,
    /// Members of `_meta`, without the braces.
    pub(crate) meta: String,
    pub(crate) cache: Option<CacheHint>,
    /// The kind of the result, if it is not the usual one.
    pub(crate) result_type: Option<Box<str>>,
    /// `true` if the members are without line breaks, and shared with other answers.
    pub(crate) is_shared_line: bool,
}
