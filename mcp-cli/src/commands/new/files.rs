//! Files of a new package.

use std::path::Path;

use super::{Template, Transport};

const MANIFEST: &str = include_str!("../../../templates/manifest.toml");
const README: &str = include_str!("../../../templates/README.md");
const GITIGNORE: &str = include_str!("../../../templates/gitignore");
const MINIMAL: &str = include_str!("../../../templates/minimal/main.rs");
const FULL: &str = include_str!("../../../templates/full/main.rs");
const APPS: &str = include_str!("../../../templates/apps/main.rs");
const APPS_PAGE: &str = include_str!("../../../templates/apps/page.html");
const HTTP: &str = include_str!("../../../templates/http/main.rs");
const DOCKERFILE: &str = include_str!("../../../templates/http/Dockerfile");

/// Line of the templates that serves.
const RUN: &str = "    Ok(server().run().await?)\n";

/// Lines in their place in a server that is reached over HTTP only.
const SERVE_HTTP: &str = "    \
    let address = std::env::var(\"ADDRESS\").unwrap_or_else(|_| \"127.0.0.1:8000\".to_owned());
    eprintln!(\"http://{address}/mcp\");
    Ok(server().serve_http(address).await?)
";

const COMMANDS: &str = "cargo mcp call forecast city=Paris";
const INSTALL: &str = "\ncargo mcp install claude-code --release";
const EXPLANATION: &str = "The first command builds the server and calls its tool. The second one adds it \
                           to a host.\n`cargo mcp dev` rebuilds on every change while hosts stay connected.";

const HTTP_COMMANDS: &str = "cargo run
cargo mcp call forecast city=Paris --target http://127.0.0.1:8000/mcp";
const HTTP_EXPLANATION: &str = "The first command serves until Ctrl-C; the environment variable `ADDRESS` \
                                changes its address.\nThe second one, in another terminal, calls the tool.";

const APPS_EXPLANATION: &str =
    "Hosts with MCP Apps show the page `src/page.html` for the result of the tool.";

/// A package to be made.
pub(super) struct Package<'a> {
    pub(super) name: &'a str,
    pub(super) template: Template,
    pub(super) transport: Transport,
    pub(super) runtime_path: Option<&'a Path>,
    pub(super) is_in_workspace: bool,
}

impl Package<'_> {
    /// Paths and texts of the files.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let mut files = vec![
            (".gitignore", GITIGNORE.to_owned()),
            ("Cargo.toml", self.manifest()),
            ("README.md", self.readme()),
            ("src/main.rs", self.main()),
        ];
        if self.template == Template::Apps {
            files.push(("src/page.html", APPS_PAGE.to_owned()));
        }
        // The `Dockerfile` starts the server with `--http`.
        if self.template == Template::Http && self.transport != Transport::Stdio {
            files.insert(2, ("Dockerfile", self.dockerfile()));
        }
        files
    }

    /// Commands that call the tool, one a line.
    pub(super) fn commands(&self) -> &'static str {
        match self.transport {
            Transport::Http => HTTP_COMMANDS,
            Transport::Stdio | Transport::Both => COMMANDS,
        }
    }

    fn readme(&self) -> String {
        let (more, explanation) = match self.transport {
            Transport::Http => ("", HTTP_EXPLANATION),
            Transport::Stdio | Transport::Both => (INSTALL, EXPLANATION),
        };
        let commands = format!("{}{more}", self.commands());
        let explanation = match self.template {
            Template::Apps => format!("{explanation}\n{APPS_EXPLANATION}"),
            Template::Minimal | Template::Full | Template::Http => explanation.to_owned(),
        };
        self.named(README).replace("COMMANDS", &commands).replace("EXPLANATION", &explanation)
    }

    fn named(&self, text: &str) -> String {
        text.replace("SERVER_NAME", self.name)
    }

    fn manifest(&self) -> String {
        let source = match self.runtime_path {
            Some(path) => format!("path = {}", toml_string(&path.to_string_lossy())),
            None => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
        };
        let features = match self.transport {
            Transport::Stdio => ", default-features = false",
            Transport::Http | Transport::Both => "",
        };
        let runtime = format!("{{ {source}{features} }}");
        let tested = format!("{{ {source}{features}, features = [\"testing\"] }}");
        // `TESTED_RUNTIME` contains the other placeholder.
        let mut text = self.named(MANIFEST);
        text =
            text.replace("TESTED_RUNTIME", &tested).replace("= RUNTIME", &format!("= {runtime}"));
        if self.is_in_workspace {
            text.push_str("\n# This package is none of the workspace around it.\n[workspace]\n");
        }
        text
    }

    fn main(&self) -> String {
        let text = match self.template {
            Template::Minimal => MINIMAL,
            Template::Full => FULL,
            Template::Http => HTTP,
            Template::Apps => APPS,
        };
        match self.transport {
            Transport::Http => text.replace(RUN, SERVE_HTTP),
            Transport::Stdio | Transport::Both => text.to_owned(),
        }
    }

    fn dockerfile(&self) -> String {
        let text = self.named(DOCKERFILE);
        match self.transport {
            Transport::Http => {
                let command = format!("CMD [\"{}\", \"--http\", \"0.0.0.0:8000\"]", self.name);
                let own = format!("ENV ADDRESS=0.0.0.0:8000\nCMD [\"{}\"]", self.name);
                text.replace(&command, &own)
            }
            Transport::Stdio | Transport::Both => text,
        }
    }
}

/// A string of TOML. Its escapes are those of JSON.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn each_template_has_the_line_that_serves() {
        for template in [MINIMAL, FULL, HTTP, APPS] {
            assert_eq!(template.matches(RUN).count(), 1);
        }
    }

    #[test]
    fn no_placeholder_is_left() {
        for template in Template::value_variants().iter().copied() {
            for transport in Transport::value_variants().iter().copied() {
                let path = Path::new(r#"C:\my "crates"\mcp-runtime"#);
                let package = Package {
                    name: "weather",
                    template,
                    transport,
                    runtime_path: Some(path),
                    is_in_workspace: false,
                };
                for (file, text) in package.files() {
                    for placeholder in ["SERVER_NAME", "RUNTIME", "COMMANDS", "EXPLANATION"] {
                        assert!(!text.contains(placeholder), "{file}: {text}");
                    }
                }
            }
        }
    }
}
