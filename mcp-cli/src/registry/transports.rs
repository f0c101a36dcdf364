//! Transports of packages and remote servers, and what is sent through them.

use mcp_runtime::client::reqwest::Url;
use regex_lite::Regex;
use serde_json::Value;

use super::{Problem, list};

/// The transport of a package, whose URL may contain names of its inputs.
pub(super) fn check_local(transport: &Value, variables: &[&str], path: &str) -> Vec<Problem> {
    let url = transport["url"].as_str().unwrap_or_default();
    let url_path = format!("{path}.url");
    match transport["type"].as_str() {
        Some("stdio") if !url.is_empty() => {
            vec![Problem::new(url_path, "does not belong to the transport `stdio`")]
        }
        Some("stdio") | None => headers(transport, path),
        Some("streamable-http" | "sse") => {
            let mut problems = web_address(url, variables, &url_path);
            problems.extend(headers(transport, path));
            problems
        }
        Some(other) => {
            let message =
                format!("expected \"stdio\", \"streamable-http\" or \"sse\", got {other:?}");
            vec![Problem::new(format!("{path}.type"), message)]
        }
    }
}

/// A remote server.
pub(super) fn check_remote(remote: &Value, path: &str) -> Vec<Problem> {
    let mut problems = headers(remote, path);
    if let Some(kind) =
        remote["type"].as_str().filter(|it| !["streamable-http", "sse"].contains(it))
    {
        let message = format!("expected \"streamable-http\" or \"sse\", got {kind:?}");
        problems.push(Problem::new(format!("{path}.type"), message));
    }
    let variables = remote["variables"].as_object().into_iter().flatten();
    for (name, variable) in variables.clone() {
        problems.extend(secret(variable, &format!("{path}.variables.{name}")));
    }
    let names: Vec<_> = variables.map(|(name, _)| name.as_str()).collect();
    let (url, url_path) = (remote["url"].as_str().unwrap_or_default(), format!("{path}.url"));
    let faults = web_address(url, &names, &url_path);
    if faults.is_empty() {
        let parsed = Url::parse(&replaced(url)).ok();
        let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
        let is_local = matches!(host, "localhost" | "127.0.0.1") || host.ends_with(".localhost");
        if is_local || parsed.is_some_and(|url| url.scheme() != "https") {
            let message = format!("expected a public address with `https://`, got {url:?}");
            problems.push(Problem::new(url_path, message));
        }
    }
    problems.extend(faults);
    problems
}

fn headers(transport: &Value, path: &str) -> Vec<Problem> {
    let headers = list(transport, "headers").enumerate();
    headers.filter_map(|(index, it)| secret(it, &format!("{path}.headers[{index}]"))).collect()
}

fn web_address(url: &str, variables: &[&str], path: &str) -> Vec<Problem> {
    if url.is_empty() {
        return vec![Problem::new(path, "is missing")];
    }
    let parsed = Url::parse(&replaced(url)).ok();
    let is_web = parsed.is_some_and(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    if !is_web || url.contains(char::is_whitespace) {
        return vec![Problem::new(path, format!("is no address of the web: {url:?}"))];
    }
    let unknown = names(url).into_iter().filter(|name| !variables.contains(&&**name));
    let problem = |name: String| {
        let help = match variables {
            [] => "there are no variables to refer to".to_owned(),
            variables => format!("known are {}", variables.join(", ")),
        };
        Problem::new(path, format!("refers to an unknown variable: `{{{name}}}`")).help(help)
    };
    unknown.map(problem).collect()
}

fn placeholder() -> Option<Regex> {
    Regex::new(r"\{([^}]+)\}").ok()
}

/// Names in braces.
fn names(url: &str) -> Vec<String> {
    let all = placeholder();
    all.iter().flat_map(|it| it.captures_iter(url)).map(|it| it[1].to_owned()).collect()
}

/// The address with digits in the place of variables, which are allowed in each part.
fn replaced(url: &str) -> String {
    placeholder().map_or_else(String::new, |it| it.replace_all(url, "1").into_owned())
}

/// An input whose value is a secret, which everyone could read.
pub(super) fn secret(input: &Value, path: &str) -> Option<Problem> {
    const WORDS: [&str; 5] = ["AUTHORIZATION", "APIKEY", "PASSWORD", "SECRET", "TOKEN"];
    /// Words before `KEY`, which has other meanings alone.
    const KEYS: [&str; 4] = ["ACCESS", "API", "PRIVATE", "SECRET"];
    let name = input["name"].as_str().unwrap_or_default().to_ascii_uppercase();
    let mut words = name.rsplit(|it: char| !it.is_ascii_alphanumeric());
    let (last, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_named = WORDS.contains(&last) || last == "KEY" && KEYS.contains(&before);
    let is_secret = input["isSecret"].as_bool().unwrap_or(false) || is_named;
    let is_given = |member: &&&str| {
        let text = input[**member].as_str().unwrap_or_default().trim();
        // References are no values, and numbers are no secrets.
        !text.is_empty() && !text.contains('{') && text.parse::<f64>().is_err()
    };
    let member = ["value", "default"].iter().find(is_given).filter(|_| is_secret)?;
    let help = "leave it out and set `isSecret`; clients ask their users";
    Some(Problem::new(format!("{path}.{member}"), "publishes a secret").help(help))
}
