use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use zip::ZipArchive;

use crate::harness::{Run, example};
use crate::package::{Directory, package, program_in};

const MANIFEST: &str = r#"[package]
name = "weather"
version = "0.3.0"
edition = "2024"
description = "Weather forecasts"
authors = ["Ann <ann@example.com>"]
license = "MIT"
repository = "https://github.com/ann/weather"
keywords = ["weather"]

[package.metadata.mcp]
title = "Weather"
icon = "art/icon.png"

[package.metadata.mcp.env]
API_KEY = { description = "Key of the API", required = true, secret = true }
UNITS = { description = "Units", default = "metric" }

[workspace]
"#;

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// A package whose server is an example. The program is a script, so that it fits all platforms.
fn weather(server: &str) -> Directory {
    let directory = package("fn main() {}");
    directory.write("Cargo.toml", MANIFEST);
    directory.write("art/icon.png", "\u{89}PNG");
    fs::write(directory.path().join("art/icon.png"), b"\x89PNG\r\n\x1a\nrest").unwrap();
    directory.write("weather", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", example(server)));
    let program = directory.path().join("weather");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

fn bundle(directory: &Directory, arguments: &[&str]) -> Run {
    let arguments = [&["bundle", "--program", "weather"], arguments].concat();
    Run::of_command(&mut program_in(directory, &arguments))
}

fn entries(path: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let mode = entry.unix_mode().unwrap() & 0o777;
        entries.push((entry.name().unwrap().to_string(), mode, bytes));
    }
    entries
}

#[test]
fn a_bundle_has_the_manifest_the_icon_and_the_program() {
    let directory = weather("stock_prices");
    let run = bundle(&directory, &["--target-triple", LINUX, "--", "--verbose"]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    let name = format!("weather-0.3.0-{LINUX}.mcpb");
    assert!(run.stdout.starts_with(&format!("Wrote {name} (0.0 MiB, 1 tool, sha256 ")), "{run:?}");
    let entries = entries(&directory.path().join(name));
    let files: Vec<_> = entries.iter().map(|(path, mode, _)| (&**path, *mode)).collect();
    let expected = [("manifest.json", 0o644), ("icon.png", 0o644), ("server/weather", 0o755)];
    assert_eq!(files, expected);
    assert_eq!(entries[2].2, fs::read(directory.path().join("weather")).unwrap());
    let manifest: Value = serde_json::from_slice(&entries[0].2).unwrap();
    let expected = json!({
        "manifest_version": "0.3",
        "name": "weather",
        "display_name": "Weather",
        "version": "0.3.0",
        "description": "Weather forecasts",
        "author": { "name": "Ann", "email": "ann@example.com" },
        "repository": { "type": "git", "url": "https://github.com/ann/weather" },
        "icon": "icon.png",
        "server": {
            "type": "binary",
            "entry_point": "server/weather",
            "mcp_config": {
                "command": "${__dirname}/server/weather",
                "args": ["--verbose"],
                "env": { "API_KEY": "${user_config.api_key}", "UNITS": "${user_config.units}" },
            },
        },
        "tools": [{ "name": "get_stock_price", "description": manifest["tools"][0]["description"] }],
        "keywords": ["weather"],
        "license": "MIT",
        "compatibility": { "platforms": ["linux"] },
        "user_config": {
            "api_key": { "type": "string", "title": "API_KEY", "description": "Key of the API",
                "required": true, "sensitive": true },
            "units": { "type": "string", "title": "UNITS", "description": "Units",
                "required": false, "sensitive": false, "default": "metric" },
        },
    });
    assert_eq!(manifest, expected);
    assert!(manifest["tools"][0]["description"].is_string(), "{manifest}");
}

#[test]
fn equal_contents_give_equal_bytes_and_each_target_a_bundle() {
    let directory = weather("prompts");
    let targets = ["--target-triple", LINUX, "--target", "x86_64-pc-windows-msvc"];
    let first = bundle(&directory, &[&targets[..], &["--json"]].concat()).json();
    let second = bundle(&directory, &[&targets[..], &["--json"]].concat()).json();
    assert_eq!((&first, &first["isWritten"]), (&second, &json!(true)));
    let windows = &first["bundles"][0];
    assert_eq!(windows["path"], "weather-0.3.0-x86_64-pc-windows-msvc.mcpb");
    let manifest = &windows["manifest"];
    assert_eq!(manifest["server"]["entry_point"], "server/weather.exe");
    let command = &manifest["server"]["mcp_config"]["command"];
    assert_eq!(command, "${__dirname}/server/weather.exe");
    assert_eq!(manifest["compatibility"]["platforms"], json!(["win32"]));
    let path = directory.path().join(windows["path"].as_str().unwrap());
    let bytes = fs::read(&path).unwrap();
    assert_eq!(windows["size"], bytes.len());
    assert_eq!(entries(&path)[2].0, "server/weather.exe");
    // Texts of prompts may have what was read on this machine.
    assert_eq!(
        (&manifest["prompts"], &manifest["prompts_generated"]),
        (&json!(null), &json!(true))
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = weather("stock_prices");
    let run = bundle(&directory, &["--dry-run", "-o", "x.mcpb", "--target-triple", LINUX]);
    let manifest: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &manifest["manifest_version"]), (Some(0), &json!("0.3")), "{run:?}");
    assert!(run.stderr.starts_with("would write x.mcpb ("), "{run:?}");
    assert!(!directory.path().join("x.mcpb").exists());
}

#[test]
fn mistakes_in_the_manifest_are_shown_with_what_to_write() {
    let directory = weather("stock_prices");
    for (from, to, message, note) in [
        ("authors", "categories", "has no `authors`", "authors = [\"Your Name <you@"),
        ("description = \"Weather forecasts\"\n", "", "has no `description`", "description = \"W"),
        ("title", "titel", "Cargo.toml`, line 12: unknown field `titel`", "expected in `[package."),
        ("icon = \"art/icon.png\"", "icon = \"Cargo.toml\"", "expected a PNG, got", "512"),
    ] {
        directory.write("Cargo.toml", &MANIFEST.replacen(from, to, 1));
        let run = bundle(&directory, &["--target-triple", LINUX]);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains(message) && run.stderr.contains(note), "{message}: {run:?}");
    }
    let left = fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().ends_with("mcpb")));
}

#[test]
fn targets_that_cannot_be_are_refused() {
    let directory = weather("stock_prices");
    let run = bundle(&directory, &["--target-triple", "wasm32-wasip1", "--json"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.error()["message"], "there are no bundles for `wasm32-wasip1`");
    let both =
        ["-o", "x.mcpb", "--target-triple", LINUX, "--target-triple", "aarch64-apple-darwin"];
    let run = bundle(&directory, &both);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("there are several targets"), "{run:?}");
    // The program of the tests themselves, which is none for Windows.
    let server = example("stock_prices");
    let arguments = ["bundle", "--program", &server, "--target-triple", "x86_64-pc-windows-gnu"];
    let run = Run::of_command(&mut program_in(&directory, &arguments));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("expected a program for win32"), "{run:?}");
}

#[test]
fn a_build_for_a_target_that_is_not_installed_fails() {
    let directory = weather("stock_prices");
    let target = "sparc-unknown-linux-gnu";
    let arguments = ["bundle", "--json", "--target-triple", target];
    let run = Run::of_command(&mut program_in(&directory, &arguments));
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    let note = json!(format!("`rustup target add {target}` installs the target, if it is missing"));
    assert!(run.error()["notes"].as_array().unwrap().contains(&note), "{run:?}");
}

#[test]
fn the_server_of_the_package_is_built_with_optimizations_and_packed() {
    let server = example("stock_prices");
    let main = format!(
        "use std::os::unix::process::CommandExt;\nfn main() {{\n    assert!(!cfg!(debug_assertions));\n    \
         let error = std::process::Command::new({server:?}).exec();\n    panic!(\"{{error}}\");\n}}\n"
    );
    let directory = package(&main);
    directory.write("Cargo.toml", &MANIFEST.replace("icon = \"art/icon.png\"\n", ""));
    let run = Run::of_command(&mut program_in(&directory, &["bundle", "-o", "a.mcpb", "--json"]));
    assert_eq!(run.json()["bundles"][0]["manifest"]["tools"][0]["name"], "get_stock_price");
    let entries = entries(&directory.path().join("a.mcpb"));
    let built = fs::read(directory.path().join("target/release/weather")).unwrap();
    assert_eq!((&*entries[1].0, entries[1].1, &entries[1].2), ("server/weather", 0o755, &built));
}

#[test]
fn a_server_that_does_not_start_makes_no_bundle() {
    let directory = weather("stock_prices");
    directory.write("weather", "#!/bin/sh\necho 'API_KEY is not set' >&2\nexit 1\n");
    let run = bundle(&directory, &["--target-triple", LINUX]);
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert!(run.stderr.contains("API_KEY is not set"), "{run:?}");
    assert!(run.stderr.contains("`--env NAME=VALUE`"), "{run:?}");
}
