//! `install`, `uninstall`, `config` and `discover`, with files of all hosts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Run, example, program};

/// Folders of a user, and a `cargo` that has built the server already.
struct Machine {
    folder: TempDir,
}

/// The messages of `cargo build`, as far as they are read.
const CARGO: &str = r#"#!/bin/sh
case " $* " in *" --release "*) profile=release ;; *) profile=debug ;; esac
echo '{"reason":"compiler-artifact","package_id":"weather","manifest_path":"/opt/weather/Cargo.toml","target":{"kind":["bin"],"crate_types":["bin"],"name":"weather","src_path":"/opt/weather/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":[],"executable":"/opt/weather/target/'$profile'/weather","fresh":true}'
"#;

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self { folder };
        fs::create_dir_all(machine.home()).unwrap();
        fs::create_dir_all(machine.project()).unwrap();
        let cargo = machine.path("cargo");
        fs::write(&cargo, CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    fn project(&self) -> PathBuf {
        self.path("project")
    }

    /// The path of a file, where `CONFIG` and `PROJECT` stand for folders.
    fn file(&self, path: &str) -> PathBuf {
        let config = match cfg!(target_os = "macos") {
            true => self.home().join("Library/Application Support"),
            false => self.home().join(".config"),
        };
        match path.split_once('/') {
            Some(("CONFIG", rest)) => config.join(rest),
            Some(("PROJECT", rest)) => self.project().join(rest),
            _ => self.home().join(path),
        }
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.file(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        for name in ["XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR"] {
            command.env_remove(name);
        }
        command.env("HOME", self.home()).env("CARGO", self.path("cargo"));
        command.current_dir(self.project()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of_command(&mut self.command(arguments))
    }

    /// All files, with their content.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push((path.clone(), fs::read(path).unwrap())),
                }
            }
        }
        found.sort();
        found
    }
}

/// A fixture, for which `PROJECT` stands for the project's folder.
fn fixture(case: &str, name: &str, machine: &Machine) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/hosts").join(case);
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(text.replace("PROJECT", machine.project().to_str().unwrap()))
}

const STDIO: &[&str] = &["--env", "API_KEY=s3cret", "--", "--units", "metric"];
const URL: &[&str] = &[
    "--name",
    "docs",
    "--url",
    "https://example.com/mcp",
    "--header",
    "Authorization: Bearer s3cret",
];

/// Name of the fixture, host, file, further arguments, and whether `uninstall` restores every byte.
const CASES: [(&str, &str, &str, &[&str], bool); 15] = [
    ("claude-desktop", "claude-desktop", "CONFIG/Claude/claude_desktop_config.json", STDIO, true),
    (
        "claude-desktop-minified",
        "claude-desktop",
        "CONFIG/Claude/claude_desktop_config.json",
        STDIO,
        false,
    ),
    ("claude-code", "claude-code", "PROJECT/.mcp.json", STDIO, true),
    ("claude-code-local", "claude-code", ".claude.json", STDIO, true),
    ("cursor", "cursor", ".cursor/mcp.json", STDIO, true),
    ("cursor-empty", "cursor", ".cursor/mcp.json", STDIO, false),
    ("vscode", "vscode", "CONFIG/Code/User/mcp.json", STDIO, true),
    ("vscode-url", "vscode", "PROJECT/.vscode/mcp.json", URL, false),
    ("zed", "zed", ".config/zed/settings.json", STDIO, false),
    ("windsurf-none", "windsurf", ".codeium/windsurf/mcp_config.json", STDIO, false),
    ("goose", "goose", ".config/goose/config.yaml", STDIO, true),
    ("goose-url", "goose", ".config/goose/config.yaml", URL, true),
    ("codex", "codex", ".codex/config.toml", STDIO, true),
    ("codex-url", "codex", ".codex/config.toml", URL, true),
    ("gemini", "gemini", ".gemini/settings.json", STDIO, false),
];

fn scope(case: &str) -> &'static str {
    match case {
        "claude-code" | "vscode-url" => "project",
        "claude-code-local" => "local",
        _ => "user",
    }
}

#[test]
fn files_of_hosts_get_one_entry_and_lose_it_again() {
    for (case, client, path, further, restores) in CASES {
        let machine = Machine::new();
        let extension = path.rsplit('.').next().unwrap();
        let before = fixture(case, &format!("before.{extension}"), &machine);
        let file = match &before {
            Some(before) => machine.write(path, before),
            None => machine.file(path),
        };
        let files = machine.files();
        let arguments = [&["install", client, "--scope", scope(case)], further].concat();
        let dry = [&["install", client, "--dry-run", "--scope", scope(case)], further].concat();
        let run = machine.run(&dry);
        assert_eq!(run.code, Some(0), "{case}: {run:?}");
        assert!(!format!("{run:?}").contains("s3cret"), "{case}: {run:?}");
        assert_eq!(machine.files(), files, "{case}: a dry run wrote");
        let run = machine.run(&arguments);
        assert_eq!(run.code, Some(0), "{case}: {run:?}");
        assert!(!format!("{run:?}").contains("s3cret"), "{case}: {run:?}");
        let after = fs::read_to_string(&file).unwrap();
        let expected = fixture(case, &format!("after.{extension}"), &machine).unwrap_or_default();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/hosts").join(case);
            let text = after.replace(machine.project().to_str().unwrap(), "PROJECT");
            fs::write(folder.join(format!("after.{extension}")), text).unwrap();
        } else {
            assert_eq!(after, expected, "{case}");
        }
        let backup =
            file.with_file_name(format!("{}.bak", file.file_name().unwrap().to_str().unwrap()));
        assert_eq!(fs::read_to_string(backup).ok(), before, "{case}");
        // The same again changes nothing.
        assert_eq!(machine.run(&arguments).code, Some(0), "{case}");
        assert_eq!(fs::read_to_string(&file).unwrap(), after, "{case}");
        let name = if further == URL { "docs" } else { "weather" };
        let run = machine.run(&["uninstall", client, name]);
        assert_eq!(run.code, Some(0), "{case}: {run:?}");
        let restored = fs::read_to_string(&file).unwrap();
        assert!(!restored.contains("s3cret"), "{case}: {restored}");
        if restores {
            assert_eq!(Some(restored), before, "{case}");
        }
        assert_eq!(machine.run(&["uninstall", client, name]).code, Some(5), "{case}");
    }
}

#[test]
fn broken_files_are_refused_and_nothing_is_written() {
    for (client, path, text, at) in [
        (
            "claude-desktop",
            "CONFIG/Claude/claude_desktop_config.json",
            "{\n  \"mcpServers\": {\n",
            "line ",
        ),
        (
            "claude-code",
            "PROJECT/.mcp.json",
            "{ \"mcpServers\": [] }",
            "`mcpServers` is not an object",
        ),
        ("cursor", ".cursor/mcp.json", "{\n  \"mcpServers\": }\n", "line 2, column 17: "),
        ("vscode", "CONFIG/Code/User/mcp.json", "[]", "line 1, column 1: expected an object"),
        ("zed", ".config/zed/settings.json", "{ \"a\": 1 \"b\": 2 }", "line 1, column "),
        (
            "windsurf",
            ".codeium/windsurf/mcp_config.json",
            "{'mcpServers': {}}",
            "line 1, column 2: ",
        ),
        ("goose", ".config/goose/config.yaml", "extensions:\n  a: [1\n", "line "),
        ("codex", ".codex/config.toml", "a = 1\n[mcp_servers\n", "line 2, column 13: "),
        ("gemini", ".gemini/settings.json", "{ \"a\": \"\u{7}", "line 1, column "),
    ] {
        let machine = Machine::new();
        machine.write(path, text);
        machine.write(".codex/sane.json", "{}");
        let files = machine.files();
        let run = machine.run(&["install", client, "--json"]);
        assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("invalid_file")), "{run:?}");
        let message = run.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(at), "{client}: {message}");
        assert_eq!(machine.files(), files, "{client}");
        // Nor is the file of another host touched, that is in order.
        let other = if client == "cursor" { "gemini" } else { "cursor" };
        let run = machine.run(&["install", &format!("{other},{client}")]);
        assert_eq!((run.code, machine.files()), (Some(2), files), "{run:?}");
    }
    let machine = Machine::new();
    machine.write(".cursor/mcp.json", b"{\n \"\xff\": 1 }");
    let run = machine.run(&["install", "cursor"]);
    assert!(run.stderr.contains("line 2, column 3: not UTF-8"), "{run:?}");
}

#[test]
fn an_entry_is_replaced_only_with_force_and_keeps_its_environment() {
    let machine = Machine::new();
    let text = "{ \"mcpServers\": { \"weather\": {\n  // mine\n  \"command\": \"/old\", \"env\": { \"KEY\": \"s3cret\" }, \"disabled\": true } } }";
    let file = machine.write(".cursor/mcp.json", text);
    let run = machine.run(&["install", "cursor", "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("exists")), "{run:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let run = machine.run(&["install", "cursor", "--force", "--debug", "--dry-run"]);
    assert!(
        run.stdout.contains("would replace `weather` → /opt/weather/target/debug/weather"),
        "{run:?}"
    );
    assert!(run.stdout.contains("\n    -       \"command\": \"/old\",\n"), "{run:?}");
    let run = machine.run(&["install", "cursor", "--force"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let replaced = fs::read_to_string(&file).unwrap();
    assert!(replaced.contains("// mine\n  \"command\": \"/opt/weather/target/release/weather\", \"env\": { \"KEY\": \"s3cret\" }, \"disabled\": true"), "{replaced}");
    machine.run(&["install", "cursor", "--force", "--env", "OTHER=1"]);
    let replaced = fs::read_to_string(&file).unwrap();
    assert!(replaced.contains("\"OTHER\": \"1\"") && !replaced.contains("KEY"), "{replaced}");
}

#[test]
fn hosts_are_detected_and_what_they_cannot_do_is_said() {
    let machine = Machine::new();
    let run = machine.run(&["install", "detected"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    machine.write(".claude/settings.json", "{}");
    machine.write(".gemini/settings.json", "{}");
    machine.write("CONFIG/Claude/x", "");
    let done = machine.run(&["install", "detected", "--json"]).json();
    let clients: Vec<_> =
        done["changes"].as_array().unwrap().iter().map(|it| &it["client"]).collect();
    assert_eq!(clients, ["claude-desktop", "claude-code", "gemini"]);
    assert_eq!(done["changes"][1]["file"], ".mcp.json");
    assert_eq!(done["changes"][2]["file"], "~/.gemini/settings.json");
    let entry = json!({ "command": "/opt/weather/target/release/weather", "args": [] });
    assert_eq!(done["changes"][2]["entry"], entry);
    assert!(
        done["skipped"].as_array().unwrap().iter().any(|it| it["client"] == "windsurf"),
        "{done:#}"
    );
    assert_eq!(done["warnings"].as_array().unwrap().len(), 2, "{done:#}");
    let run = machine.run(&[&["install", "claude-desktop"], URL].concat());
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: Claude Desktop has no servers at a URL"), "{run:?}");
    let run = machine.run(&["install", "windsurf", "--scope", "project"]);
    assert!(run.stderr.contains("Windsurf has no scope `project`\n  it has `user`"), "{run:?}");
    let run = machine.run(&["install", "emacs"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("claude-desktop, ") && run.stderr.contains(", detected]"),
        "{run:?}"
    );
}

#[test]
fn snippets_are_printed() {
    let machine = Machine::new();
    let files = machine.files();
    let run = machine.run(&["config", "codex", "--env", "K=s3cret", "--", "-v"]);
    let snippet = "[mcp_servers.weather]\ncommand = \"/opt/weather/target/release/weather\"\nargs = [\"-v\"]\n\n[mcp_servers.weather.env]\nK = \"…\"\n";
    assert_eq!((run.code, &*run.stdout), (Some(0), snippet), "{run:?}");
    assert!(run.stderr.contains("~/.codex/config.toml"), "{run:?}");
    let run = machine.run(&[&["config", "json"], URL].concat());
    let document = run.json();
    assert_eq!(document["mcpServers"]["docs"]["headers"], json!({ "Authorization": "…" }));
    let document = machine.run(&["config", "zed", "--json"]).json();
    assert_eq!(document["entry"]["source"], "custom");
    assert_eq!(machine.files(), files);
}

#[test]
fn servers_of_hosts_are_discovered_and_used() {
    let machine = Machine::new();
    let server = example("stock_prices");
    machine.write(
        ".cursor/mcp.json",
        r#"{ // c
"mcpServers": { "stocks": { "command": "${SERVER}", "env": { "K": "s3cret" } } } }"#,
    );
    machine.write(
        ".codex/config.toml",
        format!(
            "[mcp_servers.stocks]\ncommand = '{server}'\n[mcp_servers.only]\ncommand = '{server}'\n"
        ),
    );
    machine.write(".config/goose/config.yaml", "extensions:\n  developer: {type: builtin}\n  far: {type: streamable_http, uri: 'https://me:s3cret@x/?k=s3cret'}\n");
    machine.write(".gemini/settings.json", "{");
    let run = machine.run(&["discover"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stdout.contains("cursor (user)  ~/.cursor/mcp.json\n  cursor:stocks  ${SERVER}\n"),
        "{run:?}"
    );
    assert!(run.stdout.contains("goose:far") && run.stdout.contains("https://…@x/?…"), "{run:?}");
    assert!(
        run.stderr.contains("warning: ") && run.stderr.contains(".gemini/settings.json"),
        "{run:?}"
    );
    assert!(!format!("{run:?}").contains("s3cret"), "{run:?}");
    let found = machine.run(&["discover", "--json", "--source", "cursor,codex"]).json();
    assert_eq!(found["servers"].as_array().unwrap().len(), 3, "{found:#}");
    assert_eq!(found["servers"][0]["entry"]["env"], json!({ "K": "…" }));
    assert_eq!(found["failures"], json!([]));

    let list = |target: &str| {
        let mut command = machine.command(&["list", "tools", "--target", target]);
        Run::of_command(command.env("SERVER", &server))
    };
    let file = machine.file(".codex/config.toml");
    for target in ["only", "cursor:stocks", "codex:stocks", &format!("{}#only", file.display())] {
        let run = list(target);
        assert!(run.stdout.contains("get_stock_price("), "{target}: {run:?}");
    }
    let run = list("stocks");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("`cursor:stocks` in ~/.cursor/mcp.json"), "{run:?}");
    assert!(run.stderr.contains("`codex:stocks` in ~/.codex/config.toml"), "{run:?}");
    let run = machine.run(&["list", "--target", "cursor:stocks"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("the environment variable `SERVER` is not set"), "{run:?}");
}

#[test]
fn the_server_of_a_package_is_built() {
    let machine = Machine::new();
    let manifest =
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    machine.write("PROJECT/Cargo.toml", manifest);
    machine.write("PROJECT/src/main.rs", "fn main() {}\n");
    let mut command = machine.command(&["install", "cursor", "--debug", "--json"]);
    command.env("CARGO", env!("CARGO")).env("CARGO_TARGET_DIR", machine.path("target"));
    // The tool chain of this user.
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let home = std::env::home_dir().unwrap_or_default();
        command.env(name, std::env::var_os(name).unwrap_or_else(|| home.join(folder).into()));
    }
    let done = Run::of_command(&mut command).json();
    assert_eq!(done["changes"][0]["name"], "tiny");
    let built = machine.path("target/debug/tiny");
    assert_eq!(done["changes"][0]["entry"]["command"], built.to_str().unwrap());
    assert!(built.is_file());
}
