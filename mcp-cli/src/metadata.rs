//! `[package.metadata.mcp]` of a `Cargo.toml`: what bundles and the registry need beside the metadata of
//! Cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::exit::Failure;

/// The table `[package.metadata.mcp]`.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct McpMetadata {
    /// Name in the registry, such as `io.github.you/weather`.
    pub(crate) name: Option<String>,
    /// Name for people.
    pub(crate) title: Option<String>,
    /// Description for hosts and the registry, instead of that of the package.
    pub(crate) description: Option<String>,
    /// PNG of the bundle, relative to `Cargo.toml`.
    pub(crate) icon: Option<PathBuf>,
    /// Environment variables of the server.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Variable>,
}

/// Environment variable of a server.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "VariableTable")]
pub(crate) struct Variable {
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) required: bool,
    pub(crate) secret: bool,
    pub(crate) default: Option<String>,
}

/// A variable as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableTable {
    title: Option<String>,
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    secret: bool,
    default: Option<String>,
}

impl TryFrom<VariableTable> for Variable {
    type Error = &'static str;

    fn try_from(table: VariableTable) -> Result<Self, Self::Error> {
        let VariableTable { title, description, required, secret, default } = table;
        if description.trim().is_empty() {
            return Err("the `description` of a variable is empty; users see it");
        }
        if secret && default.is_some() {
            return Err("a variable that is `secret` has no `default`: the file is published");
        }
        Ok(Self { title, description, required, secret, default })
    }
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    package: Package,
}

#[derive(Default, Deserialize)]
struct Package {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    mcp: McpMetadata,
}

/// Reads the table of a `Cargo.toml`; an absent one is empty.
pub(crate) fn read(path: &Path) -> Result<McpMetadata, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))?;
    parse(&text).map_err(|(line, problem)| {
        Failure::usage(format!("`{}`, line {line}: {problem}", path.display()))
            .note(
                "expected in `[package.metadata.mcp]`: `name`, `title`, `description`, `icon`, and",
            )
            .note("`env = { NAME = { description = \"…\", required = true, secret = true } }`")
    })
}

/// The table in a text, or the line and the reason of a mistake.
fn parse(text: &str) -> Result<McpMetadata, (usize, String)> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        (line_of(text, start), error.message().to_owned())
    })?;
    let metadata = manifest.package.metadata.mcp;
    match metadata.env.keys().find(|name| !is_variable(name)) {
        Some(name) => {
            let start = position(text, name);
            let problem = format!("`{}` cannot be an environment variable", name.escape_debug());
            Err((line_of(text, start), problem))
        }
        None => {
            // Hosts have one value for names that differ in case only.
            let mut seen = BTreeSet::new();
            match metadata.env.keys().find(|name| !seen.insert(name.to_ascii_lowercase())) {
                Some(name) => {
                    let problem = format!("`{name}` differs from another variable in case only");
                    Err((line_of(text, position(text, name)), problem))
                }
                None => Ok(metadata),
            }
        }
    }
}

/// Position of a name in the table.
fn position(text: &str, name: &str) -> usize {
    let table = text.find("metadata.mcp").unwrap_or_default();
    text[table..].find(name).map_or(table, |distance| table + distance)
}

fn line_of(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}

fn is_variable(name: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    !name.starts_with(|it: char| it.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "[package]\nname = \"weather\"\nmetadata.other = 1\n\n[package.metadata.mcp]\n";

    #[test]
    fn variables_are_read() {
        let text = format!(
            "{HEAD}title = \"Weather\"\n[package.metadata.mcp.env.API_KEY]\ndescription = \"A key\"\nsecret = true\n"
        );
        let metadata = parse(&text).unwrap();
        let key = Variable {
            title: None,
            description: "A key".into(),
            required: false,
            secret: true,
            default: None,
        };
        assert_eq!(metadata.title.as_deref(), Some("Weather"));
        assert_eq!(metadata.env.into_iter().collect::<Vec<_>>(), [("API_KEY".to_owned(), key)]);
        assert_eq!(parse("[package]\nname = \"a\"\n"), Ok(McpMetadata::default()));
        assert_eq!(parse("[workspace]\n"), Ok(McpMetadata::default()));
    }

    #[test]
    fn mistakes_have_their_line() {
        for (line, problem) in [
            ("colour = 1", "unknown field `colour`"),
            ("icon = 1", "invalid type: integer `1`"),
            ("env = { KEY = { secret = true } }", "missing field `description`"),
            ("env = { KEY = { description = \"A\", secrett = true } }", "unknown field `secrett`"),
            ("env = { KEY = { description = \" \" } }", "the `description` of a variable is empty"),
            (
                "env = { KEY = { description = \"A\", secret = true, default = \"x\" } }",
                "a variable that is `secret` has no `default`",
            ),
            ("env = { \"A KEY\" = { description = \"A\" } }", "`A KEY` cannot be"),
        ] {
            let (number, message) = parse(&format!("{HEAD}\n{line}\n")).unwrap_err();
            assert!(message.starts_with(problem), "{line}: {message}");
            assert_eq!(number, 7, "{line}: {message}");
        }
    }
}
