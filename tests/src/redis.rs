//! Redis servers for tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A Redis server of its own. It ends when it is dropped.
pub struct RedisServer {
    port: u16,
    /// Folder of its files, if acknowledged writes survive a crash.
    folder: Option<PathBuf>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts a server that stores nothing on the disk; `None` if Redis is not installed. The name of the test is
    /// printed then.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Option<Self> {
        Self::start_in(None)
    }

    /// Starts a server in which acknowledged writes survive a crash; `None` if Redis is not installed.
    ///
    /// # Panics
    /// If it does not start.
    pub fn durable() -> Option<Self> {
        let folder =
            std::env::temp_dir().join(format!("mcp-redis-{}-{}", std::process::id(), free_port()));
        std::fs::create_dir_all(&folder).expect("a folder can be created");
        Self::start_in(Some(folder))
    }

    fn start_in(folder: Option<PathBuf>) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            let line = format!("not run: {test}, because `redis-server` is not installed\n");
            // This shows up although the test passes.
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
        // Another program may take the port meanwhile.
        for _ in 0..10 {
            let port = free_port();
            if let Some(child) = spawn(port, folder.as_deref()) {
                return Some(Self { port, folder, child: Some(child) });
            }
        }
        panic!("Redis does not start");
    }

    /// URL of a database, 0 to 1023.
    pub fn url(&self, database: u64) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }

    /// Kills the server, as a crash does.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("Redis is killed");
            child.wait().expect("Redis has ended");
        }
    }

    /// Starts the server again, with the same port and files.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.child = Some(spawn(self.port, self.folder.as_deref()).expect("Redis starts again"));
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        // Whatever stays is in the folder for temporary files.
        let _ = self.folder.take().map(std::fs::remove_dir_all);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Starts a server and waits until it accepts connections; `None` if it ends before.
fn spawn(port: u16, folder: Option<&Path>) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--databases", "1024"]);
    if let Some(folder) = folder {
        command.args(["--appendonly", "yes", "--appendfsync", "always"]).arg("--dir").arg(folder);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut lines = BufReader::new(child.stdout.take()?).lines().map_while(Result::ok);
    if lines.any(|line| line.contains("Ready to accept connections")) {
        std::thread::spawn(move || lines.count());
        return Some(child);
    }
    child.wait().ok()?;
    None
}
