//! `manifest.json` of a bundle, version 0.3:
//! [format](https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md).

use std::collections::BTreeMap;

use cargo_metadata::Package;
use mcp_runtime::client::Client;
use mcp_runtime::protocol::{Content, Prompt, PromptArgument, Role};
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompts: Vec<PromptText>,
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
struct PromptText {
    #[serde(flatten)]
    component: Component,
    arguments: Vec<String>,
    text: String,
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
        let missing = |name: &str, line: &str| {
            Failure::usage(format!("`{}` has no `{name}`", package.manifest_path))
                .note(format!("hosts show it; write below `[package]`: {line}"))
        };
        let description = metadata.description.as_ref().or(package.description.as_ref());
        let description = description.map(|text| text.trim()).unwrap_or_default();
        if description.is_empty() {
            return Err(missing("description", "description = \"Weather forecasts\""));
        }
        let author = package
            .authors
            .iter()
            .find_map(|it| author(it))
            .ok_or_else(|| missing("authors", "authors = [\"Your Name <you@example.com>\"]"))?;
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
            prompts: Vec::new(),
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
        for prompt in listing.prompts.into_iter().flatten() {
            // The format requires the text of each prompt that it lists; others are listed at run time.
            match rendered(client, &prompt).await {
                Some(rendered) => self.prompts.push(rendered),
                None => self.prompts_generated = true,
            }
        }
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

    /// Components in words, such as `3 tools, 1 prompt`.
    pub(super) fn counts(&self) -> String {
        let counted = |count: usize, name: &str| match count {
            1 => format!("1 {name}"),
            count => format!("{count} {name}s"),
        };
        let (tools, prompts) = (counted(self.tools.len(), "tool"), self.prompts.len());
        if prompts == 0 { tools } else { format!("{tools}, {}", counted(prompts, "prompt")) }
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

/// A prompt whose arguments are references, if it has text only. Where optional arguments accept no text, it
/// is rendered without them.
async fn rendered(client: &Client, prompt: &Prompt) -> Option<PromptText> {
    let all = prompt.arguments.iter();
    let required = all.clone().filter(|argument| argument.required == Some(true));
    let names = |argument: &PromptArgument| argument.name.to_string();
    for arguments in [all.map(names).collect::<Vec<_>>(), required.map(names).collect()] {
        if let Some(text) = text(client, &prompt.name, &arguments).await {
            let (name, description) = (prompt.name.to_string(), prompt.description.clone());
            let component = Component { name, description };
            return Some(PromptText { component, arguments, text });
        }
    }
    None
}

async fn text(client: &Client, prompt: &str, names: &[String]) -> Option<String> {
    let arguments = names.iter().map(|name| (name.clone(), format!("${{arguments.{name}}}")));
    let arguments: BTreeMap<_, _> = arguments.collect();
    let result = client.prompt(prompt, arguments).await.ok()?;
    let texts = result.messages.iter().map(|message| match &message.content {
        Content::Text(text) if message.role == Role::User => Some(text.text.clone()),
        _ => None,
    });
    Some(texts.collect::<Option<Vec<_>>>()?.join("\n\n"))
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
