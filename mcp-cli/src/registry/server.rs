//! Values of the server itself.

use regex_lite::Regex;
use serde_json::Value;

use super::{Problem, SCHEMA, list};

/// Largest data of the publisher, in bytes.
const MAX_PUBLISHER_DATA: usize = 4 * 1024;

pub(super) fn check(server: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(schema) = server["$schema"].as_str().filter(|schema| *schema != SCHEMA) {
        let message = format!("expected \"{SCHEMA}\", got {schema:?}");
        problems.push(Problem::new("$schema", message));
    }
    problems.extend(server["name"].as_str().and_then(name));
    if server["title"].as_str().is_some_and(|title| !title.is_empty() && title.trim().is_empty()) {
        problems.push(Problem::new("title", "is white space only"));
    }
    problems.extend(version(&server["version"], "version"));
    if let Some(address) = server["websiteUrl"].as_str().filter(|it| !is_https(it)) {
        problems.push(not_https("websiteUrl", address));
    }
    problems.extend(repository(&server["repository"]));
    for (index, icon) in list(server, "icons").enumerate() {
        problems.extend(icon_problems(icon, &format!("icons[{index}]")));
    }
    let data = &server["_meta"]["io.modelcontextprotocol.registry/publisher-provided"];
    let size = data.to_string().len();
    if size > MAX_PUBLISHER_DATA {
        let path = "_meta.io.modelcontextprotocol.registry/publisher-provided";
        let message = format!("has {size} bytes, at most {MAX_PUBLISHER_DATA} are allowed");
        problems.push(Problem::new(path, message));
    }
    problems
}

/// A mistake in the name of a server.
pub(crate) fn name(name: &str) -> Option<Problem> {
    let fault = |message: &str| {
        let help = "expected a reversed domain, `/` and a name, such as `io.github.you/weather`";
        Some(Problem::new("name", format!("{message}: {name:?}")).help(help))
    };
    let Some((namespace, rest)) = name.split_once('/') else {
        return fault("has no `/`");
    };
    if rest.contains('/') {
        return fault("has more than one `/`");
    }
    if !is_match(r"^[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]$", namespace) {
        return fault(
            "has a namespace with other characters than letters, digits, `.` and `-`, or they are at an end",
        );
    }
    if !is_match(r"^[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9]$", rest) {
        return fault(
            "ends with other characters than letters, digits, `.`, `_` and `-`, or they are at an end",
        );
    }
    None
}

/// A version that is none, or a range.
pub(super) fn version(value: &Value, path: &str) -> Option<Problem> {
    const PART: &str = r"v?\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]+)?";
    let text = value.as_str()?.trim();
    let is_range = is_match(&format!(r"^(?:\^|~|>=|<=|>|<|=)\s*{PART}$"), text)
        || is_match(&format!(r"^{PART}\s-\s*{PART}$"), text)
        || is_match(&format!(r"^{PART}\s*(?:\|\|\s*{PART}\s*)+$"), text)
        || is_match(r"^(?:v?\d+|[xX*])(?:\.(?:\d+|[xX*])){1,2}(?:-[0-9A-Za-z.-]+)?$", text)
            && text.contains(['x', 'X', '*']);
    let message = match text {
        "latest" => "`latest` is reserved",
        _ if is_range => "is a range",
        _ => return None,
    };
    let help = "expected one version, such as `1.0.0`";
    Some(Problem::new(path, format!("{message}: {text:?}")).help(help))
}

fn repository(repository: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (url, source) = (repository["url"].as_str(), repository["source"].as_str());
    let pattern = match source {
        Some("github") => r"^https?://(www\.)?github\.com/[\w.-]+/[\w.-]+/?$",
        Some("gitlab") => r"^https?://(www\.)?gitlab\.com/[\w.-]+(/[\w.-]+)+/?$",
        _ => "",
    };
    if let Some(url) = url.filter(|url| !is_match(pattern, url)) {
        let source = source.unwrap_or_default();
        let message = format!("is no repository of {source}: {url:?}");
        let help = format!("expected `https://{source}.com/OWNER/REPOSITORY`");
        problems.push(Problem::new("repository.url", message).help(help));
    }
    if let Some(folder) = repository["subfolder"].as_str().filter(|it| !it.is_empty()) {
        let is_part = |part: &str| !matches!(part, "" | "." | "..");
        if !is_match(r"^[a-zA-Z0-9_./-]+$", folder) || !folder.split('/').all(is_part) {
            let message = format!("is no path below the repository: {folder:?}");
            problems.push(Problem::new("repository.subfolder", message));
        }
    }
    problems
}

fn icon_problems(icon: &Value, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(address) = icon["src"].as_str().filter(|it| !is_https(it)) {
        problems.push(not_https(&format!("{path}.src"), address));
    }
    for (index, size) in list(icon, "sizes").enumerate() {
        if size.as_str().is_some_and(|size| !is_match(r"^(\d+x\d+|any)$", size)) {
            let message = format!("expected `48x48` or `any`, got {size}");
            problems.push(Problem::new(format!("{path}.sizes[{index}]"), message));
        }
    }
    problems
}

fn is_https(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
    })
}

fn not_https(path: &str, address: &str) -> Problem {
    Problem::new(path, format!("expected an address with `https://`, got {address:?}"))
}

/// `true` if a pattern of this program matches.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}
