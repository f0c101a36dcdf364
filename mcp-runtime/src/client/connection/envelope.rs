//! The text of requests.

use mcp_core::revision::{Revision, append_json};

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
        Self { method, params, meta, revision, mirrored, wants_progress: false }
    }

    /// Writes the message.
    pub(super) fn write(&self, id: i64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.params.len() + self.meta.len() + 128);
        out.extend_from_slice(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"#).as_bytes());
        append_json(&mut out, self.method);
        out.extend_from_slice(br#","params":"#);
        let token = self.wants_progress.then(|| format!(r#""progressToken":{id}"#));
        let members: Vec<&str> = [self.meta, token.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        if members.is_empty() {
            out.extend_from_slice(self.params.as_bytes());
        } else {
            let meta = format!(r#""_meta":{{{}}}"#, members.join(","));
            out.extend_from_slice(with_member(self.params, &meta).as_bytes());
        }
        out.push(b'}');
        out
    }
}

/// Appends a member to an object.
pub(crate) fn with_member(object: &str, member: &str) -> String {
    let open = object.trim_end().strip_suffix('}').unwrap_or("{").trim_end();
    let comma = if open.ends_with('{') { "" } else { "," };
    format!("{open}{comma}{member}}}")
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
