//! Pages of lists and their cursors.
//!
//! Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::revision::Facts;

use super::registry::Listed;

/// Renders a page of a list as the members of a result.
pub(crate) fn render<T: Listed>(
    items: &[Arc<T>],
    start: usize,
    size: usize,
    facts: &Facts,
) -> Bytes {
    let page = items.iter().skip(start).take(size);
    let mut out = Vec::new();
    json::members(&mut out, |result| {
        result.array(T::MEMBER, |list| {
            for item in page {
                item.append(list.element(), facts);
            }
        });
        write_cursor(result, start.saturating_add(size), items.len(), |index| {
            Some(items.get(index)?.key())
        });
    });
    // Schemas may be the text of a user.
    json::join_lines(&mut out);
    out.into()
}

/// Writes the cursor of the page that begins at `next`, if there is one.
pub(crate) fn write_cursor<'k>(
    result: &mut Object<'_>,
    next: usize,
    length: usize,
    key_at: impl Fn(usize) -> Option<&'k str>,
) {
    let last = next.checked_sub(1).and_then(key_at);
    if let Some(last) = last.filter(|_| next < length) {
        result.value("nextCursor", &cursor(next, last));
    }
}

/// Encodes a cursor. It contains the last listed item and the index of the next one, so it stays
/// valid when other items are added or removed.
pub(crate) fn cursor(next: usize, last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{next}:{last}"))
}

/// Returns the index of the first item of a page that a request asks for.
///
/// Unless it is `strict`, an empty cursor is none: some hosts send it for the first page.
///
/// # Errors
/// `-32602` for a cursor that this server did not create or whose item is gone.
pub(crate) fn start<'n>(
    params: Option<Raw<'_>>,
    strict: bool,
    key_at: impl Fn(usize) -> Option<&'n str>,
    position: impl Fn(&str) -> Option<usize>,
) -> Result<usize, ProtocolError> {
    let Some(given) = params.and_then(|params| params.member("cursor")) else { return Ok(0) };
    if given.as_str() == "null" {
        return Ok(0);
    }
    let Some(text) = given.string() else {
        return Err(ProtocolError::invalid_params("`cursor`: expected a string"));
    };
    if text.is_empty() && !strict {
        return Ok(0);
    }
    follow(&text, key_at, position).ok_or_else(|| {
        ProtocolError::invalid_params(
            "`cursor`: not a cursor of this list, or its place is gone; list again from the start",
        )
    })
}

fn follow<'n>(
    cursor: &str,
    key_at: impl Fn(usize) -> Option<&'n str>,
    position: impl Fn(&str) -> Option<usize>,
) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (next, last) = text.split_once(':')?;
    let next: usize = next.parse().ok()?;
    if key_at(next.checked_sub(1)?) == Some(last) {
        return Some(next);
    }
    position(last).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(params: &str, expected: Result<usize, i64>) {
        check_with(params, true, expected);
        let is_empty = params == r#"{"cursor":""}"#;
        check_with(params, false, if is_empty { Ok(0) } else { expected });
    }

    fn check_with(params: &str, strict: bool, expected: Result<usize, i64>) {
        let names = ["a", "b", "c"];
        let found = start(
            Some(Raw::from_accepted(params)),
            strict,
            |index| names.get(index).copied(),
            |name| names.iter().position(|known| *known == name),
        );
        assert_eq!(found.map_err(|error| error.code.0), expected, "{params}");
    }

    #[test]
    fn a_cursor_leads_behind_the_item_it_names() {
        check("{}", Ok(0));
        check(r#"{"cursor":null}"#, Ok(0));
        check(&format!(r#"{{"cursor":"{}"}}"#, cursor(2, "b")), Ok(2));
        // The item moved since the cursor was given out.
        check(&format!(r#"{{"cursor":"{}"}}"#, cursor(7, "b")), Ok(2));
        check(&format!(r#"{{"cursor":"{}"}}"#, cursor(1, "gone")), Err(-32602));
        check(r#"{"cursor":7}"#, Err(-32602));
        check(r#"{"cursor":""}"#, Err(-32602));
        check(r#"{"cursor":"!!"}"#, Err(-32602));
    }
}
