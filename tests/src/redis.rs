//! Redis servers for tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// A Redis server of its own, which stores nothing on the disk. It ends when it is dropped.
pub struct RedisServer {
    child: Child,
    port: u16,
}

impl RedisServer {
    /// Starts a server; `None` if Redis is not installed. The name of the test is printed then.
    ///
    /// # Panics
    /// If the server does not start.
    pub fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            let _ = writeln!(
                std::io::stderr(),
                "not run: {test}, because `redis-server` is not installed"
            );
            return None;
        }
        // Another program may take the port meanwhile.
        let server = (0..10).find_map(|_| {
            let listener = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
            Self::on(listener.expect("there is a free port").port())
        });
        Some(server.expect("Redis starts"))
    }

    fn on(port: u16) -> Option<Self> {
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--databases", "1024"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Redis can be started");
        let output = child.stdout.take().expect("the output is a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let is_ready = lines.any(|line| line.contains("Ready to accept connections"));
        std::thread::spawn(move || lines.count());
        let server = Self { child, port };
        is_ready.then_some(server)
    }

    /// The URL of a database, 0 to 1023.
    pub fn url(&self, database: u64) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Fails if the server has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
