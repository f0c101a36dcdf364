use serde_json::json;

use crate::harness::Run;

#[test]
fn each_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Run::of(&["completions", shell]);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
        assert!(run.stdout.contains("cargo-mcp"), "{run:?}");
        assert!(run.stdout.contains("completions"), "{run:?}");
    }
    let fish = Run::of(&["completions", "fish"]).stdout;
    assert!(fish.contains("\ncomplete -c cargo -n"), "`cargo mcp` is completed as well");
    let run = Run::of(&["completions", "tcsh"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn the_program_and_each_command_have_a_page_of_the_manual() {
    let run = Run::of(&["man"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains(".TH cargo-mcp 1"), "{run:?}");
    let run = Run::of(&["man", "list"]);
    assert!(run.stdout.contains(".TH cargo-mcp-list 1"), "{run:?}");
    assert!(run.stdout.contains("cargo mcp list tools \\-\\-json"), "{run:?}");
    let run = Run::of(&["man", "lost", "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("usage")), "{run:?}");
}

#[test]
fn the_version_has_the_revisions() {
    let run = Run::of(&["version"]);
    let expected = format!("cargo-mcp {}\nMCP ", env!("CARGO_PKG_VERSION"));
    assert!(run.stdout.starts_with(&expected), "{run:?}");
    let version = Run::of(&["version", "--json"]).json();
    let revisions = version["protocolVersions"].as_array().unwrap();
    assert!(revisions.contains(&json!("2026-07-28")), "{version:#}");
    assert!(revisions.contains(&json!("2025-11-25")), "{version:#}");
}
