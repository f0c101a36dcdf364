//! Where hosts keep their files.

use std::path::{Path, PathBuf};

use super::{Host, Scope};
use crate::exit::Failure;

/// An operating system, as far as hosts distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Linux,
    MacOs,
    Windows,
}

/// Folders of a machine and of a user.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) platform: Platform,
    pub(crate) home: PathBuf,
    /// Settings of desktop programs: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
    pub(crate) config: PathBuf,
    /// `$CODEX_HOME`.
    pub(crate) codex: PathBuf,
    /// Folder of `.claude.json`: `$CLAUDE_CONFIG_DIR`, or the home directory.
    pub(crate) claude: PathBuf,
    pub(crate) project: PathBuf,
}

/// A file of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) host: Host,
    pub(crate) scope: Scope,
    pub(crate) path: PathBuf,
    /// Members that lead to the servers.
    pub(crate) keys: Vec<String>,
}

impl Places {
    /// The folders of this process.
    pub(crate) fn of_process() -> Result<Self, Failure> {
        let platform = match std::env::consts::OS {
            "macos" => Platform::MacOs,
            "windows" => Platform::Windows,
            _ => Platform::Linux,
        };
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let home = home.ok_or_else(|| {
            Failure::usage("the home directory is not known; set the environment variable `HOME`")
        })?;
        let project = std::env::current_dir().map_err(|error| {
            Failure::usage(format!("the current directory cannot be read: {error}"))
        })?;
        Ok(Self::new(platform, home, project, |name| std::env::var_os(name).map(PathBuf::from)))
    }

    /// The folders that environment variables give. Relative paths in them do not count.
    pub(crate) fn new(
        platform: Platform,
        home: PathBuf,
        project: PathBuf,
        variable: impl Fn(&str) -> Option<PathBuf>,
    ) -> Self {
        let variable = |name| variable(name).filter(|path| path.is_absolute());
        let config = match platform {
            Platform::Linux => variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            Platform::MacOs => home.join("Library/Application Support"),
            Platform::Windows => {
                variable("APPDATA").unwrap_or_else(|| home.join("AppData/Roaming"))
            }
        };
        let codex = variable("CODEX_HOME").unwrap_or_else(|| home.join(".codex"));
        let claude = variable("CLAUDE_CONFIG_DIR").unwrap_or_else(|| home.clone());
        Self { platform, home, config, codex, claude, project }
    }

    /// The file of a host, if it has the scope.
    pub(crate) fn location(&self, host: Host, scope: Scope) -> Option<Location> {
        let facts = host.facts();
        if !facts.scopes.contains(&scope) {
            return None;
        }
        let path = match scope {
            Scope::User | Scope::Local => self.user_file(host),
            Scope::Project => self.project_file(host),
        };
        let mut keys = vec![facts.member.to_owned()];
        if scope == Scope::Local {
            let project = self.project.to_string_lossy().into_owned();
            keys.splice(0..0, ["projects".to_owned(), project]);
        }
        Some(Location { host, scope, path, keys })
    }

    /// The files of a host, those that take precedence first.
    pub(crate) fn locations(&self, host: Host) -> impl Iterator<Item = Location> {
        let scopes = [Scope::Local, Scope::Project, Scope::User];
        scopes.into_iter().filter_map(move |scope| self.location(host, scope))
    }

    /// Returns `true` if the host has left traces on this machine.
    pub(crate) fn has(&self, host: Host) -> bool {
        let file = self.user_file(host);
        let trace = match host {
            Host::ClaudeCode => return file.exists() || self.home.join(".claude").is_dir(),
            Host::Goose if self.platform == Platform::Windows => file.ancestors().nth(2),
            // VS Code keeps its file in the folder of the profile.
            Host::VsCode => file.ancestors().nth(2),
            _ => file.parent(),
        };
        trace.is_some_and(Path::is_dir)
    }

    fn user_file(&self, host: Host) -> PathBuf {
        let (home, config) = (&self.home, &self.config);
        // Command line programs and Zed use `~/.config` on macOS, too.
        let dotted = match self.platform {
            Platform::MacOs => &home.join(".config"),
            Platform::Linux | Platform::Windows => config,
        };
        let is_windows = self.platform == Platform::Windows;
        match host {
            Host::ClaudeDesktop => config.join("Claude/claude_desktop_config.json"),
            Host::ClaudeCode => self.claude.join(".claude.json"),
            Host::Cursor => home.join(".cursor/mcp.json"),
            Host::VsCode => config.join("Code/User/mcp.json"),
            Host::Zed if is_windows => config.join("Zed/settings.json"),
            Host::Zed => dotted.join("zed/settings.json"),
            Host::Windsurf => home.join(".codeium/windsurf/mcp_config.json"),
            Host::Goose if is_windows => config.join("Block/goose/config/config.yaml"),
            Host::Goose => dotted.join("goose/config.yaml"),
            Host::Codex => self.codex.join("config.toml"),
            Host::Gemini => home.join(".gemini/settings.json"),
        }
    }

    fn project_file(&self, host: Host) -> PathBuf {
        self.project.join(match host {
            Host::ClaudeDesktop | Host::ClaudeCode | Host::Windsurf | Host::Goose => ".mcp.json",
            Host::Cursor => ".cursor/mcp.json",
            Host::VsCode => ".vscode/mcp.json",
            Host::Zed => ".zed/settings.json",
            Host::Codex => ".codex/config.toml",
            Host::Gemini => ".gemini/settings.json",
        })
    }

    /// A path as a user writes it: from the project, or from the home directory.
    pub(crate) fn shown(&self, path: &Path) -> String {
        if let Ok(rest) = path.strip_prefix(&self.project) {
            return rest.display().to_string();
        }
        match path.strip_prefix(&self.home) {
            Ok(rest) => Path::new("~").join(rest).display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(platform: Platform, variables: &[(&str, &str)]) -> Places {
        let variable = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| PathBuf::from(value))
        };
        Places::new(platform, "/home/me".into(), "/src/weather".into(), variable)
    }

    #[test]
    fn files_of_each_platform() {
        let linux = places(Platform::Linux, &[]);
        let mac = places(Platform::MacOs, &[]);
        let windows = places(Platform::Windows, &[("APPDATA", "/roaming")]);
        let support = "/home/me/Library/Application Support";
        for (host, on_linux, on_mac, on_windows) in [
            (
                Host::ClaudeDesktop,
                "/home/me/.config/Claude/claude_desktop_config.json",
                &*format!("{support}/Claude/claude_desktop_config.json"),
                "/roaming/Claude/claude_desktop_config.json",
            ),
            (
                Host::VsCode,
                "/home/me/.config/Code/User/mcp.json",
                &*format!("{support}/Code/User/mcp.json"),
                "/roaming/Code/User/mcp.json",
            ),
            (
                Host::Zed,
                "/home/me/.config/zed/settings.json",
                "/home/me/.config/zed/settings.json",
                "/roaming/Zed/settings.json",
            ),
            (
                Host::Goose,
                "/home/me/.config/goose/config.yaml",
                "/home/me/.config/goose/config.yaml",
                "/roaming/Block/goose/config/config.yaml",
            ),
        ] {
            for (places, expected) in [(&linux, on_linux), (&mac, on_mac), (&windows, on_windows)] {
                let location = places.location(host, Scope::User).unwrap();
                assert_eq!(location.path, Path::new(expected), "{host:?} {:?}", places.platform);
            }
        }
        for (host, expected) in [
            (Host::ClaudeCode, ".claude.json"),
            (Host::Cursor, ".cursor/mcp.json"),
            (Host::Windsurf, ".codeium/windsurf/mcp_config.json"),
            (Host::Codex, ".codex/config.toml"),
            (Host::Gemini, ".gemini/settings.json"),
        ] {
            for places in [&linux, &mac, &windows] {
                let location = places.location(host, Scope::User).unwrap();
                assert_eq!(location.path, Path::new("/home/me").join(expected));
            }
        }
    }

    #[test]
    fn variables_move_files() {
        let moved = places(
            Platform::Linux,
            &[("XDG_CONFIG_HOME", "/xdg"), ("CODEX_HOME", "/codex"), ("CLAUDE_CONFIG_DIR", "here")],
        );
        let path = |host| moved.location(host, Scope::User).unwrap().path;
        assert_eq!(path(Host::Zed), Path::new("/xdg/zed/settings.json"));
        assert_eq!(path(Host::Codex), Path::new("/codex/config.toml"));
        assert_eq!(path(Host::ClaudeCode), Path::new("/home/me/.claude.json"), "relative");
    }

    #[test]
    fn scopes_lead_to_other_files_and_members() {
        let places = places(Platform::Linux, &[]);
        let location = places.location(Host::ClaudeCode, Scope::Local).unwrap();
        assert_eq!(location.path, Path::new("/home/me/.claude.json"));
        assert_eq!(location.keys, ["projects", "/src/weather", "mcpServers"]);
        let location = places.location(Host::VsCode, Scope::Project).unwrap();
        assert_eq!(location.path, Path::new("/src/weather/.vscode/mcp.json"));
        assert_eq!(location.keys, ["servers"]);
        assert_eq!(places.location(Host::Windsurf, Scope::Project), None);
        assert_eq!(places.location(Host::Cursor, Scope::Local), None);
    }
}
