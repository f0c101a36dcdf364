//! Runs of the program.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use mcp_tests::process::{Captured, exit_code};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::Value;

/// The program. It starts with the name of the subcommand, as Cargo calls it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-mcp"));
    command.arg("mcp").env_remove("NO_COLOR");
    command
}

/// The path of an example of the workspace.
pub(crate) fn example(name: &str) -> String {
    mcp_tests::process::example(name).into_os_string().into_string().unwrap()
}

/// The eras of the protocol, as `--era` has them.
pub(crate) const ERAS: [&str; 2] = ["legacy", "modern"];

/// An empty directory of a test.
pub(crate) fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
        _ => {}
    }
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Output of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs the program to its end, through pipes.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        Self::of_command(program().args(arguments))
    }

    pub(crate) fn of_command(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }

    /// Standard output of a run that succeeded, as a JSON document.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error that `--json` prints.
    pub(crate) fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let document: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        document["error"].clone()
    }
}

/// A run in a terminal.
pub(crate) struct Terminal {
    person: File,
    child: Child,
    shown: Captured,
    /// Length of what was waited for already.
    seen: usize,
}

impl Terminal {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_command(program().args(arguments))
    }

    pub(crate) fn start_command(command: &mut Command) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let size = Winsize { ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&person, size).unwrap();
        let name: PathBuf = ptsname(&person, Vec::new()).unwrap().into_string().unwrap().into();
        let open = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
        let child = command.stdin(open()).stdout(open()).stderr(open()).spawn().unwrap();
        // The command holds the terminal open, which has to end with the program.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let person = File::from(person);
        let shown = Captured::of(person.try_clone().unwrap());
        Self { person, child, shown, seen: 0 }
    }

    /// Waits until the terminal has shown a text, after those that were waited for before. Returns all that it has
    /// shown since then.
    pub(crate) fn wait_for(&mut self, wanted: &str) -> String {
        let start = self.seen;
        self.seen = self.shown.wait_for_after(start, wanted);
        self.shown.text()[start..self.seen].to_owned()
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end of the program, and returns its exit code and all that was shown.
    pub(crate) fn finish(mut self) -> (Option<i32>, String) {
        let code = exit_code(&mut self.child);
        (code, self.shown.wait_for_end())
    }
}
