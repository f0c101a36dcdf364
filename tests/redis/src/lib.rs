//! Redis servers for tests and benchmarks.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fd::OwnedFd;
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

/// Settings with which acknowledged writes survive when Redis is killed. Without `fsync`, they do not wait for
/// the disk.
pub const SURVIVES_KILL: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "no"];

/// Settings with which acknowledged writes survive a crash of the machine.
pub const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// A Redis server of its own, with a temporary folder. It ends when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    port: ReservedPort,
    settings: Vec<String>,
    folder: PathBuf,
    /// `None` while it is not running.
    child: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts a server with further settings; `None` if Redis is not installed. The name of the thread, which is
    /// that of the test, is printed then.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(settings: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            let line = format!("not run: {test}, because `redis-server` is not installed\n");
            // This shows up although the test passes.
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
        let port = ReservedPort::any().expect("there is a free port");
        let folder = format!("mcp-redis-{}-{}", std::process::id(), port.number);
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).expect("a folder can be created");
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let server = Self { port, settings, folder, child: Mutex::default() };
        server.restart();
        Some(server)
    }

    /// Port of the server at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number
    }

    /// URL of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// URL of a database, 0 to 1023.
    pub fn database(&self, number: u64) -> String {
        format!("{}/{number}", self.url())
    }

    /// Kills the server, as a crash does.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            child.kill().expect("Redis is killed");
            child.wait().expect("Redis has ended");
        }
    }

    /// Starts the server again, with the same port and files.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&self) {
        let child = self.spawn().expect("Redis starts");
        *self.child() = Some(child);
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the program and waits until it accepts connections; `None` if it ends before.
    fn spawn(&self) -> Option<Child> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port().to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--databases", "1024", "--dir"]).arg(&self.folder).args(&self.settings);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut lines = BufReader::new(child.stdout.take()?).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            std::thread::spawn(move || lines.count());
            return Some(child);
        }
        child.wait().ok()?;
        None
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        // Whatever stays is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that the system gives to no other program, even while no server listens on it.
#[derive(Debug)]
struct ReservedPort {
    number: u16,
    /// Bound and not listening. Only a program that names the port, and sets `SO_REUSEADDR` as Redis does, can bind
    /// to it too.
    _socket: OwnedFd,
}

impl ReservedPort {
    fn any() -> rustix::io::Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let number = SocketAddrV4::try_from(getsockname(&socket)?)?.port();
        Ok(Self { number, _socket: socket })
    }
}
