use std::path::Path;

use serde_json::json;

use crate::harness::{Run, example, program};

/// The lock of the example `stock_prices`, byte by byte.
const STOCK_PRICES: &str = r#"# Components of an MCP server, written by `cargo mcp lock`.
# Commit this file. `cargo mcp check` compares a server with it.
format = 1

[server]
name = "stock-prices"
version = "1.0.0"

[[component]]
kind = "tool"
name = "get_stock_price"
digest = "sha256:60adde4aebc3a27a95d183646bde2ad179ff38f04294e04e8cf735d07066a537"
hints = { readOnly = true }

[component.required]
symbol = "string"

[component.schema]
input = '''
{
  "additionalProperties": false,
  "properties": {
    "symbol": {
      "type": "string"
    }
  },
  "required": [
    "symbol"
  ],
  "type": "object"
}'''
"#;

/// Runs a command in a directory, with the server `stock_prices`.
fn run(directory: &Path, arguments: &[&str]) -> Run {
    let server = example("stock_prices");
    Run::of_command(program().args(arguments).args(["--", &server]).current_dir(directory))
}

/// Runs `check` against a lock, with the server `stock_prices`.
fn check(lock: &str, arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mcp.lock"), lock).unwrap();
    run(directory.path(), &[&["check"], arguments].concat())
}

#[test]
fn a_lock_is_written_byte_by_byte_and_is_the_same_as_its_server() {
    let directory = tempfile::tempdir().unwrap();
    let written = run(directory.path(), &["lock"]);
    let shown = (written.code, &*written.stdout, &*written.stderr);
    assert_eq!(shown, (Some(0), "", "wrote `mcp.lock`, 1 component\n"));
    let read = || std::fs::read_to_string(directory.path().join("mcp.lock")).unwrap();
    assert_eq!(read(), STOCK_PRICES);
    let again = run(directory.path(), &["lock", "--json"]).json();
    assert_eq!(again, json!({ "file": "mcp.lock", "components": 1, "changed": false }));
    let checked = run(directory.path(), &["check"]);
    let shown = (checked.code, &*checked.stdout, &*checked.stderr);
    assert_eq!(shown, (Some(0), "same as `mcp.lock`\n", ""));
    let entries = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(entries, 1, "no temporary file is left");
}

#[test]
fn all_kinds_of_components_are_locked() {
    let directory = tempfile::tempdir().unwrap();
    let lock = |name: &str| {
        let server = example(name);
        let mut command = program();
        command.args(["lock", "--", &server]).current_dir(directory.path());
        assert_eq!(Run::of_command(&mut command).code, Some(0));
        std::fs::read_to_string(directory.path().join("mcp.lock")).unwrap()
    };
    let resources = lock("resources");
    let template = r#"
[[component]]
kind = "template"
name = "shop://kinds/{kind}{?limit}"
digest = "sha256:7038d26375dfcb99bcb3e9a157d7b2ba7182765a0a7982f0e35b44ecfb915456"

[component.required]
kind = "string"

[component.optional]
limit = "string"
"#;
    assert!(resources.ends_with(template), "{resources}");
    assert!(resources.contains("kind = \"resource\"\nname = \"shop://sign\"\n"), "{resources}");
    let prompts = lock("prompts");
    let review = r#"
[component.required]
code = "string"

[component.optional]
depth = "string"
language = "string"
"#;
    assert!(prompts.ends_with(review), "{prompts}");
}

#[test]
fn breaking_changes_fail_with_the_version_that_fits() {
    let removed = "\n[[component]]\nkind = \"prompt\"\nname = \"brief\"\ndigest = \"sha256:0\"\n";
    let run = check(&format!("{STOCK_PRICES}{removed}"), &[]);
    assert_eq!(run.code, Some(6), "{run:?}");
    let shown = "breaking (major): prompt `brief`: removed\n\
                 not compatible with `mcp.lock`: 1 breaking, 0 compatible, 0 cosmetic\n\
                 expected version 2.0.0 or later (major), but the server has version 1.0.0\n";
    assert_eq!((&*run.stdout, &*run.stderr), (shown, ""));
    let lock = STOCK_PRICES
        .replace("version = \"1.0.0\"", "version = \"0.9.0\"")
        .replace("\"type\": \"string\"", "\"type\": [\"string\", \"null\"]")
        .replace("digest = \"sha256:60", "digest = \"sha256:00");
    let run = check(&lock, &["--json"]);
    assert_eq!(run.code, Some(6), "{run:?}");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let expected = json!({
        "file": "mcp.lock",
        "result": "breaking",
        "changes": [{
            "kind": "tool",
            "name": "get_stock_price",
            "severity": "breaking",
            "code": "argument-type",
            "path": "symbol",
            "message": "argument `symbol`: type narrowed from `string | null` to `string`",
            "bump": "minor",
        }],
        "version": {
            "locked": "0.9.0",
            "server": "1.0.0",
            "bump": "minor",
            "expected": "0.10.0",
            "isEnough": true,
        },
    });
    assert_eq!(report, expected);
}

#[test]
fn compatible_changes_succeed() {
    let digest = |lock: &str| lock.replace("digest = \"sha256:60", "digest = \"sha256:00");
    let run = check(&digest(STOCK_PRICES), &["--quiet"]);
    let text = "cosmetic (patch): tool `get_stock_price`: descriptions or other annotations of the \
                schemas changed\n";
    assert_eq!((run.code, &*run.stdout), (Some(0), text));
    let shorter = digest(STOCK_PRICES)
        .replace("\"type\": \"string\"", "\"maxLength\": 3,\n \"type\": \"string\"");
    let run = check(&shorter, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let line = "compatible (minor): tool `get_stock_price`: argument `symbol`: `maxLength` changed \
                from 3 to none\n";
    assert!(run.stdout.starts_with(line), "{run:?}");
    let writes = check(&STOCK_PRICES.replace("readOnly = true", "readOnly = false"), &["--quiet"]);
    let line =
        "compatible (minor): tool `get_stock_price`: hint `readOnly` changed from false to true\n";
    assert_eq!((writes.code, &*writes.stdout), (Some(0), line));
}

#[test]
fn hints_that_are_lost_are_breaking() {
    let lock = STOCK_PRICES.replace("readOnly = true", "openWorld = false, readOnly = true");
    let run = check(&lock, &["--quiet"]);
    let line =
        "breaking (major): tool `get_stock_price`: hint `openWorld` changed from false to true\n";
    assert_eq!((run.code, &*run.stdout), (Some(6), line));
}

#[test]
fn the_support_for_tasks_is_locked_and_compared() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mcp.lock");
    let server = example("long_job");
    let run = |command: &str, era: &str| {
        let arguments = [command, "--era", era, "--quiet", "--", &server];
        Run::of_command(program().args(arguments).current_dir(directory.path()))
    };
    assert_eq!(run("lock", "legacy").code, Some(0));
    let lock = std::fs::read_to_string(&file).unwrap();
    assert!(
        lock.contains("name = \"write_report\"\n") && lock.contains("tasks = \"optional\"\n"),
        "{lock}"
    );
    assert_eq!(run("check", "legacy").code, Some(0));
    // The modern era has no such member.
    assert_eq!(run("check", "modern").code, Some(0));
    for (before, code, severity) in [
        ("tasks = \"required\"\n", 0, "compatible"),
        ("tasks = \"forbidden\"\n", 0, "compatible"),
        ("", 0, "compatible"),
    ] {
        std::fs::write(&file, lock.replace("tasks = \"optional\"\n", before)).unwrap();
        let run = run("check", "legacy");
        assert_eq!(run.code, Some(code), "{run:?}");
        assert!(run.stdout.contains(&format!("{severity} (")), "{run:?}");
        assert!(run.stdout.contains(" to optional"), "{run:?}");
    }
}

#[test]
fn broken_locks_are_errors_with_their_line() {
    for (lock, message) in [
        (STOCK_PRICES.replace("format = 1", "format = 2"), "line 3: expected format 1, got 2"),
        (STOCK_PRICES.replace("format = 1\n", ""), "line 1: missing field `format`"),
        (STOCK_PRICES.replace("[server]", "<<<<<<< HEAD\n[server]"), "line 5: "),
        (STOCK_PRICES.replace("kind = \"tool\"", "kind = \"gadget\""), "line 10: unknown variant"),
        (STOCK_PRICES.replace("hints = {", "hint = {"), "line 13: unknown field `hint`"),
        (
            STOCK_PRICES.replace("  \"type\": \"object\"", "  \"type\" \"object\""),
            "line 19: expected a JSON schema, but it is not JSON",
        ),
        (
            format!(
                "{STOCK_PRICES}\n[[component]]\nkind = \"tool\"\nname = \"get_stock_price\"\ndigest = \"\"\n"
            ),
            "line 33: the tool `get_stock_price` stands there twice",
        ),
        ("\0".into(), "line 1: "),
    ] {
        let run = check(&lock, &[]);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{lock}\n{run:?}");
        assert!(run.stderr.starts_with(&format!("error: `mcp.lock`, {message}")), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 2, "it says what to do: {run:?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let run = run(directory.path(), &["check", "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("lock")), "{run:?}");
    assert_eq!(run.error()["notes"][0], "`cargo mcp lock` writes it; commit it afterwards");
}

#[test]
fn files_that_are_no_locks_are_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("Cargo.toml");
    for text in ["[package]\n", "format = 1\n", &STOCK_PRICES.replace("format = 1", "format = 2")] {
        std::fs::write(&path, text).unwrap();
        let run = run(directory.path(), &["lock", "--file", "Cargo.toml"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    // A lock with the marks of a merge is written anew.
    let merged = STOCK_PRICES.replace("[server]", "<<<<<<< HEAD\n[server]");
    std::fs::write(&path, merged).unwrap();
    assert_eq!(run(directory.path(), &["lock", "--file", "Cargo.toml"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), STOCK_PRICES);
    let run = run(directory.path(), &["lock", "--file", "missing/mcp.lock"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}
