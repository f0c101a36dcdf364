//! Cursors of lists.

use mcp_core::jsonrpc::{Limits, Raw};
use serde_json::json;

use super::first_line;
use crate::component::page::{cursor, start};

/// Follows any parameters as those of a list whose names are the further lines. A cursor that the server
/// has created leads to its place, and no other one leads behind the list.
///
/// # Panics
/// If a property does not hold.
pub fn cursors(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (params, rest) = first_line(&text);
    let mut names: Vec<&str> = rest.lines().take(50).collect();
    names.sort_unstable();
    names.dedup();
    let follow = |params: Raw<'_>, strict: bool| {
        start(
            Some(params),
            strict,
            |index| names.get(index).copied(),
            |name| names.iter().position(|known| *known == name),
        )
    };
    let limits = Limits::default();
    if let Some(raw) = Raw::checked(params, limits).filter(|raw| raw.is_object()) {
        for strict in [true, false] {
            if let Ok(place) = follow(raw, strict) {
                assert!(place <= names.len(), "{place} of {}", names.len());
            }
        }
    }
    // The text itself as a cursor.
    let given = json!({ "cursor": params }).to_string();
    if let Ok(place) = follow(Raw::from_accepted(&given), true) {
        assert!((1..=names.len()).contains(&place), "{place} of {}", names.len());
    }
    for (index, name) in names.iter().enumerate() {
        let own = json!({ "cursor": cursor(index + 1, name) }).to_string();
        assert_eq!(follow(Raw::from_accepted(&own), true).ok(), Some(index + 1), "{name}");
        // The item has moved.
        let moved = json!({ "cursor": cursor(index + 7, name) }).to_string();
        assert_eq!(follow(Raw::from_accepted(&moved), true).ok(), Some(index + 1), "{name}");
    }
}
