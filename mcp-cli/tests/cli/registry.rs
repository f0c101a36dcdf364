use std::fs;

use serde_json::{Value, json};

use crate::harness::Run;
use crate::package::{Directory, package, program_in};

const MANIFEST: &str = r#"[package]
name = "weather"
version = "0.3.0"
edition = "2024"
description = "Weather forecasts"
repository = "https://github.com/ann/weather.git"
homepage = "https://weather.example.com"

[package.metadata.mcp]
title = "Weather"
env = { API_KEY = { description = "Key of the API", required = true, secret = true } }

[workspace]
"#;

const PROOF: &str = "mcp-name: io.github.ann/weather";

fn weather() -> Directory {
    let directory = package("fn main() {}");
    directory.write("Cargo.toml", MANIFEST);
    directory.write("README.md", "# Weather\n");
    directory
}

fn registry(directory: &Directory, arguments: &[&str]) -> Run {
    Run::of_command(&mut program_in(directory, &[&["registry"], arguments].concat()))
}

fn read(directory: &Directory, name: &str) -> String {
    fs::read_to_string(directory.path().join(name)).unwrap()
}

#[test]
fn a_document_is_written_that_has_no_problem() {
    let directory = weather();
    directory.write("weather.mcpb", "bundle");
    let packages = ["--mcpb", "weather.mcpb", "--oci", "ghcr.io/ann/weather:0.3.0"];
    let remote = ["--remote", "https://weather.example.com/mcp", "--write-readme"];
    let run = registry(&directory, &[&["init"], &packages[..], &remote].concat());
    assert_eq!((run.code, &*run.stdout), (Some(0), "Wrote server.json\n"), "{run:?}");
    assert!(run.stderr.contains("LABEL io.modelcontextprotocol.server.name="), "{run:?}");
    assert_eq!(read(&directory, "README.md"), format!("# Weather\n\n{PROOF}\n"));
    let document: Value = serde_json::from_str(&read(&directory, "server.json")).unwrap();
    let variables = json!([{ "name": "API_KEY", "description": "Key of the API",
        "isRequired": true, "isSecret": true }]);
    let expected = json!({
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github.ann/weather",
        "title": "Weather",
        "description": "Weather forecasts",
        "version": "0.3.0",
        "repository": { "url": "https://github.com/ann/weather", "source": "github" },
        "websiteUrl": "https://weather.example.com",
        "packages": [
            { "registryType": "cargo", "registryBaseUrl": "https://crates.io", "identifier": "weather",
              "version": "0.3.0", "transport": { "type": "stdio" }, "environmentVariables": variables },
            { "registryType": "mcpb",
              "identifier": "https://github.com/ann/weather/releases/download/v0.3.0/weather.mcpb",
              "fileSha256": "1e6ed65d77d6364eeaed5a745ba5c4985ae2b700dd85d7cf7f027bdf294a33fc",
              "transport": { "type": "stdio" } },
            { "registryType": "oci", "identifier": "ghcr.io/ann/weather:0.3.0",
              "transport": { "type": "stdio" }, "environmentVariables": variables },
        ],
        "remotes": [{ "type": "streamable-http", "url": "https://weather.example.com/mcp" }],
    });
    assert_eq!(document, expected);
    let run = registry(&directory, &["check"]);
    let nothing = "`server.json` has no problem\n";
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(0), nothing, ""), "{run:?}");
    let run = registry(&directory, &["check", "--json"]);
    assert_eq!(run.json(), json!({ "file": "server.json", "problems": [] }));
}

#[test]
fn the_line_of_the_readme_is_named_and_files_stay() {
    let directory = weather();
    let run = registry(&directory, &["init", "--json"]);
    let report = run.json();
    assert_eq!((&report["proof"], &report["isProofVisible"]), (&json!(PROOF), &json!(false)));
    assert_eq!(read(&directory, "README.md"), "# Weather\n");
    let written = read(&directory, "server.json");
    let run = registry(&directory, &["init", "--name", "com.example/weather"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("`--force` overwrites it"), "{run:?}");
    assert_eq!(read(&directory, "server.json"), written);
    let run = registry(&directory, &["init", "--name", "com.example/weather", "--force"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.ends_with("  mcp-name: com.example/weather\n"), "{run:?}");
    assert!(read(&directory, "server.json").contains("\"com.example/weather\""));
}

#[test]
fn what_the_registry_would_refuse_is_not_written() {
    let directory = weather();
    for (arguments, code, message) in [
        (&["--name", "weather"][..], 6, "error: name has no `/`: \"weather\""),
        (&["--oci", "example.com/a:1"], 6, "packages[1].identifier is in a registry"),
        (&["--remote", "http://127.0.0.1:1/mcp"], 6, "remotes[0].url expected a public address"),
        (&["--mcpb", "missing.mcpb"], 2, "cannot read `missing.mcpb`"),
        (&["--mcpb", "https://github.com/a/b/releases/download/v1/c.mcpb"], 2, "put the file here"),
    ] {
        let run = registry(&directory, &[&["init"], arguments].concat());
        assert_eq!((run.code, &*run.stdout), (Some(code), ""), "{run:?}");
        assert!(run.stderr.contains(message), "{message}: {run:?}");
    }
    for (from, to, message) in [
        ("https://github.com/ann/weather.git", "https://example.com/x", "the server has no name"),
        ("Weather forecasts", &"long ".repeat(30), "the registry accepts 100"),
        ("title", "titel", "unknown field `titel`"),
    ] {
        directory.write("Cargo.toml", &MANIFEST.replace(from, to));
        let run = registry(&directory, &["init"]);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains(message), "{message}: {run:?}");
    }
    assert!(!directory.path().join("server.json").exists());
}

#[test]
fn differences_from_the_package_are_found() {
    let directory = weather();
    directory.write("weather.mcpb", "bundle");
    let run = registry(&directory, &["init", "--mcpb", "weather.mcpb", "--write-readme", "-q"]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(0), "", ""), "{run:?}");
    directory.write("weather.mcpb", "another bundle");
    directory.write("README.md", &format!("<!-- {PROOF} -->\n"));
    let manifest = MANIFEST.replace("0.3.0", "0.4.0");
    directory.write("Cargo.toml", &manifest.replace("edition", "publish = false\nedition"));
    let run = registry(&directory, &["check", "--json"]);
    assert_eq!((run.code, &*run.stderr), (Some(6), ""), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let problems = report["problems"].as_array().unwrap();
    let paths: Vec<_> = problems.iter().map(|it| it["path"].as_str().unwrap()).collect();
    let expected =
        ["packages[1].fileSha256", "version", "packages[0].version", "packages[0]", "packages[0]"];
    assert_eq!(paths, expected, "{report:#}");
    let message = problems[4]["message"].as_str().unwrap();
    assert!(message.contains("has in a comment, which crates.io removes,"), "{message}");
    assert_eq!(problems[4]["help"], format!("add this line: {PROOF}"));
    let run = registry(&directory, &["check"]);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(run.stdout.starts_with("error: packages[1].fileSha256 expected \""), "{run:?}");
    assert!(run.stdout.ends_with("5 problems\n"), "{run:?}");
}

#[test]
fn a_file_that_cannot_be_checked_is_refused() {
    let directory = Directory::new();
    let run = registry(&directory, &["check", "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("usage")), "{run:?}");
    directory.write("server.json", "{");
    let run = registry(&directory, &["check"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.starts_with("error: `server.json` is no JSON: "), "{run:?}");
    directory.write("server.json", "{ \"name\": \"\\u001b[2J\" }");
    let run = registry(&directory, &["check"]);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(run.stderr.starts_with("not compared with a `Cargo.toml`: "), "{run:?}");
    assert!(!run.stdout.contains('\u{1b}') && run.stdout.contains("[2J"), "{run:?}");
}
