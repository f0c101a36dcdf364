//! Mistakes of users, hostile servers, and readers that leave.

use std::fs::File;
use std::process::Stdio;

use serde_json::json;

use crate::harness::{Run, Terminal, example, program};
use crate::package::{Directory, package, program_in};

/// A server whose names try to be something else.
const HOSTILE: &str = r#"
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"initialize"'*) result='{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"\u001b]0;owned\u0007bad\n[other]","version":"1\n2"}}' ;;
        *'"tools/list"'*) result='{"tools":[{"name":"one\n  two(x: string)  [read-only]\u001b[2J","description":"first\nsecond","inputSchema":{"type":"object","properties":{"a\nb":{"type":"string"}}}}]}' ;;
        *'"resources/list"'*) result='{"resources":[{"uri":"a:\n  b:","name":"n","mimeType":"text\n/x"}]}' ;;
        *'"resources/templates/list"'*) result='{"resourceTemplates":[{"uriTemplate":"t:\n{x}","name":"t"}]}' ;;
        *'"prompts/list"'*) result='{"prompts":[{"name":"p\nq","arguments":[{"name":"c\nd"}]}]}' ;;
        *'"id"'*) result='{}' ;;
        *) continue ;;
    esac
    printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}"
done
"#;

/// The commands that a help lists, with those before them.
fn commands(help: &str, before: &[String]) -> Vec<Vec<String>> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let names = names.filter(|name| *name != "help");
    names.map(|name| [before, &[name.to_owned()]].concat()).collect()
}

#[test]
fn every_command_explains_itself() {
    let mut left = commands(&Run::of(&["help"]).stdout, &[]);
    assert!(left.len() > 15, "{left:?}");
    while let Some(command) = left.pop() {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        let help = Run::of(&[&["help"], &words[..]].concat());
        assert_eq!((help.code, &*help.stderr), (Some(0), ""), "{help:?}");
        assert_eq!(help.stdout, Run::of(&[&words[..], &["--help"]].concat()).stdout);
        let name = words.join(" ");
        assert!(help.stdout.contains(&format!("\nUsage: cargo mcp {name}")), "{help:?}");
        let first = help.stdout.lines().next().unwrap();
        assert!(!first.ends_with('.'), "{name}: {first}");
        assert!(help.stdout.contains("\nOutput:\n"), "{help:?}");
        let parts = commands(&help.stdout, &command);
        if parts.is_empty() {
            let (_, examples) = help.stdout.split_once("\nExamples:\n").expect(&name);
            assert!(examples.starts_with(&format!("  cargo mcp {name}")), "{help:?}");
        }
        left.extend(parts);
    }
}

#[test]
fn wrong_arguments_are_documents_as_well() {
    for (arguments, message) in [
        (&["call", "--json"][..], "the following required arguments were not provided:"),
        (&["--json", "nope"], "unrecognized subcommand 'nope'"),
        (&["list", "--json", "--era", "old"], "invalid value 'old' for '--era <ERA>'"),
        (&["--json"], "'cargo mcp' requires a subcommand but one was not provided"),
        (
            &["list", "--json", "--timeout", "0"],
            "invalid value '0' for '--timeout <SECONDS>': expected seconds, such as `60` or `0.5`",
        ),
    ] {
        let run = Run::of(arguments);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert_eq!(
            (&run.error()["code"], &run.error()["message"]),
            (&json!("usage"), &json!(message))
        );
    }
    let run = Run::of(&["list", "--era", "old", "--", "server", "--json"]);
    assert!(run.stderr.starts_with("error: invalid value"), "that is for the server: {run:?}");
    for seconds in ["x", "inf", "NaN", "1e30", "0.0"] {
        let run = Run::of(&["list", "--timeout", seconds]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("expected seconds"), "{run:?}");
    }
    let help = Run::of(&["list", "--json", "--help"]);
    assert_eq!((help.code, &*help.stderr), (Some(0), ""), "{help:?}");
}

#[test]
fn a_package_without_a_server_says_what_to_do() {
    let another = "`cargo mcp new NAME` makes one";
    let nothing = Directory::new();
    let run = Run::of_command(&mut program_in(&nothing, &["list"]));
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert!(run.stderr.trim_end().ends_with(another), "{run:?}");

    let two = package("fn main() {}");
    two.write("src/bin/other.rs", "fn main() {}");
    let run = Run::of_command(&mut program_in(&two, &["config", "json"]));
    assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
    let message = "error: several binaries could be the server: `other`, `probe`\n  choose one with `--bin NAME`";
    let turned = message.replace("`other`, `probe`", "`probe`, `other`");
    assert!(run.stderr.contains(message) || run.stderr.contains(&turned), "{run:?}");
    let run = Run::of_command(&mut program_in(&two, &["config", "json", "--bin", "none"]));
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(!run.stderr.contains(another), "there is a package: {run:?}");

    let manifest = std::fs::read_to_string(two.path().join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("edition", "default-run = \"other\"\nedition");
    two.write("Cargo.toml", &manifest);
    let found = Run::of_command(&mut program_in(&two, &["config", "json"])).json();
    assert!(found["mcpServers"]["other"].is_object(), "{found}");
}

#[test]
fn names_of_servers_stay_on_their_lines() {
    for arguments in [&["list"][..], &["inspect"], &["lint"]] {
        let command = [arguments, &["--era", "legacy", "--", "sh", "-c", HOSTILE]].concat();
        let (_, text) = Terminal::start(&command).finish();
        assert!(!text.contains("\u{1b}]0") && !text.contains("\u{1b}[2J"), "{text:?}");
        for spoofed in ["[other]", "two(x: string)", "b:", "{x}", "q(", "d)", "second"] {
            let is_line = text.lines().any(|line| line.trim_start().starts_with(spoofed));
            assert!(!is_line, "{spoofed}: {text:?}");
        }
    }
}

#[test]
fn readers_may_leave_early() {
    let server = example("torture");
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["list", "--verbose"],
        &["inspect"],
        &["lint"],
        &["export", "--for", "openai"],
        &["call", "echo", "text=hi"],
        &["doctor"],
    ] {
        let mut command = program();
        command.args(arguments).args(["--", &server]);
        // Nothing reads what is written there.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let other = writer.try_clone().unwrap();
        let status = command.stdin(Stdio::null()).stdout(writer).stderr(other).status().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
    for arguments in
        [&["help"][..], &["version"], &["man"], &["completions", "bash"], &["discover"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program();
        command.args(arguments).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_or_left_alone() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let server = example("torture");
    let mut command = program();
    command
        .args(["list", "--", &server])
        .stdin(Stdio::null())
        .stdout(full())
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write to standard output: "), "{stderr}");
    for (tool, code) in [("echo", 0), ("fail", 5), ("none", 5)] {
        let mut command = program();
        command.args(["call", tool, "--args", "{\"text\":\"hi\"}", "-v", "--", &server]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(full());
        assert_eq!(command.status().unwrap().code(), Some(code), "{tool}");
    }
}
