//! Entries of servers, in the shape of each host.

use serde_json::{Map, Value, json};

use super::Host;

/// A server as a user describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Program { command: String, args: Vec<String>, env: Vec<(String, String)> },
    Http { url: String, headers: Vec<(String, String)> },
}

/// Members of a program that a server at a URL does not have.
const OF_PROGRAMS: [&str; 9] =
    ["command", "cmd", "args", "env", "cwd", "env_vars", "env_keys", "envFile", "dev"];

/// Names of the URL, of which some take precedence in a host.
const URLS: [&str; 4] = ["url", "serverUrl", "httpUrl", "uri"];

/// Members of a server at a URL that a program does not have.
const OF_URLS: [&str; 5] =
    ["headers", "http_headers", "env_http_headers", "bearer_token_env_var", "oauth"];

/// The members of a server in a host's file, or `None` if the host takes no such servers there.
pub(crate) fn members(host: Host, name: &str, server: &Server) -> Option<Map<String, Value>> {
    let value = match (host, server) {
        (Host::Goose, Server::Program { command, args, .. }) => {
            json!({ "name": name, "type": "stdio", "cmd": command, "args": args })
        }
        (Host::Goose, Server::Http { url, .. }) => {
            json!({ "name": name, "type": "streamable_http", "uri": url })
        }
        (Host::ClaudeCode | Host::VsCode, Server::Program { command, args, .. }) => {
            json!({ "type": "stdio", "command": command, "args": args })
        }
        (Host::Zed, Server::Program { command, args, .. }) => {
            json!({ "source": "custom", "command": command, "args": args })
        }
        (_, Server::Program { command, args, .. }) => json!({ "command": command, "args": args }),
        (Host::ClaudeDesktop, Server::Http { .. }) => return None,
        (Host::ClaudeCode | Host::VsCode, Server::Http { url, .. }) => {
            json!({ "type": "http", "url": url })
        }
        (Host::Zed, Server::Http { url, .. }) => json!({ "source": "custom", "url": url }),
        (Host::Windsurf, Server::Http { url, .. }) => json!({ "serverUrl": url }),
        (Host::Gemini, Server::Http { url, .. }) => json!({ "url": url, "type": "http" }),
        (Host::Cursor | Host::Codex, Server::Http { url, .. }) => json!({ "url": url }),
    };
    let Value::Object(mut members) = value else { return None };
    let (name, pairs) = match server {
        Server::Program { env, .. } => (variables(host), env),
        Server::Http { headers, .. } => (self::headers(host), headers),
    };
    if !pairs.is_empty() {
        let pairs = pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        members.insert(name.to_owned(), Value::Object(pairs.collect()));
    }
    Some(members)
}

/// Member with the environment variables.
fn variables(host: Host) -> &'static str {
    if host == Host::Goose { "envs" } else { "env" }
}

/// Member with the headers.
fn headers(host: Host) -> &'static str {
    if host == Host::Codex { "http_headers" } else { "headers" }
}

/// Members that a host requires, with values that a user may have changed.
pub(crate) fn with_defaults(host: Host, mut members: Map<String, Value>) -> Map<String, Value> {
    if host == Host::Goose {
        for (name, value) in [
            ("description", json!("")),
            ("envs", json!({})),
            ("enabled", json!(true)),
            ("timeout", json!(300)),
        ] {
            members.entry(name).or_insert(value);
        }
    }
    members
}

/// The members of an entry that replaces another one: what is not given, such as `env`, stays, unless it
/// belongs to the other kind of server.
pub(crate) fn merged(old: &Value, new: Map<String, Value>) -> Map<String, Value> {
    let is_url = URLS.iter().any(|name| new.contains_key(*name));
    let stays = |name: &str| {
        let is_of_other =
            if is_url { OF_PROGRAMS.contains(&name) } else { OF_URLS.contains(&name) };
        let is_obsolete = URLS.contains(&name) || matches!(name, "type" | "source");
        // Goose has variables of both kinds; those of a program may be its secrets.
        let moves = is_url && name == "envs";
        !is_of_other && !moves && (new.contains_key(name) || !is_obsolete)
    };
    let old = old.as_object().into_iter().flatten();
    let mut members: Map<_, _> = old
        .filter(|(name, _)| stays(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    members.extend(new);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_entries_keep_what_is_not_given() {
        let program = Server::Program { command: "/w".into(), args: vec![], env: vec![] };
        let url = Server::Http { url: "http://x/".into(), headers: vec![] };
        for (host, old, server, expected) in [
            (
                Host::Cursor,
                json!({ "command": "/v", "args": ["a"], "env": { "K": "v" }, "disabled": true }),
                &program,
                json!({ "command": "/w", "args": [], "env": { "K": "v" }, "disabled": true }),
            ),
            (
                Host::Cursor,
                json!({ "command": "/v", "args": ["a"], "env": { "K": "v" }, "disabled": true }),
                &url,
                json!({ "disabled": true, "url": "http://x/" }),
            ),
            (
                Host::Gemini,
                json!({ "httpUrl": "http://old/", "headers": { "A": "b" }, "trust": false }),
                &url,
                json!({ "headers": { "A": "b" }, "trust": false, "url": "http://x/", "type": "http" }),
            ),
            (
                Host::Codex,
                json!({ "url": "http://old/", "bearer_token_env_var": "T", "enabled": false }),
                &program,
                json!({ "enabled": false, "command": "/w", "args": [] }),
            ),
            (
                Host::Zed,
                json!("odd"),
                &program,
                json!({ "source": "custom", "command": "/w", "args": [] }),
            ),
        ] {
            let new = members(host, "weather", server).unwrap();
            assert_eq!(Value::Object(merged(&old, new)), expected, "{host:?}");
        }
    }
}
