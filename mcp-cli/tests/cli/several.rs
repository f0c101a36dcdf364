//! All servers of a file at once.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{ERAS, Run, directory, example, program};

/// A directory with a file of servers, and the path of the file.
fn servers(test: &str, entries: &[(&str, Value)]) -> (PathBuf, String) {
    let directory = directory(test);
    let entries: serde_json::Map<_, _> =
        entries.iter().map(|(name, entry)| ((*name).to_owned(), entry.clone())).collect();
    let path = directory.join("mcp.json");
    fs::write(&path, json!({ "mcpServers": entries }).to_string()).unwrap();
    let text = path.to_str().unwrap().to_owned();
    (directory, text)
}

fn of_example(name: &str) -> Value {
    json!({ "command": example(name) })
}

fn broken() -> Value {
    json!({ "command": "/nonexistent/server" })
}

fn disabled() -> Value {
    json!({ "command": "/nonexistent/server", "disabled": true })
}

/// Runs a command with a file of servers.
fn run(arguments: &[&str], file: &str) -> Run {
    Run::of(&[arguments, &["--target", file]].concat())
}

/// Runs a command in a directory.
fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    Run::of_command(program().args(arguments).current_dir(directory))
}

#[test]
fn a_server_that_fails_does_not_hide_the_others() {
    let entries =
        [("broken", broken()), ("prices", of_example("stock_prices")), ("off", disabled())];
    let (_, file) = servers("several-failure", &entries);
    for era in ERAS {
        let run = run(&["list", "--era", era], &file);
        assert_eq!(run.code, Some(4), "{run:?}");
        assert!(run.stdout.starts_with("[prices]\nstock-prices 1.0.0 · MCP "), "{run:?}");
        assert!(run.stdout.contains("\n  get_stock_price(symbol: string)"), "{run:?}");
        let error = "error: `broken`: starting `/nonexistent/server` failed";
        assert!(run.stderr.contains(error), "{run:?}");
        assert!(run.stderr.starts_with("left out, because disabled: `off`\n"), "{run:?}");
    }
    let run = run(&["list", "--json", "--quiet"], &file);
    let listed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &*run.stderr), (Some(4), ""), "{run:?}");
    let servers = listed["servers"].as_object().unwrap();
    assert_eq!(servers.keys().collect::<Vec<_>>(), ["broken", "prices"]);
    assert_eq!(servers["broken"]["error"]["code"], "unreachable");
    assert_eq!(servers["prices"]["tools"][0]["name"], "get_stock_price");
}

#[test]
fn every_query_has_a_document_for_each_server() {
    let entries = [("one", of_example("stock_prices")), ("two", of_example("torture"))];
    let (directory, file) = servers("several-queries", &entries);
    for (arguments, member) in [
        (&["list", "tools"][..], "/tools/0/name"),
        (&["inspect"], "/serverInfo/name"),
        (&["lint"], "/errors"),
        (&["export", "--for", "openai"], "/0/name"),
        (&["doctor"], "/checks/0/status"),
    ] {
        let found = run(&[arguments, &["--json"]].concat(), &file).json();
        for name in ["one", "two"] {
            let document = &found["servers"][name];
            assert!(document.pointer(member).is_some(), "{arguments:?}: {found:#}");
        }
        let shown = run(arguments, &file);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        if arguments[0] != "export" {
            let headings = shown.stdout.lines().filter(|line| line.starts_with('['));
            assert_eq!(headings.collect::<Vec<_>>(), ["[one]", "[two]"], "{shown:?}");
            assert!(shown.stdout.contains("\n\n[two]\n"), "{shown:?}");
        }
    }
    let described = directory.join("servers.json");
    let run = run(&["inspect", "-o", described.to_str().unwrap()], &file);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{run:?}");
    let document: Value = serde_json::from_slice(&fs::read(described).unwrap()).unwrap();
    assert_eq!(document["servers"]["two"]["serverInfo"]["name"], "torture");
}

#[test]
fn servers_start_at_the_same_time() {
    // Each waits for the other one.
    let waiting = |line: &str| {
        let script = format!("{line}; exec {}", example("stock_prices"));
        json!({ "command": "sh", "args": ["-c", script] })
    };
    let entries = [
        ("one", waiting("echo > one; read line < two")),
        ("two", waiting("read line < one; echo > two")),
    ];
    let (directory, _) = servers("several-parallel", &entries);
    for name in ["one", "two"] {
        let made = std::process::Command::new("mkfifo").arg(directory.join(name)).status();
        assert!(made.unwrap().success());
    }
    let run = run_in(&directory, &["list", "--json", "--era", "legacy", "--target", "mcp.json"]);
    assert_eq!(run.json()["servers"].as_object().map(|it| it.len()), Some(2));
}

#[test]
fn a_tool_is_found_among_all_servers() {
    let entries = [
        ("prices", of_example("stock_prices")),
        ("prompts", of_example("prompts")),
        ("resources", of_example("resources")),
        ("torture", of_example("torture")),
    ];
    let (_, file) = servers("several-find", &entries);
    for era in ERAS {
        let called = run(&["call", "get_stock_price", "symbol=AAPL", "--era", era], &file);
        assert_eq!((called.code, &*called.stdout), (Some(0), "AAPL: $198.50\n"), "{called:?}");
        for uri in ["shop://kinds", "shop://kinds/fastener"] {
            let found = run(&["read", uri, "--era", era], &file);
            assert_eq!(found.code, Some(0), "{found:?}");
            assert!(found.stdout.contains("fastener"), "{found:?}");
        }
        let arguments = ["prompt", "interview", "field=medicine", "post=nurse", "--era", era];
        assert!(run(&arguments, &file).stdout.contains("post as nurse in medicine"));
    }
    for (arguments, message) in [
        (
            &["call", "get_stok_price"][..],
            "no tool `get_stok_price` on the servers; did you mean `get_stock_price`?",
        ),
        (&["prompt", "reveiw"], "no prompt `reveiw` on the servers; did you mean `review`?"),
        (
            &["read", "shop://kind"],
            "no resource `shop://kind` on the servers; did you mean `shop://kinds`?",
        ),
    ] {
        let run = run(&[arguments, &["--json"]].concat(), &file);
        assert_eq!((run.code, &run.error()["code"]), (Some(5), &json!("not_found")), "{run:?}");
        assert_eq!(run.error()["message"], message);
    }
}

#[test]
fn a_component_of_several_servers_is_not_guessed() {
    let entries = [
        ("one", of_example("torture")),
        ("two", of_example("torture")),
        ("three", of_example("stock_prices")),
    ];
    let (_, file) = servers("several-same", &entries);
    let called = run(&["call", "echo", "text=hi"], &file);
    assert_eq!((called.code, &*called.stdout), (Some(2), ""), "{called:?}");
    let message = format!(
        "error: several servers have a tool `echo`\n  choose one:\n  `--target {file}#one`\n  \
         `--target {file}#two`\n"
    );
    assert_eq!(called.stderr, message);
    let chosen = run(&["call", "echo", "text=hi"], &format!("{file}#two"));
    assert_eq!((chosen.code, &*chosen.stdout), (Some(0), "hi\n"), "{chosen:?}");
}

#[test]
fn a_search_reports_servers_that_it_did_not_reach() {
    let entries = [("broken", broken()), ("prices", of_example("stock_prices"))];
    let (_, file) = servers("several-search", &entries);
    let found = run(&["call", "get_stock_price", "symbol=AAPL"], &file);
    assert_eq!((found.code, &*found.stdout), (Some(0), "AAPL: $198.50\n"), "{found:?}");
    assert!(found.stderr.starts_with("warning: `broken`: starting"), "{found:?}");
    let missing = run(&["call", "echo", "text=hi", "--json"], &file);
    assert_eq!(missing.code, Some(4), "{missing:?}");
    let error = missing.error();
    assert_eq!(error["message"], "no tool `echo` on the servers that were reached");
    assert_eq!(error["notes"], json!(["not reached: `broken`"]));
}

#[test]
fn commands_for_one_server_say_how_to_choose() {
    let entries = [("one", of_example("torture")), ("two", of_example("stock_prices"))];
    let (directory, file) = servers("several-refused", &entries);
    let refused = run(&["codegen"], &file);
    assert_eq!((refused.code, &*refused.stdout), (Some(2), ""), "{refused:?}");
    let message = format!(
        "error: `{file}` has 2 servers, and this command takes one\n  choose one:\n  \
         `--target {file}#one`\n  `--target {file}#two`\n"
    );
    assert_eq!(refused.stderr, message);
    // A file with one server is as good as the server.
    let single = directory.join("single.json");
    fs::write(&single, json!({ "servers": { "two": of_example("stock_prices") } }).to_string())
        .unwrap();
    let written = run(&["codegen"], single.to_str().unwrap());
    assert_eq!(written.code, Some(0), "{written:?}");
    assert!(written.stdout.contains("get_stock_price"), "{written:?}");
}

#[test]
fn settings_of_one_server_are_refused_for_all() {
    let (_, file) = servers("several-settings", &[("one", of_example("torture"))]);
    for option in [["--header", "A: b"], ["--env", "A=b"], ["--cwd", "/"], ["--bearer-env", "T"]] {
        let run = run(&["list", option[0], option[1]], &file);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains(&format!("`{}` is for one server", option[0])), "{run:?}");
    }
}

#[test]
fn files_without_servers_are_refused() {
    let directory = directory("several-none");
    for (text, message) in [
        (r#"{"mcpServers":{}}"#, "`FILE` has no servers"),
        (r#"{"other":{}}"#, "`FILE` has no servers"),
        (
            r#"{"servers":{"a":{"command":"x","disabled":true}}}"#,
            "all servers of `FILE` are disabled",
        ),
        ("{", "`FILE`: line 1, column "),
    ] {
        let path = directory.join("mcp.json");
        fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        let run = run(&["list"], path);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        let message = format!("error: {}", message.replace("FILE", path));
        assert!(run.stderr.starts_with(&message), "{message}: {run:?}");
    }
    let run = run(&["list"], "/nonexistent/mcp.json");
    assert_eq!(run.code, Some(2), "{run:?}");
    let message = "error: cannot read `/nonexistent/mcp.json`: there is no such file\n";
    assert_eq!(run.stderr, message);
}

#[test]
fn an_entry_that_cannot_be_used_is_a_failed_check() {
    let entry = json!({ "command": "${SEVERAL_NOT_SET}" });
    let entries = [("odd", entry), ("prices", of_example("stock_prices"))];
    let (_, file) = servers("several-doctor", &entries);
    let run = run(&["doctor", "--json"], &file);
    assert_eq!(run.code, Some(6), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["servers"]["odd"]["checks"][0]["name"], "entry", "{report:#}");
    assert_eq!(report["servers"]["prices"]["checks"][0]["status"], "ok", "{report:#}");
}

#[test]
fn all_servers_of_a_host_are_listed() {
    let entries = [("prices", of_example("stock_prices")), ("off", disabled())];
    let (home, file) = servers("several-host", &entries);
    fs::create_dir(home.join(".cursor")).unwrap();
    fs::rename(file, home.join(".cursor/mcp.json")).unwrap();
    let mut command = program();
    command.args(["list", "--json", "--target", "cursor:"]).env("HOME", &home).current_dir(&home);
    let listed = Run::of_command(&mut command).json();
    let servers = listed["servers"].as_object().unwrap();
    assert_eq!(servers.keys().collect::<Vec<_>>(), ["prices"]);
    let mut command = program();
    command.args(["list", "--target", "zed:"]).env("HOME", &home).current_dir(&home);
    let run = Run::of_command(&mut command);
    assert_eq!((run.code, &*run.stderr), (Some(2), "error: `zed` has no servers\n"), "{run:?}");
}

#[test]
fn several_servers_share_a_lock() {
    let entries = [("prices", of_example("stock_prices")), ("odd name", of_example("resources"))];
    let (directory, _) = servers("several-lock", &entries);
    let target = ["--target", "mcp.json"];
    let written = run_in(&directory, &[&["lock"], &target[..]].concat());
    assert_eq!((written.code, &*written.stdout), (Some(0), ""), "{written:?}");
    assert!(written.stderr.starts_with("wrote `mcp.lock`, 2 servers, "), "{written:?}");
    let lock = fs::read_to_string(directory.join("mcp.lock")).unwrap();
    assert!(lock.contains("\n[servers.prices]\nname = \"stock-prices\"\n"), "{lock}");
    assert!(lock.contains("\n[[servers.\"odd name\".component]]\nkind = "), "{lock}");
    assert!(lock.contains("\n[servers.prices.component.required]\nsymbol = "), "{lock}");
    let again = run_in(&directory, &[&["lock", "--json"], &target[..]].concat()).json();
    assert_eq!(again["changed"], false);
    assert_eq!(again["servers"]["prices"], json!({ "components": 1 }));
    let checked = run_in(&directory, &[&["check"], &target[..]].concat());
    let shown = "[prices]\nsame as `mcp.lock`\n\n[odd name]\nsame as `mcp.lock`\n";
    assert_eq!((checked.code, &*checked.stdout, &*checked.stderr), (Some(0), shown, ""));
}

#[test]
fn a_lock_of_several_servers_finds_what_changes() {
    let entries = [("prices", of_example("stock_prices")), ("gone", of_example("torture"))];
    let (directory, file) = servers("several-check", &entries);
    let target = ["--target", "mcp.json"];
    assert_eq!(run_in(&directory, &[&["lock"], &target[..]].concat()).code, Some(0));
    let lock = directory.join("mcp.lock");
    let changed =
        fs::read_to_string(&lock).unwrap().replace("symbol = \"string\"", "old = \"string\"");
    fs::write(&lock, &changed).unwrap();
    let entries = json!({
        "prices": of_example("stock_prices"),
        "new": of_example("resources"),
        "broken": broken(),
    });
    fs::write(&file, json!({ "mcpServers": entries }).to_string()).unwrap();
    let checked = run_in(&directory, &[&["check", "--json"], &target[..]].concat());
    assert_eq!(checked.code, Some(4), "{checked:?}");
    let report: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(report["servers"]["new"]["result"], "added");
    assert_eq!(report["servers"]["gone"]["result"], "removed");
    assert_eq!(report["servers"]["broken"]["error"]["code"], "unreachable");
    // A lock without a server that was not reached would forget it.
    let written = run_in(&directory, &[&["lock"], &target[..]].concat());
    assert_eq!((written.code, &*written.stdout), (Some(4), ""), "{written:?}");
    let start = "error: `mcp.lock` was not written, because servers have failed\n  `broken`: ";
    assert!(written.stderr.starts_with(start), "{written:?}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), changed);
    fs::write(&file, json!({ "mcpServers": { "prices": of_example("stock_prices") } }).to_string())
        .unwrap();
    let checked = run_in(&directory, &[&["check", "--quiet"], &target[..]].concat());
    assert_eq!(checked.code, Some(6), "{checked:?}");
    let line = "[gone]\nbreaking: in `mcp.lock`, but not among the servers any more\n";
    assert!(checked.stdout.ends_with(line), "{checked:?}");
}

#[test]
fn the_lock_of_one_server_is_not_mistaken_for_that_of_several() {
    let (directory, _) = servers("several-kinds", &[("prices", of_example("stock_prices"))]);
    let one = ["--target", "mcp.json#prices"];
    let all = ["--target", "mcp.json"];
    for (kind, other, has) in [(one, all, "one server"), (all, one, "several servers")] {
        let _ = fs::remove_file(directory.join("mcp.lock"));
        assert_eq!(run_in(&directory, &[&["lock"], &kind[..]].concat()).code, Some(0));
        for command in ["lock", "check"] {
            let run = run_in(&directory, &[&[command], &other[..]].concat());
            assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
            let start = format!("error: `mcp.lock` is the lock of {has}, and ");
            assert!(run.stderr.starts_with(&start), "{run:?}");
        }
    }
}
