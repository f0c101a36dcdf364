//! JSON inside a JSON string.

/// Appends JSON text as a JSON string. Text that `serde_json` has written has no character to be
/// escaped but quotes and backslashes.
pub(crate) fn append_escaped(out: &mut Vec<u8>, json: &[u8]) {
    out.reserve(json.len() + 2);
    out.push(b'"');
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        out.push(b'\\');
        out.push(special[0]);
        rest = &special[1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::append_escaped;

    fn check(value: &Value) {
        let text = value.to_string();
        let mut out = Vec::new();
        append_escaped(&mut out, text.as_bytes());
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }

    #[test]
    fn the_text_comes_back() {
        check(&json!(5));
        check(&json!({ "a": "\"\\\n\u{1}ä\u{7f}", "b\"": ["", null] }));
        check(&json!("\\\"".repeat(100)));
    }
}
