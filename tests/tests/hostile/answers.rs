//! Messages of the server as one line of text each.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// Writes JSON with the members of objects in the order of their names, whatever features `serde_json` has.
pub(crate) fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(sorted).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// Length of a run of one character that is written as its length, as rows write it.
const RUN: usize = 80;

/// Writes long runs of one character as `⟦x × 3000⟧`.
pub(crate) fn with_short_runs(text: &str) -> String {
    let mut short = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.trim_start_matches(first);
        let length = rest.len() - after.len();
        match length >= RUN * first.len_utf8() {
            true => {
                write!(short, "⟦{first} × {}⟧", length / first.len_utf8()).unwrap();
            }
            false => short.push_str(&rest[..length]),
        }
        rest = after;
    }
    short
}

/// Leaves only the names of the entries of a list.
fn with_names_only(result: &mut Map<String, Value>) {
    for key in ["tools", "prompts", "resources", "resourceTemplates"] {
        let Some(Value::Array(entries)) = result.get_mut(key) else { continue };
        for entry in entries {
            *entry = entry["name"].take();
        }
    }
}

/// Renders a message. What every result of an era has is checked and left out.
pub(crate) fn rendered(message: &Value, is_modern: bool) -> String {
    let Value::Object(members) = message else {
        let Value::Array(messages) = message else { panic!("no message: {message}") };
        let all: Vec<_> = messages.iter().map(|message| rendered(message, is_modern)).collect();
        return format!("[{}]", all.join(", "));
    };
    assert_eq!(members.get("jsonrpc"), Some(&json!("2.0")), "{message}");
    let known = ["jsonrpc", "id", "method", "params", "result", "error"];
    assert!(members.keys().all(|key| known.contains(&key.as_str())), "{message}");
    if let Some(method) = members.get("method") {
        let params = members.get("params").cloned().unwrap_or_default();
        let kind = if members.contains_key("id") { "request" } else { "notification" };
        return format!("{kind} {} {}", text(method), sorted(&params));
    }
    let id = members.get("id").unwrap_or_else(|| panic!("no id: {message}"));
    match (members.get("result"), members.get("error")) {
        (Some(Value::Object(result)), None) => {
            format!("{id} {}", rendered_result(result.clone(), is_modern))
        }
        (None, Some(Value::Object(error))) => format!("{id} {}", rendered_error(error)),
        _ => panic!("no response: {message}"),
    }
}

fn rendered_error(error: &Map<String, Value>) -> String {
    assert!(error.keys().all(|key| ["code", "message", "data"].contains(&key.as_str())));
    let data = error.get("data").map(|data| format!(" {}", sorted(data))).unwrap_or_default();
    format!("error {} {}{data}", error["code"], error["message"])
}

fn rendered_result(mut result: Map<String, Value>, is_modern: bool) -> String {
    let info =
        json!({ "io.modelcontextprotocol/serverInfo": { "name": "hostile", "version": "1.0.0" } });
    if is_modern {
        assert_eq!(result.remove("_meta"), Some(info), "{result:?}");
        assert!(result.contains_key("resultType"), "{result:?}");
        if result["resultType"] == "complete" {
            result.remove("resultType");
        }
    }
    with_names_only(&mut result);
    let is_error = result.get("isError") == Some(&json!(true));
    let content = result.get("content").and_then(Value::as_array);
    if let Some([only]) = content.map(Vec::as_slice)
        && only == &json!({ "type": "text", "text": only["text"] })
        && result.keys().all(|key| ["content", "isError"].contains(&key.as_str()))
    {
        return format!("{} {}", if is_error { "isError" } else { "text" }, only["text"]);
    }
    format!("result {}", sorted(&Value::Object(result)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn long_runs_are_written_short() {
    let text = format!("a{}bb{}", "ä".repeat(80), "c".repeat(79));
    assert_eq!(with_short_runs(&text), format!("a⟦ä × 80⟧bb{}", "c".repeat(79)));
}
