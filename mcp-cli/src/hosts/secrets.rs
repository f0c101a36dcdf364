//! Secrets, which are not printed: values of environment variables and headers, and what looks like a secret.

use serde_json::{Map, Value};

/// Stands for what is not printed.
pub(crate) const HIDDEN: &str = "…";

/// Members whose values may be secrets.
const SECRET_MEMBERS: [&str; 4] = ["env", "envs", "headers", "http_headers"];

/// Parts of names whose values are secrets.
const SECRET_WORDS: [&str; 9] =
    ["key", "token", "secret", "password", "passwd", "credential", "auth", "bearer", "header"];

/// An entry for printing.
pub(crate) fn hidden(entry: &Value) -> Value {
    let Value::Object(members) = entry else { return entry.clone() };
    Value::Object(members.iter().map(|(name, value)| (name.clone(), member(name, value))).collect())
}

fn member(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) if SECRET_MEMBERS.contains(&name) => {
            let all = members.keys().map(|name| (name.clone(), HIDDEN.into()));
            Value::Object(all.collect::<Map<_, _>>())
        }
        Value::Object(_) => hidden(value),
        Value::Array(items) if name == "args" => arguments(items),
        Value::String(text) if text.contains("://") => url(text).into(),
        // These hold the names of variables.
        Value::String(_) if matches!(name, "bearer_token_env_var" | "envFile") => value.clone(),
        Value::String(_) if is_secret(name) => HIDDEN.into(),
        _ => value.clone(),
    }
}

fn arguments(items: &[Value]) -> Value {
    let texts: Vec<_> = items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
    self::program_arguments(&texts).into()
}

/// The arguments of a program for printing: without the values of options such as `--api-key`.
pub(crate) fn program_arguments(all: &[&str]) -> Vec<String> {
    let mut is_value = false;
    let mut shown = Vec::new();
    for &argument in all {
        let is_option = argument.starts_with('-');
        let option = argument.split_once('=');
        shown.push(match option {
            _ if is_value && !is_option => HIDDEN.to_owned(),
            Some((name, _)) if is_secret(name) => format!("{name}={HIDDEN}"),
            _ => url(argument),
        });
        is_value = is_option && option.is_none() && is_secret(argument);
    }
    shown
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A URL for printing: without a password and without the values of its query. Other texts stay.
pub(crate) fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (rest, query) = match rest.find(['?', '#']) {
        Some(at) => (&rest[..at], format!("{}{HIDDEN}", &rest[at..=at])),
        None => (rest, String::new()),
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let rest = match rest[..end].rfind('@') {
        Some(at) => format!("{HIDDEN}{}", &rest[at..]),
        None => rest.to_owned(),
    };
    format!("{scheme}://{rest}{query}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let entry = json!({
            "command": "npx", "args": ["-y", "x", "--api-key", "k1", "--token=k2", "--units", "metric"],
            "env": { "A": "k3" }, "url": "https://me:k4@host/mcp?key=k5", "cwd": "/x",
            "oauth": { "clientId": "id", "clientSecret": "k6" }, "bearer_token_env_var": "TOKEN",
        });
        let shown = json!({
            "command": "npx", "args": ["-y", "x", "--api-key", "…", "--token=…", "--units", "metric"],
            "env": { "A": "…" }, "url": "https://…@host/mcp?…", "cwd": "/x",
            "oauth": { "clientId": "id", "clientSecret": "…" }, "bearer_token_env_var": "TOKEN",
        });
        assert_eq!(hidden(&entry), shown);
    }
}
