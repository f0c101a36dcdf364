//! Lines that a program under test writes to standard error.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStderr;

/// Maximum length of a line, in bytes. A longer one is read as several.
const MAX_LINE: u64 = 64 * 1024;

/// Reads all lines, whatever their bytes are: a program whose standard error is closed may fail when it writes
/// to it.
#[derive(Debug)]
pub(super) struct StderrLines(BufReader<ChildStderr>);

impl StderrLines {
    pub(super) fn new(stderr: ChildStderr) -> Self {
        Self(BufReader::new(stderr))
    }

    /// Reads the next line, without its end. `None` at the end of the output.
    pub(super) async fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut limited = (&mut self.0).take(MAX_LINE);
        let count = limited.read_until(b'\n', &mut line).await.ok()?;
        (count > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Stdio;

    use tokio::process::Command;

    use super::*;

    #[tokio::test]
    async fn all_lines_are_read_whatever_their_bytes_are() {
        let script = r"printf 'a\377\n\nlong' >&2; head -c 65536 /dev/zero | tr '\0' x >&2; printf 'er\nend' >&2";
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", script]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = StderrLines::new(child.stderr.take().unwrap());
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line);
        }
        let long = format!("long{}", "x".repeat(65532));
        assert_eq!(read, ["a\u{fffd}", "", &long, "xxxxer", "end"]);
        assert!(child.wait().await.unwrap().success());
    }
}
