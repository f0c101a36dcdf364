//! Finding, starting and watching the programs under test.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up. No test passes or fails by less.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The path of an example, built if need be.
///
/// # Panics
/// If it cannot be built.
pub fn example(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.contains(name) {
        build(name);
        built.insert(name.to_owned());
    }
    // This test lies in target/PROFILE/deps.
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test lies in a profile's directory");
    profile.join("examples").join(name)
}

/// Of the whole workspace: with the features that `cargo test --workspace` has given to what all its
/// members depend on, nothing is built a second time.
fn build(example: &str) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--example", example])
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the example {example} does not build");
}

/// Text that a program writes, gathered in the background.
#[derive(Clone, Default)]
pub struct Captured(Arc<(Mutex<String>, Condvar)>);

impl Captured {
    /// Starts gathering lines.
    pub fn of(source: impl Read + Send + 'static) -> Self {
        let captured = Self::default();
        let shared = captured.clone();
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let (text, changed) = &*shared.0;
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&String::from_utf8_lossy(&line));
                changed.notify_all();
                line.clear();
            }
        });
        captured
    }

    /// What has been written so far.
    pub fn text(&self) -> String {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a text has been written.
    ///
    /// # Panics
    /// If it is not written in time.
    pub fn wait_for(&self, wanted: &str) -> String {
        let (text, changed) = &*self.0;
        let text = text.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = |text: &mut String| !text.contains(wanted);
        let (text, timeout) = changed
            .wait_timeout_while(text, PATIENCE, absent)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "expected {wanted:?} in:\n{text}");
        text.clone()
    }
}

/// Sends a signal by its name.
///
/// # Panics
/// If the signal cannot be sent.
pub fn send_signal(pid: u32, name: &str) {
    let kill = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()), "the signal cannot be sent");
}

/// Waits for a program to end and returns its exit code.
///
/// # Panics
/// If it does not end in time.
pub fn exit_code(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code();
        }
        assert!(Instant::now() < deadline, "the program does not end");
        std::thread::yield_now();
    }
}

/// The most memory a process has held, in bytes, where the system tells.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}
