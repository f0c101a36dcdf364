use std::process::Command;

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
    assert!(fish.contains("\ncomplete -c cargo "), "`cargo mcp` is completed as well");
    // The completion of Cargo for zsh calls the function of this name.
    let zsh = Run::of(&["completions", "zsh"]).stdout;
    assert!(zsh.starts_with("#compdef cargo-mcp\n"), "{zsh}");
    let run = Run::of(&["completions", "tcsh"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

/// Completes the last word of a command in bash, in which a text was run before.
fn complete_in_bash(before: &str, words: &[&str]) -> Vec<String> {
    const COMPLETE: &str = r#"
        [[ $(complete -p "$1") =~ " -F "([^ ]+)" " ]] || exit 1
        complete=${BASH_REMATCH[1]}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        "$complete" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let script = Run::of(&["completions", "bash"]).stdout;
    let text = format!("{before}\n{script}\n{COMPLETE}");
    let mut bash = Command::new("bash");
    let run =
        Run::of_command(bash.args(["--norc", "--noprofile", "-c", &text, "bash"]).args(words));
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{words:?}: {run:?}");
    run.stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_words_behind_cargo_mcp_and_leaves_others_to_cargo() {
    const CARGO: &str = "_cargo() { COMPREPLY=(\"of cargo: $*\"); }";
    let loaded = format!("{CARGO}\ncomplete -F _cargo cargo");
    // bash-completion registers the completion when it is asked for.
    let lazy = format!("{CARGO}\n_comp_load() {{ complete -F _cargo $1; }}");
    for before in [&*loaded, &lazy, ""] {
        for start in [&["cargo", "mcp"][..], &["cargo", "+stable", "mcp"], &["cargo-mcp"]] {
            let complete = |words: &[&str]| complete_in_bash(before, &[start, words].concat());
            assert_eq!(complete(&["ins"]), ["inspect", "install"]);
            assert_eq!(complete(&["call", "--er"]), ["--era"]);
            assert_eq!(complete(&["call", "add", "--era", "le"]), ["legacy"]);
            assert_eq!(complete(&["registry", "in"]), ["init"]);
            assert_eq!(complete(&["install", "claude-c"]), ["claude-code"]);
        }
        let others = if before.is_empty() { vec![] } else { vec!["of cargo: cargo --rel build"] };
        assert_eq!(complete_in_bash(before, &["cargo", "build", "--rel"]), others);
        let others = if before.is_empty() { vec![] } else { vec!["of cargo: cargo mc cargo"] };
        assert_eq!(complete_in_bash(before, &["cargo", "mc"]), others);
    }
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
