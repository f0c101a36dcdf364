//! `manifest.json` of a bundle, version 0.3:
//! [format](https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md).

use std::collections::BTreeMap;

use cargo_metadata::Package;
use mcp_runtime::client::Client;
use serde::Serialize;

use super::platform::Platform;
use crate::commands::list::Listing;
use crate::exit::Failure;
use crate::metadata::{McpMetadata, Variable};

/// Manifest of a bundle. Without an absent member, which the format refuses as `null`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Manifest {
    manifest_version: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    version: String,
    description: String,
    author: Author,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<Repository>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'static str>,
    server: Server,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Component>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prompts_generated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    compatibility: Compatibility,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    user_config: BTreeMap<String, UserValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Author {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Repository {
    r#type: &'static str,
    url: String,
}

#[derive(Clone, Debug, Serialize)]
struct Server {
    r#type: &'static str,
    entry_point: String,
    mcp_config: Config,
}

#[derive(Clone, Debug, Serialize)]
struct Config {
    command: String,
    args: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize)]
struct Component {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Compatibility {
    platforms: Vec<&'static str>,
}

/// A value that the host asks its user for.
#[derive(Clone, Debug, Serialize)]
struct UserValue {
    r#type: &'static str,
    title: String,
    description: String,
    required: bool,
    sensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// Path of the icon in a bundle.
pub(super) const ICON: &str = "icon.png";

impl Manifest {
    /// The manifest of a package, still without program and components.
    pub(super) fn of_package(
        package: &Package,
        metadata: &McpMetadata,
        arguments: &[String],
    ) -> Result<Self, Failure> {
        let description = metadata.description.as_ref().or(package.description.as_ref());
        let description = description.map(|text| text.trim()).unwrap_or_default();
        let author = package.authors.iter().find_map(|it| author(it));
        let lines = [
            ("description", "description = \"Weather forecasts\"", !description.is_empty()),
            ("authors", "authors = [\"Your Name <you@example.com>\"]", author.is_some()),
        ];
        let missing: Vec<_> = lines.iter().filter(|(.., is_there)| !is_there).collect();
        let Some(author) = author.filter(|_| missing.is_empty()) else {
            let names: Vec<_> = missing.iter().map(|(name, ..)| format!("`{name}`")).collect();
            let message = format!("`{}` has no {}", package.manifest_path, names.join(" and no "));
            let failure = Failure::usage(message).note("hosts show them; write below `[package]`:");
            return Err(missing
                .iter()
                .fold(failure, |it, (_, line, _)| it.note(format!("  {line}"))));
        };
        let variables = metadata.env.iter();
        let repository = web_address(package.repository.as_deref());
        Ok(Self {
            manifest_version: "0.3",
            name: package.name.to_string(),
            display_name: metadata.title.clone(),
            version: package.version.to_string(),
            description: description.to_owned(),
            author,
            repository: repository.map(|url| Repository { r#type: "git", url }),
            homepage: web_address(package.homepage.as_deref()),
            documentation: web_address(package.documentation.as_deref()),
            icon: metadata.icon.is_some().then_some(ICON),
            server: Server {
                r#type: "binary",
                entry_point: String::new(),
                mcp_config: Config {
                    command: String::new(),
                    args: arguments.to_vec(),
                    env: variables
                        .clone()
                        .map(|(name, _)| (name.clone(), reference(name)))
                        .collect(),
                },
            },
            tools: Vec::new(),
            prompts_generated: false,
            keywords: package.keywords.clone(),
            license: package.license.clone(),
            compatibility: Compatibility { platforms: Vec::new() },
            user_config: variables.map(|(name, it)| (key(name), UserValue::of(name, it))).collect(),
        })
    }

    /// Adds the components of a running server.
    pub(super) async fn add_components(&mut self, client: &Client) -> Result<(), Failure> {
        let listing = Listing::all(client).await?;
        for tool in listing.tools.into_iter().flatten() {
            self.tools
                .push(Component { name: tool.name.to_string(), description: tool.description });
        }
        // The format requires the text of each prompt that it lists. A text that is made here may have what
        // was read here, such as a date or a file, so hosts get all prompts from the running server.
        self.prompts_generated = listing.prompts.is_some_and(|prompts| !prompts.is_empty());
        Ok(())
    }

    /// The manifest for a platform, with the name of the program.
    pub(super) fn with_program(&self, name: &str, platform: Platform) -> Self {
        let mut manifest = self.clone();
        let path = format!("server/{name}{}", platform.suffix());
        manifest.server.mcp_config.command = format!("${{__dirname}}/{path}");
        manifest.server.entry_point = path;
        manifest.compatibility.platforms = vec![platform.word()];
        manifest
    }

    /// Path of the program in the bundle.
    pub(super) fn entry_point(&self) -> &str {
        &self.server.entry_point
    }

    /// Components in words, such as `3 tools, prompts`.
    pub(super) fn counts(&self) -> String {
        let tools = match self.tools.len() {
            1 => "1 tool".to_owned(),
            count => format!("{count} tools"),
        };
        if self.prompts_generated { format!("{tools}, prompts") } else { tools }
    }
}

impl UserValue {
    fn of(name: &str, variable: &Variable) -> Self {
        let Variable { title, description, required, secret, default } = variable.clone();
        // A host leaves the reference to a value that is not given as it is, which the server would read.
        let default = default.or_else(|| (!required).then(String::new));
        Self {
            r#type: "string",
            title: title.unwrap_or_else(|| name.to_owned()),
            description,
            required,
            sensitive: secret,
            default,
        }
    }
}

/// Name of the value of a variable.
fn key(variable: &str) -> String {
    variable.to_ascii_lowercase()
}

fn reference(variable: &str) -> String {
    format!("${{user_config.{}}}", key(variable))
}

/// Name and address of an entry of `authors`, such as `Ann <ann@example.com>`.
fn author(text: &str) -> Option<Author> {
    let (name, rest) = text.split_once('<').unwrap_or((text, ""));
    let email = rest.trim_end().strip_suffix('>').map(str::trim);
    // The format refuses an address that is none.
    let email = email.filter(|email| is_email(email)).map(str::to_owned);
    let name = Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    Some(Author { name: name.or_else(|| email.clone())?, email })
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_allowed = |it: char| it.is_ascii_alphanumeric() || "._+-".contains(it);
        !part.is_empty() && part.chars().all(is_allowed) && !part.contains("..")
    };
    text.split_once('@').is_some_and(|(user, host)| {
        let domain = host.rsplit_once('.').is_some_and(|(_, it)| it.len() > 1);
        is_part(user) && is_part(host) && domain && !host.contains(['_', '+'])
    })
}

/// An address that the format accepts, if this is one.
fn web_address(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let rest = text.strip_prefix("https://").or(text.strip_prefix("http://"))?;
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_read() {
        for (text, name, email) in [
            ("Ann <ann@example.com>", "Ann", Some("ann@example.com")),
            ("Ann", "Ann", None),
            ("<ann@example.com>", "ann@example.com", Some("ann@example.com")),
            ("Ann <ann at example>", "Ann", None),
        ] {
            let expected = Author { name: name.into(), email: email.map(str::to_owned) };
            assert_eq!(author(text), Some(expected));
        }
        assert_eq!(author(" <> "), None);
    }

    #[test]
    fn only_addresses_of_the_web_are_kept() {
        let kept = web_address(Some("https://example.com/a"));
        assert_eq!(kept.as_deref(), Some("https://example.com/a"));
        for text in [None, Some("git@example.com:a"), Some("https://"), Some("https://a b")] {
            assert_eq!(web_address(text), None);
        }
    }
}
