//! A process of a build.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use crate::commands::dev::build::Build;

/// Time that a process has to end after its standard input has.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// Lines without their ends.
pub(super) type Lines = mpsc::UnboundedReceiver<String>;

/// A process, which is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(super) lines: Lines,
}

impl Process {
    pub(super) fn start(build: &Build) -> io::Result<Self> {
        let mut child = Command::new(build.program())
            .args(&build.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        Ok(Self { stdin: child.stdin.take(), lines: lines(stdout), child })
    }

    /// Sends a line. A process that has ended is noticed by the end of its output.
    pub(super) async fn send(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        }
    }

    /// Closes standard input.
    pub(super) fn close(&mut self) {
        self.stdin = None;
    }

    /// Ends the process in the background.
    pub(super) fn end(mut self) {
        self.close();
        tokio::spawn(async move {
            // It is killed when it is dropped.
            let _ = tokio::time::timeout(END_TIMEOUT, self.child.wait()).await;
        });
    }
}

/// Reads lines in the background. Their number is not limited: a reader that waited for the relay while the
/// relay waits for the process would wait forever.
pub(super) fn lines(input: impl AsyncRead + Unpin + Send + 'static) -> Lines {
    let (sender, lines) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            if !text.is_empty() && sender.send(text.to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
}
