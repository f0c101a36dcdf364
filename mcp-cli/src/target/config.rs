//! Servers in the configuration of a host, such as `mcp.json`.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use super::several::Several;
use super::{HttpServer, Program, Target};
use crate::exit::Failure;
use crate::hosts::document::Format;
use crate::hosts::expand::expanded;
use crate::hosts::{env_file, file};
use crate::input::did_you_mean;
use crate::output::flat;

/// Members that hold the servers, of different hosts.
const SERVERS: [&str; 5] =
    ["mcpServers", "servers", "context_servers", "mcp_servers", "extensions"];

type Pairs = Vec<(String, String)>;

/// The server with a name in a file.
pub(super) fn server(path: &Path, name: &str) -> Result<Target, Failure> {
    let shown = path.display();
    let servers = entries(path)?;
    let entry = servers.get(name).ok_or_else(|| {
        let names: Vec<_> = servers.keys().map(|name| format!("`{}`", flat(name))).collect();
        let hint = did_you_mean(name, servers.keys().map(String::as_str));
        Failure::usage(format!("`{shown}` has no server `{name}`{hint}"))
            .note(format!("it has {}", names.join(", ")))
    })?;
    usable(entry, name, &shown)
}

/// All servers of a file.
pub(super) fn servers(path: &Path) -> Result<Several, Failure> {
    let shown = path.display().to_string();
    let mut several = Several::new(format!("{shown}#"), shown.clone());
    for (name, entry) in entries(path)? {
        // Goose has extensions that are no servers.
        let is_other = entry["type"] == "builtin" || entry["type"] == "platform";
        if !is_other {
            several.add(&name, &entry, usable(&entry, &name, &shown));
        }
    }
    several.checked()
}

/// The entries of a file, by their names.
fn entries(path: &Path) -> Result<Map<String, Value>, Failure> {
    let shown = path.display();
    let text = file::read(path)?
        .ok_or_else(|| Failure::usage(format!("cannot read `{shown}`: there is no such file")))?;
    let document =
        Format::of_path(path).read(&text).map_err(|fault| file::invalid(path, &fault))?;
    let servers = SERVERS.iter().find_map(|member| document.get(member)?.as_object());
    servers.cloned().ok_or_else(|| {
        Failure::usage(format!("`{shown}` has no servers")).note("expected the member `mcpServers`")
    })
}

/// The server of an entry, whose name and file are for messages.
pub(super) fn usable(
    entry: &Value,
    name: &str,
    file: &dyn fmt::Display,
) -> Result<Target, Failure> {
    read(entry).map_err(|problem| {
        Failure::usage(format!("the server `{name}` of `{file}` cannot be used: {problem}"))
    })
}

/// Returns `true` for an entry that its host does not start.
pub(super) fn is_disabled(entry: &Value) -> bool {
    entry["disabled"] == true || entry["enabled"] == false
}

/// The server of an entry, with the values of the environment variables that it refers to.
fn read(entry: &Value) -> Result<Target, String> {
    // Zed had the program in an object once.
    let entry = if entry["command"].is_object() {
        let mut entry = entry["command"].clone();
        entry["command"] = entry["path"].clone();
        &entry.clone()
    } else {
        entry
    };
    let first = |names: &[&str]| names.iter().find_map(|name| entry[*name].as_str());
    if let Some(program) = first(&["command", "cmd"]) {
        let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let arguments = arguments.map(|it| Ok(value(it)?.into())).collect::<Result<_, String>>()?;
        let mut env = match entry["envFile"].as_str() {
            Some(path) => variables(&value(path)?)?,
            None => Pairs::new(),
        };
        env.extend(pairs(entry, &["env", "envs"])?);
        let cwd = entry["cwd"].as_str().map(value).transpose()?.map(Into::into);
        let program = value(program)?.into();
        return Ok(Target::Program(Program { program, arguments, env, cwd }));
    }
    let url =
        first(&["httpUrl", "url", "serverUrl", "uri"]).ok_or("expected `command` or `url`")?;
    let mut headers = pairs(entry, &["headers", "http_headers"])?;
    for (header, name) in entry["env_http_headers"].as_object().into_iter().flatten() {
        if let Some(name) = name.as_str() {
            headers.push((header.clone(), variable(name).ok_or_else(|| not_set(name))?));
        }
    }
    if let Some(name) = entry["bearer_token_env_var"].as_str() {
        let token = variable(name).ok_or_else(|| not_set(name))?;
        headers.push(("Authorization".into(), format!("Bearer {token}")));
    }
    Ok(Target::Http(HttpServer { url: value(url)?, headers }))
}

fn pairs(entry: &Value, members: &[&str]) -> Result<Pairs, String> {
    let all = members.iter().filter_map(|member| entry[*member].as_object()).flatten();
    let texts = all.filter_map(|(name, text)| Some((name, text.as_str()?)));
    texts.map(|(name, text)| Ok((name.clone(), value(text)?))).collect()
}

fn variables(path: &str) -> Result<Pairs, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read `envFile` `{path}`: {error}"))?;
    env_file::variables(&text).map_err(|problem| format!("`{path}`: {problem}"))
}

fn value(text: &str) -> Result<String, String> {
    expanded(text, &variable)
}

fn variable(name: &str) -> Option<String> {
    let path = match name {
        "userHome" => std::env::home_dir(),
        "workspaceFolder" => std::env::current_dir().ok(),
        name => return std::env::var(name).ok(),
    };
    path?.into_os_string().into_string().ok()
}

fn not_set(name: &str) -> String {
    format!("the environment variable `{name}` is not set")
}
