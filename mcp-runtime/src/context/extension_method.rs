//! Names of methods that extensions add to the protocol.

use mcp_core::method::Method;

/// Maximum length of a method name, in bytes.
const MAX_LENGTH: usize = 128;

/// Returns an error message for a name that an extension cannot use for a method.
pub(crate) fn name_error(name: &str) -> Option<&'static str> {
    if Method::parse(name).is_some() {
        Some("it is the protocol's own")
    } else if name.starts_with("rpc.") {
        Some("JSON-RPC keeps names that begin with `rpc.` for itself")
    } else if name.is_empty() || name.len() > MAX_LENGTH {
        Some("its name has to be 1 to 128 bytes long")
    } else if !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
        Some("its name may hold ASCII letters, digits and punctuation other than `\"` and `\\`")
    } else {
        None
    }
}

/// Returns `true` if an extension can use a name for a notification or request.
pub(crate) fn is_valid(name: &str) -> bool {
    name_error(name).is_none()
}
