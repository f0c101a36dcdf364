//! The writer of JSON, and values of `serde_json`.

use mcp_core::json;
use serde_json::Value;

/// Writes any text, and any value that `serde_json` reads, with our writer and with that of `serde_json`.
///
/// # Panics
/// If they write different bytes.
pub fn json_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let written = json::to_string(&*text);
    assert_eq!(written, serde_json::to_string(&*text).unwrap());
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        assert_eq!(json::to_string(&value), serde_json::to_string(&value).unwrap());
    }
}
