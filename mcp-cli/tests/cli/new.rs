use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::harness::{Run, program};
use crate::package::Directory;

fn new(directory: &Directory, arguments: &[&str]) -> Run {
    Run::of_command(program().arg("new").args(arguments).current_dir(directory.path()))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A command in a new package. All of them share a target directory, which is not that of this workspace, because
/// other runs of cargo may have locked that one for minutes.
fn in_package(mut command: Command, package: &Path) -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    command.current_dir(package).env("CARGO_TARGET_DIR", target).env("CARGO_NET_OFFLINE", "true");
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}

fn cargo(package: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new("cargo");
    command.args(arguments);
    Run::of_command(&mut in_package(command, package))
}

#[test]
fn a_new_server_passes_its_test_and_answers() {
    check_templates(&["minimal"]);
}

#[test]
#[ignore = "compiles for minutes"]
fn new_servers_of_all_templates_pass_their_tests_and_answer() {
    check_templates(&["minimal", "full", "http", "apps"]);
}

fn check_templates(templates: &[&str]) {
    let directory = Directory::new();
    for template in templates {
        let name = format!("{template}-server");
        let run = new(&directory, &[&name, "--template", template]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let package = directory.path().join(&name);
        std::fs::copy(workspace().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();

        let run = cargo(&package, &["fmt", "--check"]);
        assert_eq!(run.code, Some(0), "{template}: {}", run.stdout);
        let run = cargo(&package, &["test"]);
        assert_eq!(run.code, Some(0), "{template}: {} {}", run.stdout, run.stderr);
        assert!(!run.stderr.contains("warning"), "{template}: {}", run.stderr);

        let mut command = program();
        command.args(["list", "tools", "--json"]);
        let listed = Run::of_command(&mut in_package(command, &package)).json();
        let forecast = &listed["tools"][0];
        assert_eq!(forecast["name"], "forecast", "{listed:#}");
        assert_eq!(forecast["inputSchema"]["required"], json!(["city"]), "{listed:#}");
        let mut command = program();
        command.args(["call", "forecast", "city=Paris"]);
        let called = Run::of_command(&mut in_package(command, &package));
        assert_eq!(called.code, Some(0), "{template}: {called:?}");
        assert!(called.stdout.contains("Paris"), "{template}: {called:?}");
    }
}

#[test]
fn the_files_fit_the_transport() {
    let directory = Directory::new();
    let read = |path: &str| std::fs::read_to_string(directory.path().join(path)).unwrap();
    let run = new(&directory, &["only-stdio", "--transport", "stdio", "--json"]);
    let made = run.json();
    assert_eq!(made["name"], "only-stdio");
    let files = [".gitignore", "Cargo.toml", "README.md", "src/main.rs"];
    assert_eq!(made["files"], json!(files));
    assert!(read("only-stdio/Cargo.toml").contains(", default-features = false }"));
    assert!(read("only-stdio/Cargo.toml").contains("print_stdout = \"deny\""));
    assert!(read("only-stdio/README.md").contains("cargo mcp call forecast city=Paris\n"));

    let run = new(&directory, &["web", "--template", "http", "--transport", "http"]);
    assert!(run.stdout.starts_with("Created `web` in web/\n  cd web\n  cargo run\n"), "{run:?}");
    assert!(read("web/src/main.rs").contains("serve_http(address)"));
    assert!(read("web/Dockerfile").contains("ENV ADDRESS=0.0.0.0:8000\nCMD [\"web\"]"));
    assert!(directory.path().join("web/.git").is_dir());

    let made = new(&directory, &["pages", "--template", "apps", "--no-git", "--json"]).json();
    let files = [".gitignore", "Cargo.toml", "README.md", "src/main.rs", "src/page.html"];
    assert_eq!(made["files"], json!(files));
    assert!(read("pages/Cargo.toml").contains("print_stdout = \"deny\""));
    assert!(read("pages/README.md").contains("MCP Apps"));
}

#[test]
fn a_package_inside_a_workspace_is_one_of_its_own() {
    let directory = Directory::new();
    directory.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let run = new(&directory, &["inner", "--no-git", "--quiet"]);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{run:?}");
    assert!(!directory.path().join("inner/.git").exists());
    let run =
        cargo(&directory.path().join("inner"), &["metadata", "--no-deps", "--format-version=1"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn what_is_there_stays() {
    let directory = Directory::new();
    directory.write("taken/notes.txt", "mine");
    directory.write("file", "mine, too");
    for (name, message) in [("taken", "this folder is not empty"), ("file", "this is a file")] {
        let run = new(&directory, &[name, "--json"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.error()["message"].as_str().unwrap().starts_with(message), "{run:?}");
    }
    let mut left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["file", "taken"]);
    std::fs::create_dir(directory.path().join("empty")).unwrap();
    let run = new(&directory, &["empty", "--no-git"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn names_and_paths_that_cannot_be_used_are_refused() {
    let directory = Directory::new();
    let run = new(&directory, &["2fast"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("expected a letter, then letters"), "{run:?}");
    let run = new(&directory, &["weather", "--runtime-path", "/nonexistent"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("`/nonexistent` is not the folder of mcp-runtime"), "{run:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
