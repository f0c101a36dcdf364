//! Programs that use servers, such as Claude Desktop or Cursor, and their configuration files.

pub(crate) mod document;
pub(crate) mod entry;
pub(crate) mod env_file;
pub(crate) mod expand;
pub(crate) mod file;
pub(crate) mod found;
pub(crate) mod places;
pub(crate) mod secrets;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use self::document::Format;

/// A program that uses servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Host {
    ClaudeDesktop,
    ClaudeCode,
    Cursor,
    #[value(name = "vscode")]
    VsCode,
    Zed,
    Windsurf,
    Goose,
    Codex,
    Gemini,
}

/// Range of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scope {
    /// All projects of this user
    User,
    /// All users of this project
    Project,
    /// This user in this project
    Local,
}

/// Facts about a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// Member that holds the servers.
    pub(crate) member: &'static str,
    pub(crate) format: Format,
    /// The scopes that the host has; the first is the default.
    pub(crate) scopes: &'static [Scope],
}

impl Host {
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    pub(crate) fn facts(self) -> Facts {
        use Scope::{Local, Project, User};
        let (id, title, member, format, scopes): (_, _, _, _, &[Scope]) = match self {
            Self::ClaudeDesktop => {
                ("claude-desktop", "Claude Desktop", "mcpServers", Format::Json, &[User])
            }
            Self::ClaudeCode => {
                let scopes = &[Project, User, Local];
                ("claude-code", "Claude Code", "mcpServers", Format::Json, scopes)
            }
            Self::Cursor => ("cursor", "Cursor", "mcpServers", Format::Json, &[User, Project]),
            Self::VsCode => ("vscode", "VS Code", "servers", Format::Json, &[User, Project]),
            Self::Zed => ("zed", "Zed", "context_servers", Format::Json, &[User, Project]),
            Self::Windsurf => ("windsurf", "Windsurf", "mcpServers", Format::Json, &[User]),
            Self::Goose => ("goose", "Goose", "extensions", Format::Yaml, &[User]),
            Self::Codex => ("codex", "Codex CLI", "mcp_servers", Format::Toml, &[User, Project]),
            Self::Gemini => ("gemini", "Gemini CLI", "mcpServers", Format::Json, &[User, Project]),
        };
        Facts { id, title, member, format, scopes }
    }

    /// The host with an id.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        Self::all().iter().copied().find(|host| host.facts().id == id)
    }

    /// Parser for the id of a host, or for a word that stands beside the hosts, which is `None`. Help and completions
    /// contain all of them.
    pub(crate) fn parser_with(word: &'static str) -> impl TypedValueParser<Value = Option<Self>> {
        let ids = Self::all().iter().map(|host| host.facts().id);
        PossibleValuesParser::new(ids.chain([word])).map(|text| Self::parse(&text))
    }
}

impl Scope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
        }
    }
}

/// Advice to the user after a change of a host's file.
pub(crate) fn advice(host: Host, scope: Scope) -> Option<&'static str> {
    match (host, scope) {
        (Host::ClaudeDesktop, _) => Some("quit Claude Desktop completely and start it again"),
        (Host::ClaudeCode, Scope::Project) => {
            Some("Claude Code asks for approval of a project's servers (`/mcp`)")
        }
        (Host::Codex, Scope::Project) => Some("Codex CLI reads this file in trusted projects only"),
        (Host::Gemini, Scope::Project) => {
            Some("Gemini CLI reads this file in trusted folders only")
        }
        _ => None,
    }
}
