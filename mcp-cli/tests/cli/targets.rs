//! Servers as the only word of a command.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::harness::{Run, directory, example, program};

/// Commands whose only word is a server.
const COMMANDS: [&[&str]; 8] = [
    &["inspect", "--json"],
    &["doctor", "--json"],
    &["lint", "--json"],
    &["lock", "--json"],
    // Reads what the former one wrote.
    &["check", "--json"],
    &["test", "--json", "--era", "modern"],
    &["export", "--json", "--for", "openai"],
    &["codegen"],
];

fn run_in(directory: &Path, arguments: &[&[&str]]) -> Run {
    Run::of_command(program().args(arguments.concat()).current_dir(directory))
}

#[test]
fn a_server_is_a_word_or_an_option() {
    let directory = directory("targets");
    let entries = json!({ "mcpServers": { "prices": { "command": example("stock_prices") } } });
    fs::write(directory.join("mcp.json"), entries.to_string()).unwrap();
    for command in COMMANDS {
        let word = run_in(&directory, &[command, &["mcp.json#prices"]]);
        assert_eq!(word.code, Some(0), "{command:?}: {word:?}");
        let option = run_in(&directory, &[command, &["--target", "mcp.json#prices"]]);
        assert_eq!(option.code, Some(0), "{command:?}: {option:?}");
        // `doctor` measures times, and `lock` finds its file.
        if !["doctor", "lock"].contains(&command[0]) {
            assert_eq!(word.stdout, option.stdout, "{command:?}");
        }
        for other in [&["--target", "mcp.json#prices"][..], &["--", "true"]] {
            let both = run_in(&directory, &[command, &["mcp.json#prices"], other]);
            assert_eq!((both.code, &*both.stdout), (Some(2), ""), "{command:?}: {both:?}");
            assert!(both.stderr.contains("cannot be used with"), "{command:?}: {both:?}");
        }
    }
}
