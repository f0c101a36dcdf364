//! The text of requests.

use mcp_core::json;
use mcp_core::revision::{Revision, write_request};

use crate::client::transport::MirroredHeaders;

/// A request before it has an id.
pub(crate) struct RequestParts<'a> {
    pub(crate) method: &'a str,
    /// Parameters without `_meta`, an object as JSON.
    pub(crate) params: &'a str,
    /// Members of `_meta` as JSON, without the braces; empty for none.
    pub(crate) meta: &'a str,
    pub(crate) revision: Revision,
    pub(crate) mirrored: MirroredHeaders,
    /// `true` if the server may report progress.
    pub(crate) wants_progress: bool,
    /// `true` for the probe, which any response of the server answers.
    pub(crate) is_probe: bool,
}

impl<'a> RequestParts<'a> {
    /// Creates a request without headers and progress.
    pub(crate) fn plain(
        method: &'a str,
        params: &'a str,
        meta: &'a str,
        revision: Revision,
    ) -> Self {
        let mirrored = MirroredHeaders::default();
        Self { method, params, meta, revision, mirrored, wants_progress: false, is_probe: false }
    }

    /// Writes the message.
    pub(super) fn write(&self, id: i64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.params.len() + self.meta.len() + 128);
        write_request(&mut out, &id, self.method, |out| {
            if self.meta.is_empty() && !self.wants_progress {
                out.extend_from_slice(self.params.as_bytes());
                return;
            }
            json::object(out, |params| {
                params.members(|out| out.extend_from_slice(members(self.params).as_bytes()));
                params.object("_meta", |meta| {
                    meta.members(|out| out.extend_from_slice(self.meta.as_bytes()));
                    if self.wants_progress {
                        meta.value("progressToken", &id);
                    }
                });
            });
        });
        out
    }
}

/// Appends a member to the text of an object.
pub(crate) fn with_member(
    object: &str,
    key: &'static str,
    write: impl FnOnce(&mut Vec<u8>),
) -> String {
    json::object_string(|all| {
        all.members(|out| out.extend_from_slice(members(object).as_bytes()));
        write(all.member(key));
    })
}

/// Returns the text between the braces of an object.
fn members(object: &str) -> &str {
    let object = object.trim();
    object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use mcp_core::method::Method;

    use super::*;

    fn check(params: &str, meta: &str, wants_progress: bool, expected: &str) {
        let method = Method::ToolsCall.as_str();
        let parts = RequestParts::plain(method, params, meta, Revision::V2026_07_28);
        let parts = RequestParts { wants_progress, ..parts };
        let written = String::from_utf8(parts.write(7)).unwrap();
        let expected =
            format!(r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{expected}}}"#);
        assert_eq!(written, expected);
    }

    #[test]
    fn metadata_follows_the_parameters() {
        check("{}", "", false, "{}");
        check(r#"{"name":"a"}"#, "", false, r#"{"name":"a"}"#);
        check("{}", r#""a":1"#, false, r#"{"_meta":{"a":1}}"#);
        check(r#"{"name":"}"}"#, "", true, r#"{"name":"}","_meta":{"progressToken":7}}"#);
        check(r#"{"n":{}}"#, r#""a":1"#, true, r#"{"n":{},"_meta":{"a":1,"progressToken":7}}"#);
    }
}
