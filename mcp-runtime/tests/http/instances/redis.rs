//! A Redis server for a test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// A Redis server of its own, in which acknowledged writes survive a crash.
pub(crate) struct RedisServer {
    port: u16,
    folder: PathBuf,
    child: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts a server; `None` if Redis is not installed.
    pub(crate) fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let line = "not run, because `redis-server` is not installed\n";
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let name = format!("mcp-redis-{}-{port}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            if let Some(child) = spawn(port, &folder) {
                return Some(Self { port, folder, child: Mutex::new(Some(child)) });
            }
        }
        panic!("Redis does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server, as a crash does.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts the server again, with the same port and files.
    pub(crate) fn restart(&self) {
        let child = spawn(self.port, &self.folder).expect("Redis starts again");
        *self.child.lock().unwrap() = Some(child);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts a server and waits until it accepts connections; `None` if it ends before.
fn spawn(port: u16, folder: &Path) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "always"]).arg("--dir").arg(folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    if lines.any(|line| line.contains("Ready to accept connections")) {
        std::thread::spawn(move || lines.count());
        return Some(child);
    }
    child.wait().unwrap();
    None
}
