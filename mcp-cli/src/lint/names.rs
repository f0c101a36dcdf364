//! Names of tools.

use std::collections::HashMap;

use mcp_runtime::protocol::Tool;

use super::Finding;

/// Longest name that the specification allows.
const MAX_NAME: usize = 128;

/// Longest name that all providers accept.
const MAX_PROVIDER_NAME: usize = 64;

/// Number of tools from which models choose badly, and some hosts leave tools out.
const MANY_TOOLS: usize = 40;

pub(super) fn of_tools(tools: &[Tool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if tools.len() > MANY_TOOLS {
        let message = format!("has {} tools; models choose worse among so many", tools.len());
        findings.push(
            Finding::warning("many-tools", "the server", message)
                .help("split the server, or let clients search for tools"),
        );
    }
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut exact: HashMap<&str, usize> = HashMap::new();
    for tool in tools {
        let name = &*tool.name;
        findings.extend(of_name(name));
        let count = exact.entry(name).or_default();
        *count += 1;
        if *count == 2 {
            let message = "is the name of several tools; clients reach the first only";
            findings.push(Finding::error("name-duplicate", shown(name), message));
        }
        match seen.get(&alike(name)) {
            Some(other) if *other != name => {
                let message = format!("differs from the tool `{other}` in case or separators only");
                findings.push(
                    Finding::warning("name-shadows", shown(name), message)
                        .help("models mix such names up; rename one of them"),
                );
            }
            Some(_) => {}
            None => drop(seen.insert(alike(name), name)),
        }
    }
    findings
}

fn of_name(name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_allowed =
        |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    let help = "use letters, digits, `_` and `-`";
    if name.is_empty() {
        findings.push(Finding::error("name-characters", shown(name), "is empty").help(help));
    } else if let Some(character) = name.chars().find(|it| !is_allowed(*it)) {
        let message = format!("contains {character:?}, which names of tools may not");
        findings.push(Finding::error("name-characters", shown(name), message).help(help));
    } else if name.contains('.') {
        let message = "contains `.`, which OpenAI and Anthropic do not accept";
        findings.push(Finding::warning("name-characters", shown(name), message).help(help));
    }
    let length = name.chars().count();
    if length > MAX_NAME {
        let message = format!("has {length} characters; at most {MAX_NAME} are allowed");
        findings.push(Finding::error("name-length", shown(name), message));
    } else if length > MAX_PROVIDER_NAME {
        let message = format!("has {length} characters; OpenAI accepts {MAX_PROVIDER_NAME}");
        findings.push(Finding::warning("name-length", shown(name), message));
    }
    findings
}

/// A name that is like others to a model.
fn alike(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn shown(name: &str) -> String {
    if name.is_empty() { "a tool".to_owned() } else { name.to_owned() }
}
