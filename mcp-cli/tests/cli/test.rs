use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;

use mcp_tests::http::HttpServer;
use serde_json::{Value, json};

use crate::harness::{ERAS, Run, example, program};
use crate::package::Directory;

const HOSTILE: &str = include_str!("hostile.sh");

/// Checks of a pipe that have a rule of their own to break.
const CHECKS: [&str; 22] = [
    "negotiation",
    "other-version",
    "ping",
    "list-tools",
    "list-resources",
    "list-templates",
    "list-prompts",
    "components",
    "unknown-method",
    "unknown-resource",
    "invalid-arguments",
    "read-resource",
    "get-prompt",
    "call-tool",
    "malformed-json",
    "invalid-message",
    "unknown-notification",
    "unknown-response",
    "cancellation",
    "text-id",
    "standard-output",
    "responses",
];

/// What a server does, and the check that warns of it, because the specification recommends another answer.
const WARNINGS: [(&str, &str); 8] = [
    ("descriptions", "descriptions"),
    ("end", "end"),
    ("failing-tool", "call-tool"),
    ("invalid-cursor", "invalid-cursor"),
    ("names", "names"),
    ("twice", "list-tools"),
    ("unknown-prompt", "unknown-prompt"),
    ("unknown-tool", "unknown-tool"),
];

fn checks(run: &Run) -> Vec<Value> {
    let report: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    report["checks"].as_array().unwrap().clone()
}

/// Pages of the specification, each of which exists.
const PAGES: [&str; 21] = [
    "2025-11-25/basic",
    "2025-11-25/basic/lifecycle",
    "2025-11-25/basic/lifecycle#shutdown",
    "2025-11-25/basic/transports",
    "2025-11-25/basic/transports#stdio",
    "2025-11-25/basic/utilities/cancellation",
    "2025-11-25/basic/utilities/ping",
    "2025-11-25/server/prompts",
    "2025-11-25/server/resources",
    "2025-11-25/server/tools",
    "2025-11-25/server/utilities/pagination",
    "2026-07-28/basic",
    "2026-07-28/basic/patterns/cancellation",
    "2026-07-28/basic/transports/stdio",
    "2026-07-28/basic/transports/stdio#shutdown",
    "2026-07-28/basic/transports/streamable-http",
    "2026-07-28/basic/versioning",
    "2026-07-28/server/prompts",
    "2026-07-28/server/resources",
    "2026-07-28/server/tools",
    "2026-07-28/server/utilities/pagination",
];

/// Checks that have no answer before the whole time for one.
const TIMED_OUT: [&str; 1] = ["end"];

/// Names of the checks that failed.
fn failed(run: &Run) -> Vec<String> {
    of_status(run, "fail")
}

/// Names of the checks with a status.
fn of_status(run: &Run, status: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for check in checks(run).iter().filter(|check| check["status"] == status) {
        assert!(check["expected"].is_string() && check["got"].is_string(), "{check}");
        names.push(check["name"].as_str().unwrap().to_owned());
    }
    names.dedup();
    names
}

fn hostile(broken: &str, era: &str) -> Run {
    // Only what is never answered has to take the whole time.
    let timeout = if TIMED_OUT.contains(&broken) { "2" } else { "20" };
    let arguments = ["test", "--json", "--call-tools", "--timeout", timeout, "--era", era, "--"];
    Run::of(&[&arguments[..], &["sh", "-c", HOSTILE, "sh", broken]].concat())
}

#[test]
fn the_examples_pass_over_stdio() {
    for name in ["stock_prices", "resources", "prompts", "quickstart", "torture", "long_job"] {
        let run = Run::of(&["test", "--call-tools", "--json", "--", &example(name)]);
        assert_eq!((run.code, failed(&run)), (Some(0), Vec::new()), "{name}: {}", run.stdout);
        for era in ERAS {
            let passed = checks(&run).into_iter().any(|check| {
                (&check["era"], &check["name"], &check["status"])
                    == (&json!(era), &json!("negotiation"), &json!("pass"))
            });
            assert!(passed, "{name} in the era {era}: {}", run.stdout);
        }
    }
}

#[test]
fn the_examples_pass_over_http() {
    for name in ["stock_prices", "resources", "prompts"] {
        let server = HttpServer::start(name);
        let run = Run::of(&["test", &format!("http://{}/mcp", server.address)]);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{name}: {}", run.stdout);
        assert!(run.stdout.contains("pass  legacy  delete-session\n"), "{}", run.stdout);
        assert!(run.stdout.contains("pass  modern  method-mismatch\n"), "{}", run.stdout);
        assert!(run.stdout.contains(" passed, 0 failed, "), "{}", run.stdout);
    }
}

#[test]
fn a_server_that_breaks_a_rule_fails_its_check() {
    for era in ERAS {
        let run = hostile("none", era);
        assert_eq!((run.code, failed(&run)), (Some(0), Vec::new()), "{era}: {}", run.stdout);
        let other_era = |it: &&str| match era {
            // Required since 2026-07-28.
            "legacy" => *it == "unknown-resource",
            _ => ["ping", "responses"].contains(it),
        };
        for broken in CHECKS.into_iter().filter(|it| !other_era(it)) {
            let run = hostile(broken, era);
            let failed = failed(&run);
            assert_eq!(run.code, Some(6), "{broken} in the era {era}: {}", run.stdout);
            assert!(failed.iter().any(|it| it == broken), "{broken}: {failed:?}");
            // A list that fails is not there for later checks, and each needs a sign of life.
            let others = failed.iter().filter(|it| *it != broken && *it != "responses").count();
            assert!(others == 0 || broken == "ping", "{broken} in the era {era}: {failed:?}");
        }
    }
}

#[test]
fn a_server_that_departs_from_a_recommendation_is_warned() {
    for era in ERAS {
        let of_era =
            if era == "legacy" { &[("unknown-resource", "unknown-resource")][..] } else { &[] };
        for (does, check) in WARNINGS.iter().chain(of_era) {
            let run = hostile(does, era);
            assert_eq!((run.code, failed(&run)), (Some(0), Vec::new()), "{does}: {}", run.stdout);
            assert_eq!(of_status(&run, "warn"), [*check], "{does}: {}", run.stdout);
        }
    }
}

#[test]
fn each_check_has_a_page_of_its_revision() {
    let server = HttpServer::start("stock_prices");
    let url = format!("http://{}/mcp", server.address);
    let program = example("stock_prices");
    for target in [&[&*url][..], &["--", &program]] {
        for check in checks(&Run::of(&[&["test", "--json", "--call-tools"], target].concat())) {
            let page = check["specification"].as_str().unwrap();
            let path = page.strip_prefix("https://modelcontextprotocol.io/specification/").unwrap();
            assert!(PAGES.contains(&path), "{path}");
        }
    }
}

#[test]
fn a_server_of_one_era_passes_and_one_of_none_fails() {
    let legacy = HOSTILE.replace("\"server/discover\"", "\"no/discover\"");
    let run = Run::of(&["test", "--", "sh", "-c", &legacy]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let line = "skip  modern  negotiation             does not speak this era: server/discover: ";
    assert!(run.stdout.starts_with(line), "{}", run.stdout);
    let run = Run::of(&["test", "--era", "modern", "--", "sh", "-c", &legacy]);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(run.stdout.starts_with("fail  modern  negotiation\n        expected  "), "{run:?}");
    for command in [&["true"][..], &["/nonexistent/server"]] {
        let run = Run::of(&[&["test", "--json", "--"], command].concat());
        let both = ["negotiation"; 1].map(str::to_owned);
        assert_eq!((run.code, failed(&run)), (Some(6), both.to_vec()), "{run:?}");
    }
}

#[test]
fn texts_of_a_server_are_harmless() {
    let server = r#"printf 'Loading \033[2J\n'; exec sh -c "$1" sh none"#;
    let run = Run::of(&["test", "--era", "legacy", "-q", "--", "sh", "-c", server, "sh", HOSTILE]);
    assert_eq!((run.code, &*run.stderr), (Some(6), ""), "{run:?}");
    let text = "fail  legacy  standard-output\n        expected  messages only\n        \
                got       1 other lines, first: Loading \u{fffd}[2J\n        \
                see       https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio\n";
    assert_eq!(run.stdout, text);
}

/// Serves requests over HTTP without a look at their headers: all are answered with one status.
fn careless_server(status: u16) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || serve(stream, status));
        }
    });
    address
}

fn serve(mut stream: TcpStream, status: u16) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let result = match request["method"].as_str() {
            _ if status != 200 => Value::Null,
            Some("initialize") => json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                "serverInfo": { "name": "careless", "version": "1" } }),
            _ => json!({ "supportedVersions": ["2026-07-28"], "capabilities": {} }),
        };
        let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
        let body = if result.is_null() { String::new() } else { answer.to_string() };
        let head = format!(
            "HTTP/1.1 {status} Any\r\ncontent-type: text/plain\r\nmcp-session-id: a b\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    }
}

#[test]
fn a_careless_server_over_http_fails_each_check_of_the_transport() {
    let url = format!("http://{}/mcp", careless_server(200));
    let common = ["origin", "malformed-body", "notification", "answer-type"];
    let legacy = ["protocol-version", "get", "session-id", "unknown-session", "delete-session"];
    let modern = ["method-mismatch", "method-missing", "name-mismatch", "version-mismatch"];
    let recommended = ["host", "content-type"];
    for (era, special, warnings) in [
        ("legacy", &legacy[..], &["missing-session"][..]),
        ("modern", &modern[..], &["get", "delete"]),
    ] {
        let run = Run::of(&["test", &url, "--era", era, "--json"]);
        for (status, names) in
            [("fail", (&common[..], special)), ("warn", (&recommended[..], warnings))]
        {
            let found = of_status(&run, status);
            for name in names.0.iter().chain(names.1) {
                assert!(found.iter().any(|it| it == name), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn a_server_that_wants_a_token_is_no_failure_of_a_check() {
    let url = format!("http://{}/mcp", careless_server(401));
    let run = Run::of(&["test", &url, "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(3), &json!("auth_required")), "{run:?}");
}

/// A directory with a program that shows its arguments.
fn suite(name: &str) -> Directory {
    let directory = Directory::new();
    directory.write(name, "#!/bin/sh\necho \"$@\"\nexit 3\n");
    let path = directory.path().join(name);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

#[test]
fn the_conformance_suite_is_run_against_the_server_over_http() {
    let npx = suite("npx");
    let url = "http://127.0.0.1:1/mcp";
    let arguments = ["test", "--conformance", "--spec-version", "2025-11-25", url];
    let run = Run::of_command(program().args(arguments).env("PATH", npx.path()));
    let shown = "--yes @modelcontextprotocol/conformance server --url http://127.0.0.1:1/mcp \
                 --spec-version 2025-11-25\n";
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(3), shown, ""), "{run:?}");
    let installed = suite("conformance");
    let server = example("stock_prices");
    let arguments = ["test", "--conformance", "--", &server];
    let run = Run::of_command(program().args(arguments).env("PATH", installed.path()));
    assert_eq!(run.code, Some(3), "{run:?}");
    let url = run.stdout.trim().strip_prefix("server --url http://127.0.0.1:").unwrap();
    assert!(url.ends_with("/mcp"), "{run:?}");
}

#[test]
fn without_the_suite_there_is_a_hint() {
    let nothing = Directory::new();
    let arguments = ["test", "--conformance", "--json", "http://127.0.0.1:1/mcp"];
    let run = Run::of_command(program().args(arguments).env("PATH", nothing.path()));
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert!(run.error()["message"].as_str().unwrap().contains("npx"), "{run:?}");
    assert!(run.error()["notes"][0].as_str().unwrap().contains("Node.js"), "{run:?}");
    let run = Run::of(&["test", "--spec-version", "2025-11-25", "http://127.0.0.1:1/mcp"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}
