//! Messages of the server as one line of text each.

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
