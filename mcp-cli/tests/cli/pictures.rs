//! Images in terminals.

use std::process::Command;

use serde_json::Value;

use crate::harness::{Run, Terminal, program};
use crate::media::media_server_with;

/// One red dot.
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Starts of the escape sequences of the protocols.
const SEQUENCES: [&str; 2] = ["\u{1b}_G", "\u{1b}]1337"];

/// Commands whose result has an image.
const COMMANDS: [&[&str]; 3] = [&["call", "draw"], &["prompt", "look"], &["read", "picture://1"]];

/// A run in an environment that names a terminal.
fn command(arguments: &[&str], variables: &[(&str, &str)], image: &str) -> Command {
    let mut command = program();
    for name in [
        "KITTY_WINDOW_ID",
        "KONSOLE_VERSION",
        "LC_TERMINAL",
        "STY",
        "TERM_PROGRAM",
        "TMUX",
        "ZELLIJ",
    ] {
        command.env_remove(name);
    }
    command.args(arguments).args(["--era", "legacy"]).envs(variables.iter().copied());
    media_server_with(&mut command, image);
    command
}

fn shown(arguments: &[&str], variables: &[(&str, &str)], image: &str) -> (Option<i32>, String) {
    Terminal::start_command(&mut command(arguments, variables, image)).finish()
}

#[test]
fn terminals_that_can_show_images() {
    let kitty = format!("\u{1b}_Ga=T,f=100,q=2,m=0;{DOT}\u{1b}\\\r\n");
    let iterm2 = format!("\u{1b}]1337;File=inline=1;size=70:{DOT}\u{7}\r\n");
    for arguments in COMMANDS {
        for (variables, sequence) in [
            (&[("TERM", "xterm-kitty")][..], &kitty),
            (&[("TERM", "xterm-ghostty")], &kitty),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "240201")], &kitty),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], &iterm2),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], &iterm2),
        ] {
            let (code, text) = shown(arguments, variables, DOT);
            assert_eq!(code, Some(0), "{text:?}");
            assert!(text.contains(sequence), "{text:?}");
            if arguments[0] != "read" {
                assert!(text.contains(&format!("[image/png, 70 bytes]\r\n{sequence}")), "{text:?}");
            }
        }
    }
}

#[test]
fn other_terminals_get_a_line() {
    for arguments in COMMANDS {
        for (variables, more) in [
            (&[("TERM", "xterm-256color")][..], &[][..]),
            (&[("TERM", "dumb")], &[]),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], &[]),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], &[]),
            (&[("TERM", "xterm-kitty")], &["--no-images"]),
            (&[("TERM", "xterm-kitty")], &["--json"]),
        ] {
            let (_, text) = shown(&[arguments, more].concat(), variables, DOT);
            assert!(!SEQUENCES.iter().any(|it| text.contains(it)), "{variables:?}: {text:?}");
        }
        let run = Run::of_command(&mut command(arguments, &[("TERM", "xterm-kitty")], "AQID"));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!SEQUENCES.iter().any(|it| run.stdout.contains(it)), "a pipe: {run:?}");
    }
    let json = Run::of_command(&mut command(&["call", "draw", "--json"], &[], DOT)).json();
    assert_eq!(json["content"][0]["data"], Value::from(DOT));
}

#[test]
fn hostile_data_does_not_reach_the_terminal() {
    // The sequence that sets the title, a PNG that claims billions of pixels, one that is cut off, and no
    // base64.
    let huge = DOT.replace("gAAAAEAAAABCAY", "n////9/////CAY");
    for image in ["G10wO293bmVkBw==", &*huge, &DOT[..80], "!!!", ""] {
        for variables in [&[("TERM", "xterm-kitty")][..], &[("TERM_PROGRAM", "iTerm.app")]] {
            let (code, text) = shown(&["call", "draw"], variables, image);
            assert_eq!(code, Some(0), "{text:?}");
            assert!(!SEQUENCES.iter().any(|it| text.contains(it)), "{image}: {text:?}");
            assert!(!text.contains("\u{1b}]0"), "{image}: {text:?}");
        }
    }
}
