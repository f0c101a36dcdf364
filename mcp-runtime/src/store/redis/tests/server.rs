//! Redis servers of the tests.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::store::suite::folder::Folder;

/// A Redis server of its own, with a temporary folder.
pub(super) struct RedisServer {
    pub(super) port: u16,
    settings: Vec<String>,
    folder: Folder,
    /// `None` while it is not running.
    child: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts a server; `None` if Redis is not installed.
    pub(super) fn start(settings: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            // This shows up although the test passes.
            let _ = writeln!(
                std::io::stderr(),
                "not run: {test}, because `redis-server` is not installed"
            );
            return None;
        }
        let settings: Vec<_> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let folder = Folder::new();
        // Another program may take the port meanwhile.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(child) = spawn(port, &folder, &settings) {
                return Some(Self { port, settings, folder, child: Mutex::new(Some(child)) });
            }
        }
        panic!("Redis does not start");
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server, as a crash does.
    pub(super) fn kill(&self) {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts the server again, with the same port and files.
    pub(super) fn restart(&self) {
        let child = spawn(self.port, &self.folder, &self.settings).expect("Redis starts again");
        *self.child.lock().unwrap() = Some(child);
    }

    /// Sends a command for which the store has no use.
    pub(super) fn command(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut client.get_connection().unwrap()).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a server and waits until it accepts connections; `None` if it ends before.
fn spawn(port: u16, folder: &Folder, settings: &[String]) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.arg("--dir").arg(folder.path()).args(settings);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    if lines.any(|line| line.contains("Ready to accept connections")) {
        std::thread::spawn(move || lines.count());
        return Some(child);
    }
    child.wait().unwrap();
    None
}

/// The server of all tests that do not stop it. It ends with the last of them.
pub(super) fn shared() -> Option<Arc<RedisServer>> {
    static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(RedisServer::start(&[])?);
    *shared = Arc::downgrade(&server);
    Some(server)
}
