//! Output of the program.

pub(crate) mod content;
pub(crate) mod log;
pub(crate) mod picture;
pub(crate) mod screen;
pub(crate) mod shell;
pub(crate) mod signature;

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::exit::Failure;

/// Writes a text and a line break to standard output. A reader that has closed its end, such as `head`,
/// ends the program's output, not the program.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_text(format!("{text}\n").as_bytes())
}

/// Writes a text to standard output as it is.
pub(crate) fn print_text(text: &[u8]) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    written(out.write_all(text).and_then(|()| out.flush()))
}

/// Writes a text of a server to standard output: to a terminal without characters that it acts on, and to
/// a file or a program as it is.
pub(crate) fn print_foreign(text: &str) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        return print(&plain(text));
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    print_bytes(format!("{text}{end}").as_bytes())
}

/// Writes bytes to standard output as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// The outcome of writing to standard output. A reader that has closed its end ends the output.
fn written(outcome: std::io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a value to standard output as a JSON document.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Returns a text of a server without characters that a terminal acts on, such as the start of an escape
/// sequence. Lines stay lines.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|character| if acts(character) { '\u{fffd}' } else { character }).collect()
}

/// The first line of a text of a server.
pub(crate) fn one_line(text: &str) -> String {
    plain(text.lines().next().unwrap_or_default())
}

/// A text of a server in one line, such as a name, which must not look like several.
pub(crate) fn flat(text: &str) -> String {
    plain(&text.replace(['\n', '\t', '\r'], " "))
}

/// Returns `true` for control characters, and for those that turn the direction of the text.
fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || character.is_control() && !matches!(character, '\n' | '\t')
}
