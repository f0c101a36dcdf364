//! Logins, at an authorization server in memory and a server that accepts its tokens.

mod machines;
mod stored;
mod tokens;
mod users;

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use mcp_runtime::authorization::Auth;
use mcp_runtime::client::reqwest;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::AuthServer;
use mcp_tests::process::{Captured, exit_code};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::harness::{Run, directory, program};

/// Name the caller.
#[tool]
async fn whoami(caller: Principal) -> String {
    format!("{} {}", caller.subject().unwrap_or_default(), caller.scopes().join(" "))
}

/// Diary of the caller.
#[resource("diary://today", scopes("diary"))]
async fn diary() -> &'static str {
    "dear diary"
}

/// A server that requires tokens, and a user with a home directory.
struct Protected {
    runtime: Runtime,
    auth: AuthServer,
    url: String,
    home: PathBuf,
}

impl Protected {
    fn start(name: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let (auth, url) = runtime.block_on(async {
            let auth = AuthServer::start().await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/mcp", listener.local_addr().unwrap());
            let rules = Auth::jwt(auth.issuer()).audience(&url).required_scopes(["read"]);
            let server = Server::new("protected", "1.0.0").with::<whoami>().with::<diary>();
            let server = server.require_auth(rules);
            tokio::spawn(server.serve_listener(listener, std::future::pending()));
            (auth, url)
        });
        auth.subject("ada");
        Self { runtime, auth, url, home: directory(&format!("login-{name}")) }
    }

    /// The program, as this user runs it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .env("HOME", &self.home)
            .env("XDG_CONFIG_HOME", self.home.join(".config"))
            .env("CARGO_MCP_STORE", "file");
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of_command(&mut self.command(arguments))
    }

    /// Calls the tool `whoami`.
    fn whoami(&self) -> Run {
        self.run(&["call", "whoami", "--target", &self.url])
    }

    /// Logs in as a user who agrees.
    fn log_in(&self, options: &[&str]) -> Run {
        let login = Login::start(self, options);
        self.visit(&self.agree(&login.page()));
        login.finish()
    }

    /// Starts a login without a browser, which waits for the user.
    fn agree(&self, page: &str) -> String {
        self.runtime.block_on(AuthServer::agree(page)).unwrap()
    }

    /// Opens a page, and returns its status.
    fn visit(&self, url: &str) -> u16 {
        self.runtime.block_on(async { reqwest::get(url).await.unwrap().status().as_u16() })
    }

    /// Number of requests to a path of the authorization server.
    fn asked(&self, path: &str) -> usize {
        self.auth.requests_to(path).len()
    }

    fn config(&self, name: &str) -> PathBuf {
        let base =
            if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
        self.home.join(base).join("cargo-mcp").join(name)
    }

    fn tokens(&self) -> String {
        fs::read_to_string(self.config("tokens.json")).unwrap()
    }
}

/// A login that is in progress.
struct Login {
    child: Child,
    stderr: Captured,
}

impl Login {
    fn start(server: &Protected, options: &[&str]) -> Self {
        let arguments = [&["login", &server.url, "--no-browser"], options].concat();
        Self::of(&mut server.command(&arguments))
    }

    fn of(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = Captured::of(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    /// The page that the user is to open.
    fn page(&self) -> String {
        let shown = self.stderr.wait_for("/authorize?");
        let line = shown.lines().find(|line| line.contains("/authorize?")).unwrap();
        line.trim().to_owned()
    }

    fn finish(mut self) -> Run {
        let code = exit_code(&mut self.child);
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        Run { code, stdout, stderr: self.stderr.wait_for_end() }
    }
}
