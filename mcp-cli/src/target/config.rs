//! Servers in the configuration of a host, such as `mcp.json`.

use std::path::Path;

use serde_json::Value;

use super::{HttpServer, Program, Target};
use crate::exit::Failure;

/// Members that hold the servers, of different hosts.
const SERVERS: [&str; 3] = ["mcpServers", "servers", "context_servers"];

/// The server with a name in a file.
pub(super) fn server(path: &Path, name: &str) -> Result<Target, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("`{shown}` is not JSON: {error}")))?;
    let servers = SERVERS.iter().find_map(|member| document.get(member)?.as_object());
    let servers = servers.ok_or_else(|| {
        Failure::usage(format!("`{shown}` has no servers")).note("expected the member `mcpServers`")
    })?;
    let entry = servers.get(name).ok_or_else(|| {
        let names: Vec<_> = servers.keys().map(|name| format!("`{name}`")).collect();
        Failure::usage(format!("`{shown}` has no server `{name}`"))
            .note(format!("it has {}", names.join(", ")))
    })?;
    read(entry).ok_or_else(|| {
        Failure::usage(format!("the server `{name}` of `{shown}` cannot be read"))
            .note("expected `command` or `url`")
    })
}

fn read(entry: &Value) -> Option<Target> {
    let pairs = |member: &str| -> Vec<(String, String)> {
        let members = entry[member].as_object().into_iter().flatten();
        members
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    };
    if let Some(program) = entry["command"].as_str() {
        let arguments = entry["args"].as_array().into_iter().flatten();
        let arguments = arguments.filter_map(Value::as_str).map(Into::into).collect();
        let cwd = entry["cwd"].as_str().map(Into::into);
        let program = Program { program: program.into(), arguments, env: pairs("env"), cwd };
        return Some(Target::Program(program));
    }
    let url = entry["url"].as_str().or(entry["serverUrl"].as_str()).or(entry["httpUrl"].as_str())?;
    Some(Target::Http(HttpServer { url: url.to_owned(), headers: pairs("headers") }))
}
