//! A server program from its command line to its exit.

use std::future::poll_fn;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::component::app::App;
use crate::error::Error;
use crate::server::builder::Server;
use crate::transport::command_line::{HttpOptions, Selected};
use crate::transport::stdio::Unwritten;
use crate::transport::{dropped, stdio, warn_of_nothing};

impl Server {
    /// Serves over the transport that the command line selects, and then ends the process.
    ///
    /// Without arguments the server uses standard input and output. With `--http ADDR` it listens
    /// for HTTP at an address such as `127.0.0.1:8000`, with the endpoint `/mcp`; without a host,
    /// as in `:8000`, it listens on `127.0.0.1`. Beside it,
    /// `--public-host HOST` and `--allow-origin ORIGIN` add to
    /// [`HttpConfig::public_hosts`](crate::http::HttpConfig::public_hosts) and
    /// [`allowed_origins`](crate::http::HttpConfig::allowed_origins), the latter with
    /// [`cors`](crate::http::HttpConfig::cors); both may be repeated, and are also read from the
    /// environment, `MCP_PUBLIC_HOSTS` and `MCP_ALLOWED_ORIGINS`, separated by commas. `--help`
    /// prints this. All other arguments are left to the program. The server shuts down at the end of its
    /// input, or on SIGTERM or SIGINT: requests in flight have a short time to finish, handlers that
    /// run on are dropped, and the process exits with status 0 even if a blocking handler hangs.
    ///
    /// If the server cannot be built, or if serving fails, all reasons are printed to standard error
    /// and the process exits with status 1. So this function never returns; its result type allows
    /// calls with `?` and as the last expression of `main`. Use [`serve_stdio`](Self::serve_stdio),
    /// `serve_http` or [`serve_over`](Self::serve_over) to handle errors.
    ///
    /// ```no_run
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), mcp_runtime::Error> {
    ///     Server::new("calculator", "1.0.0").with::<add>().run().await
    /// }
    /// ```
    ///
    /// # Errors
    /// None, because an error ends the process.
    pub async fn run(self) -> Result<(), Error> {
        match self.run_selected().await {
            Ok(()) => std::process::exit(0),
            Err(error) => {
                print(&format!("error: {}", error.report()));
                std::process::exit(1)
            }
        }
    }

    async fn run_selected(self) -> Result<(), Error> {
        match Selected::read(std::env::args().skip(1))? {
            Selected::Help => {
                print(&help(&self));
                Ok(())
            }
            Selected::Stdio => self.run_stdio().await,
            Selected::Http(options) => self.run_http(options).await,
        }
    }

    async fn run_stdio(self) -> Result<(), Error> {
        let config = self.stdio_config();
        let exit = Exit::within(config.shutdown_timeout.saturating_add(EXIT_TIMEOUT));
        let signal = end_signal(exit.clone());
        let app = self.build()?;
        app.open().await?;
        warn_of_nothing(&app);
        if std::io::stdin().is_terminal() {
            let arguments: Vec<_> = std::env::args().skip(1).collect();
            print(&introduction(&app, &program(), &arguments));
        }
        let at_end = exit.clone();
        let served =
            stdio::serve(Arc::clone(&app), config, signal, move |rest| at_end.wait_for(rest)).await;
        exit.leave_to_state();
        let closed = app.close().await;
        dropped(app).await;
        served?;
        closed
    }

    #[cfg(feature = "http")]
    async fn run_http(self, options: HttpOptions) -> Result<(), Error> {
        let config = options.added_to(self.http_config());
        let time = config.drain_delay.saturating_add(config.shutdown_timeout);
        let exit = Exit::within(time.saturating_add(EXIT_TIMEOUT));
        let signal = end_signal(exit.clone());
        let over = || exit.leave_to_state();
        self.http(config).serve_http_until(&options.address, signal, over).await
    }

    #[cfg(not(feature = "http"))]
    async fn run_http(self, options: HttpOptions) -> Result<(), Error> {
        let address = options.address;
        Err(Error::arguments(format!(
            "--http {address}: this program is built without the feature `http` of mcp-runtime"
        )))
    }

    /// Serves over standard input and output until the input ends.
    ///
    /// While it serves, output of handlers goes to standard error. It reads no arguments and handles
    /// no signals.
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Lifespan`] if a lifespan fails, [`Error::Io`] if
    /// reading fails.
    ///
    /// # Cancel safety
    /// Dropping the future ends serving; handlers that run are dropped.
    pub async fn serve_stdio(self) -> Result<(), Error> {
        let config = self.stdio_config();
        let app = self.build()?;
        app.open().await?;
        let served = stdio::serve(Arc::clone(&app), config, std::future::pending(), drop).await;
        let closed = app.close().await;
        served?;
        closed
    }
}

/// Time limit of the exit beyond the shutdown timeout: the time for handlers to be dropped, and a
/// little more. After the end of the input, the client may take longer to read the last answers.
const EXIT_TIMEOUT: Duration = Duration::from_millis(400);

/// Time that the state of the server has to be dropped.
const STATE_TIMEOUT: Duration = Duration::from_secs(10);

/// The exit of the process within a time, even if handlers block.
#[derive(Clone)]
struct Exit {
    timeout: Duration,
    /// `true` once the handlers have ended and only the state is left to be dropped.
    is_left_to_state: Arc<AtomicBool>,
}

impl Exit {
    fn within(timeout: Duration) -> Self {
        Self { timeout, is_left_to_state: Arc::default() }
    }

    /// Blocks until the time has passed and the client has read the last answers or reads no more, and
    /// ends the process.
    fn wait_for(&self, unwritten: Unwritten) {
        std::thread::sleep(self.timeout);
        if !self.is_left_to_state.load(Ordering::Acquire) {
            unwritten.finish();
            // The runtime notices that a little later, unless it is blocked.
            std::thread::sleep(EXIT_TIMEOUT);
        }
        self.end()
    }

    /// Blocks until the time has passed, and ends the process.
    fn wait(&self) {
        std::thread::sleep(self.timeout);
        self.end()
    }

    fn end(&self) {
        if self.is_left_to_state.load(Ordering::Acquire) {
            std::thread::sleep(STATE_TIMEOUT);
        }
        std::process::exit(0)
    }

    /// Gives the state the time to be dropped.
    fn leave_to_state(&self) {
        self.is_left_to_state.store(true, Ordering::Release);
    }
}

/// Catches the signals to end from now on. Returns a future that waits for one; after that the process ends
/// in time.
///
/// Handlers may keep every thread of the runtime busy, so a dedicated thread waits.
fn end_signal(exit: Exit) -> impl Future<Output = ()> {
    let (signalled, signal) = oneshot::channel();
    let (ready, is_ready) = mpsc::channel();
    let listening = std::thread::Builder::new().name("mcp-signals".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let mut terminated = Box::pin(terminated());
        runtime.block_on(poll_fn(|cx| {
            let polled = terminated.as_mut().poll(cx);
            // Signals are caught from the first poll on. Only the first message is received.
            let _ = ready.send(());
            polled
        }));
        // The receiver is gone if serving was dropped.
        let _ = signalled.send(());
        exit.wait();
    });
    if let Err(error) = listening {
        tracing::debug!(%error, "signals are caught by the runtime itself");
    }
    // This blocks for an instant, and nothing has been read yet.
    let is_caught = is_ready.recv().is_ok();
    async move {
        let is_signalled = is_caught && signal.await.is_ok();
        if !is_signalled {
            terminated().await;
        }
    }
}

/// Waits for SIGTERM or SIGINT.
async fn terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                () = interrupted() => {}
            }
            return;
        }
    }
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Signals cannot be caught here.
        std::future::pending::<()>().await;
    }
}

/// Prints to standard error: standard output belongs to the protocol.
fn print(text: &str) {
    // There is no other place to print to.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn program() -> String {
    let path = std::env::current_exe().ok();
    path.map_or_else(|| "this program".into(), |path| path.display().to_string())
}

fn help(server: &Server) -> String {
    let info = server.info();
    let (name, version, program) = (&info.name, &info.version, program());
    format!(
        "{name} {version}, a server of the Model Context Protocol\n\n\
         Usage: {program} [--http ADDR [--public-host HOST]... [--allow-origin ORIGIN]...]\n\n\
         Without arguments it serves over standard input and output.\n\n{OPTIONS}"
    )
}

/// Options in the text of `--help`.
const OPTIONS: &str = "  \
  --http ADDR            serve HTTP, for example --http 127.0.0.1:8000 (endpoint /mcp);
                         --http :8000 is the same
  --public-host HOST     also answer requests for this host, such as mcp.example.com
                         (environment: MCP_PUBLIC_HOSTS, separated by commas)
  --allow-origin ORIGIN  let web pages of this origin use the server, such as https://app.example.com
                         (environment: MCP_ALLOWED_ORIGINS, separated by commas)
  --help                 show this";

/// Text for a user who starts the server in a terminal.
fn introduction(app: &App, program: &str, arguments: &[String]) -> String {
    let (name, version) = (&app.info.name, &app.info.version);
    let mut text = format!(
        "{name} {version} is an MCP server. It speaks JSON-RPC over standard input and output, so it \
         is meant to be started by a host.\n\n"
    );
    text.push_str(&list_of_tools(app));
    let mut entry = serde_json::json!({ "command": program });
    if !arguments.is_empty() {
        entry["args"] = arguments.into();
    }
    let entry = serde_json::json!({ "mcpServers": { name: entry } });
    let entry = serde_json::to_string_pretty(&entry).unwrap_or_default();
    let command = shell_words(program, arguments);
    text.push_str(&format!(
        "To connect a host, add it to its configuration, such as claude_desktop_config.json:\n{entry}\n\n\
         Or serve HTTP instead: {command} --http 127.0.0.1:8000\n\n\
         Waiting for messages, one a line; Ctrl-D ends."
    ));
    text
}

/// Command line with quotes where words have spaces.
fn shell_words(program: &str, arguments: &[String]) -> String {
    let words = std::iter::once(program).chain(arguments.iter().map(String::as_str));
    let quoted = words.map(|word| match word.contains(char::is_whitespace) {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// One line for each tool: its name and the first paragraph of its description.
fn list_of_tools(app: &App) -> String {
    let registry = app.live.registry();
    let width =
        registry.tools.items().iter().map(|tool| tool.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for tool in registry.tools.items() {
        let about = tool.tool.description.as_deref().unwrap_or_default();
        let about: Vec<_> =
            about.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let line = format!("  {:width$}  {}", tool.name(), about.join(" "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if text.is_empty() { text } else { format!("Tools:\n{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::tool::dynamic::Tool;

    #[test]
    fn the_introduction_shows_how_to_connect_a_host() {
        let tool = |name, about: &str| {
            Tool::new(name, r#"{"type":"object"}"#, |_, _| async {}).description(about)
        };
        let server = Server::new("demo", "1.0")
            .tool(tool("add", "Add two\nintegers.\n\nMore about it."))
            .tool(tool("subtract", ""));
        let app = server.build().unwrap();
        let text = introduction(&app, "/bin/demo", &["--db".into(), "a b".into()]);
        let entry = text.split_once("desktop_config.json:\n").unwrap().1;
        let entry = entry.split_once("\n\nOr serve").unwrap().0;
        let entry: serde_json::Value = serde_json::from_str(entry).unwrap();
        let expected = serde_json::json!({ "command": "/bin/demo", "args": ["--db", "a b"] });
        assert_eq!(entry, serde_json::json!({ "mcpServers": { "demo": expected } }));
        assert!(text.contains("Tools:\n  add       Add two integers.\n  subtract\n\n"), "{text}");
        assert!(text.contains(r#"instead: /bin/demo --db "a b" --http 127"#), "{text}");
        let text = introduction(&Server::new("demo", "1.0").build().unwrap(), "/bin/demo", &[]);
        assert!(!text.contains("Tools:") && !text.contains("args"), "{text}");
    }
}
