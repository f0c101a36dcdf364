//! Formatting of generated code.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The text as `rustfmt` writes it, if it is installed.
pub(crate) fn formatted(text: String) -> String {
    let format = || -> Option<String> {
        let mut child = Command::new("rustfmt")
            .args(["--edition", "2024", "--emit", "stdout"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // The program reads all before it writes.
        let written = child.stdin.take()?.write_all(text.as_bytes());
        let output = child.wait_with_output().ok()?;
        written.ok()?;
        let formatted = String::from_utf8(output.stdout).ok()?;
        (output.status.success() && !formatted.is_empty()).then_some(formatted)
    };
    match format() {
        Some(formatted) => formatted,
        None => {
            tracing::warn!(target: "mcp_cli", "rustfmt did not format the file");
            text
        }
    }
}
