//! Finds, starts and observes the programs under test.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Timeout for every wait. It is generous, so that no test depends on timing.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Set by `cargo xtask ci`, which has built the examples, so that tests do not wait for other runs of cargo.
const ARE_BUILT: &str = "MCP_EXAMPLES_ARE_BUILT";

/// The path of an example, which is built if needed.
///
/// # Panics
/// If it cannot be built.
pub fn example(name: &str) -> PathBuf {
    built("--example", name, profile().join("examples").join(name))
}

/// The path of a program of the workspace, which is built if needed.
///
/// # Panics
/// If it cannot be built.
pub fn binary(name: &str) -> PathBuf {
    built("--bin", name, profile().join(name))
}

/// The directory of the profile that the test was built with.
fn profile() -> PathBuf {
    // The test binary is in target/PROFILE/deps.
    let test = std::env::current_exe().expect("a test has a path");
    test.ancestors().nth(2).expect("a test lies in a profile's directory").to_owned()
}

/// Builds a program, until that has succeeded once in this process. It builds with `--workspace` and an example,
/// because then the features of shared dependencies are those of `cargo test --workspace`, and nothing is compiled
/// again.
fn built(kind: &str, name: &str, path: PathBuf) -> PathBuf {
    static BUILT: Mutex<BTreeSet<[String; 2]>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let is_built = std::env::var_os(ARE_BUILT).is_some() && path.exists();
    let program = [kind, name].map(str::to_owned);
    if !is_built && !built.contains(&program) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let shared = ["--example", "stock_prices"];
        let arguments = [&["build", "--quiet", "--workspace", kind, name], &shared[..]].concat();
        let status = Command::new(cargo).args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{name} does not build");
        built.insert(program);
    }
    path
}

/// Output of a program, captured in the background.
#[derive(Clone, Default)]
pub struct Captured(Arc<(Mutex<Output>, Condvar)>);

#[derive(Default)]
struct Output {
    text: String,
    is_ended: bool,
}

impl Captured {
    /// Starts to capture lines.
    pub fn of(source: impl Read + Send + 'static) -> Self {
        let captured = Self::default();
        let shared = captured.clone();
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                shared.push(&line);
                line.clear();
            }
            // A terminal ends with an error, which may follow a part of a line.
            shared.push(&line);
            let (state, changed) = &*shared.0;
            state.lock().unwrap_or_else(PoisonError::into_inner).is_ended = true;
            changed.notify_all();
        });
        captured
    }

    /// The output so far.
    pub fn text(&self) -> String {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).text.clone()
    }

    fn push(&self, bytes: &[u8]) {
        let (output, changed) = &*self.0;
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.text.push_str(&String::from_utf8_lossy(bytes));
        changed.notify_all();
    }

    /// Waits for the end of the output, and returns all of it.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn wait_for_end(&self) -> String {
        let (output, changed) = &*self.0;
        let output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let (output, timeout) = changed
            .wait_timeout_while(output, TEST_TIMEOUT, |output| !output.is_ended)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "expected the end of:\n{}", output.text);
        output.text.clone()
    }

    /// Waits for a text in the output.
    ///
    /// # Panics
    /// If it does not appear in time.
    pub fn wait_for(&self, wanted: &str) -> String {
        self.wait_for_after(0, wanted);
        self.text()
    }

    /// Waits for a text in the output from a position on, and returns the position of its end.
    ///
    /// # Panics
    /// If it does not appear in time.
    pub fn wait_for_after(&self, start: usize, wanted: &str) -> usize {
        let (output, changed) = &*self.0;
        let output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = |output: &mut Output| !output.text[start..].contains(wanted);
        let (output, timeout) = changed
            .wait_timeout_while(output, TEST_TIMEOUT, absent)
            .unwrap_or_else(PoisonError::into_inner);
        let text = &output.text[start..];
        assert!(!timeout.timed_out(), "expected {wanted:?} in:\n{text}");
        text.find(wanted).map_or(start, |found| start + found + wanted.len())
    }
}

/// Sends a signal by name.
///
/// # Panics
/// If the signal cannot be sent.
pub fn send_signal(pid: u32, name: &str) {
    let kill = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()), "the signal cannot be sent");
}

/// Waits for a program to exit, and returns its exit code.
///
/// # Panics
/// If it does not exit in time.
pub fn exit_code(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + TEST_TIMEOUT;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code();
        }
        assert!(Instant::now() < deadline, "the program does not end");
        std::thread::yield_now();
    }
}

/// Peak memory of a process in bytes, if the system reports it.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}
