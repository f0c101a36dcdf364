//! Parameters that the protocol reads, found while a message is scanned.

use super::raw::Raw;

/// Prefix of the protocol's own keys in `_meta`.
#[doc(hidden)]
pub const META_PREFIX: &str = "io.modelcontextprotocol/";

/// Members of `_meta` that the protocol reads.
///
/// Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct KnownMeta<'a> {
    /// The object as a whole.
    pub object: Option<Raw<'a>>,
    /// Revision that the request is served under.
    pub protocol_version: Option<Raw<'a>>,
    /// Capabilities of the client.
    pub client_capabilities: Option<Raw<'a>>,
    /// Lowest level of log messages.
    pub log_level: Option<Raw<'a>>,
    /// Token of progress notifications.
    pub progress_token: Option<Raw<'a>>,
}

impl<'a> KnownMeta<'a> {
    /// Reads a `_meta` object.
    pub fn read(object: Raw<'a>) -> Self {
        let mut meta = Self { object: Some(object), ..Self::default() };
        for (key, value) in object.members() {
            meta.put(key.as_bytes(), value);
        }
        meta
    }

    /// `true` if the message stands alone instead of belonging to a session.
    pub fn is_stateless(&self) -> bool {
        self.protocol_version.is_some()
    }

    /// Stores a member if it is one of them. `null` stands for an absent one.
    #[inline]
    pub(super) fn put(&mut self, key: &[u8], value: Raw<'a>) {
        let slot = match key.strip_prefix(META_PREFIX.as_bytes()) {
            Some(b"protocolVersion") => &mut self.protocol_version,
            Some(b"clientCapabilities") => &mut self.client_capabilities,
            Some(b"logLevel") => &mut self.log_level,
            None if key == b"progressToken" => &mut self.progress_token,
            _ => return,
        };
        if !value.is_null() {
            *slot = Some(value);
        }
    }
}

/// Members of parameters that the protocol reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct KnownParams<'a> {
    /// Members of the first `_meta`.
    pub meta: KnownMeta<'a>,
    /// Name of a tool or a prompt.
    pub name: Option<Raw<'a>>,
    /// Its arguments.
    pub arguments: Option<Raw<'a>>,
    /// `true` if there are other members, or one of these twice.
    pub has_others: bool,
}

impl<'a> KnownParams<'a> {
    /// Stores a member other than the first `_meta`.
    #[inline]
    pub(super) fn put(&mut self, name: &[u8], value: Raw<'a>) {
        let earlier = match name {
            b"name" => self.name.replace(value),
            b"arguments" => self.arguments.replace(value),
            _ => Some(value),
        };
        self.has_others |= earlier.is_some();
    }
}
