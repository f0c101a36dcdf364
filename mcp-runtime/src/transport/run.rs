//! The whole life of a server program: its command line, its transport, its end.

use std::future::poll_fn;
use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::component::app::App;
use crate::error::Error;
use crate::server::builder::Server;
use crate::transport::stdio;

/// How a server program is asked to serve.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Stdio,
    Http(String),
    Help,
}

/// Reads `--http ADDR` and `--help`, and leaves everything else to the program.
fn asked(arguments: impl Iterator<Item = String>) -> Result<Asked, Error> {
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let address = match argument.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--http" => arguments.next_if(|next| !next.starts_with('-')),
            other => match other.strip_prefix("--http=") {
                Some(address) => Some(address.to_owned()),
                None => continue,
            },
        };
        return address.filter(|address| !address.is_empty()).map(Asked::Http).ok_or_else(|| {
            Error::Arguments("--http: expected an address, such as --http 127.0.0.1:8000".into())
        });
    }
    Ok(Asked::Stdio)
}

impl Server {
    /// Serves as the command line says, and ends the process when that is over.
    ///
    /// Without arguments the server speaks over standard input and output; `--http ADDR` makes it
    /// listen for HTTP at an address such as `127.0.0.1:8000`, with its endpoint at `/mcp`, and
    /// `--help` tells so. All other arguments are left to the program. The server ends when its
    /// input does, or upon SIGTERM or SIGINT: requests get a short time to be answered, handlers
    /// that go on are dropped, and the process exits with status 0 even if a blocking handler
    /// hangs. So this function returns only with an error.
    ///
    /// # Errors
    /// What [`Error`] names. Nothing has been served then, unless it is [`Error::Io`].
    pub async fn run(self) -> Result<(), Error> {
        match asked(std::env::args().skip(1))? {
            Asked::Help => {
                say(&help(&self));
                std::process::exit(0)
            }
            Asked::Stdio => self.run_stdio().await?,
            Asked::Http(address) => self.run_http(&address).await?,
        }
        std::process::exit(0)
    }

    async fn run_stdio(self) -> Result<(), Error> {
        let config = self.stdio_config();
        let app = self.build()?;
        if std::io::stdin().is_terminal() {
            let arguments: Vec<_> = std::env::args().skip(1).collect();
            say(&introduction(&app, &program(), &arguments));
        }
        let patience = config.shutdown_timeout.saturating_add(AFTER_GRACE);
        stdio::serve(app, config, asked_to_end(patience), move || exit_after(patience)).await?;
        Ok(())
    }

    #[cfg(feature = "http")]
    async fn run_http(self, address: &str) -> Result<(), Error> {
        let patience = self.http_config().shutdown_timeout.saturating_add(AFTER_GRACE);
        self.serve_http_until(address, asked_to_end(patience)).await
    }

    #[cfg(not(feature = "http"))]
    async fn run_http(self, _address: &str) -> Result<(), Error> {
        Err(Error::Arguments(
            "--http: this program is built without the feature `http` of mcp-runtime".into(),
        ))
    }

    /// Serves over standard input and output until the input ends.
    ///
    /// While it serves, whatever else is printed to standard output goes to standard error. It
    /// reads no arguments and handles no signals.
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Io`] if reading fails.
    ///
    /// # Cancel safety
    /// Dropping the future ends serving; handlers that run are dropped.
    pub async fn serve_stdio(self) -> Result<(), Error> {
        let config = self.stdio_config();
        stdio::serve(self.build()?, config, std::future::pending(), || ()).await?;
        Ok(())
    }
}

/// How long the end may take beyond the grace: what handlers get to be dropped and the client to
/// read the last answers, and a little more.
const AFTER_GRACE: Duration = Duration::from_millis(400);

/// Ends the process some time from now, whatever handlers do.
fn exit_after(patience: Duration) {
    std::thread::sleep(patience);
    std::process::exit(0)
}

/// Waits until the process is asked to end, and sees to it that it then does.
///
/// Handlers may keep every thread of the runtime busy, so a thread of its own waits.
async fn asked_to_end(patience: Duration) {
    let (asked, heard) = oneshot::channel();
    let (ready, is_ready) = mpsc::channel();
    let listening = std::thread::Builder::new().name("mcp-signals".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let mut terminated = Box::pin(terminated());
        runtime.block_on(poll_fn(|cx| {
            let polled = terminated.as_mut().poll(cx);
            // Signals are heard from the first poll on. Only the first news is of interest.
            let _ = ready.send(());
            polled
        }));
        // Nobody waits any more if serving was dropped.
        let _ = asked.send(());
        exit_after(patience);
    });
    if let Err(error) = listening {
        tracing::debug!(%error, "the runtime itself has to hear of signals");
    }
    // For an instant; a signal before that would end the process at once.
    let is_heard = is_ready.recv().is_ok() && heard.await.is_ok();
    if !is_heard {
        terminated().await;
    }
}

/// Waits until the process is asked to end.
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
        // Signals cannot be heard here, so none is waited for.
        std::future::pending::<()>().await;
    }
}

/// Writes to standard error: standard output belongs to the protocol.
fn say(text: &str) {
    // If standard error is gone, there is nobody to tell.
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
         Usage: {program} [--http ADDR]\n\n\
         Without arguments it serves over standard input and output.\n\n  \
         --http ADDR  serve HTTP, for example --http 127.0.0.1:8000 (endpoint /mcp)\n  \
         --help       show this"
    )
}

/// What someone gets to read who starts the server by hand.
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

/// A command as one types it.
fn shell_words(program: &str, arguments: &[String]) -> String {
    let words = std::iter::once(program).chain(arguments.iter().map(String::as_str));
    let quoted = words.map(|word| match word.contains(char::is_whitespace) {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// A line for each tool: its name, and the first paragraph of what it says of itself.
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

    fn check(arguments: &str, expected: Option<Asked>) {
        let found = asked(arguments.split_whitespace().map(str::to_owned));
        assert_eq!(found.ok(), expected, "{arguments}");
    }

    #[test]
    fn only_the_arguments_of_run_are_read() {
        check("", Some(Asked::Stdio));
        check("--db app.db -v", Some(Asked::Stdio));
        check("--db app.db --http 127.0.0.1:0", Some(Asked::Http("127.0.0.1:0".into())));
        check("--http=[::1]:80", Some(Asked::Http("[::1]:80".into())));
        check("--help", Some(Asked::Help));
        check("--http", None);
        check("--http --help", None);
    }

    #[test]
    fn who_starts_it_by_hand_is_told_how_to_connect_it() {
        let tool = |name, about: &str| {
            Tool::new(name, r#"{"type":"object"}"#, |_, _| async {}).description(about)
        };
        let server = Server::new("demo", "1.0")
            .tool(tool("add", "Add two\nintegers.\n\nMore about it."))
            .tool(tool("subtract", ""));
        let app = server.build().unwrap();
        let told = introduction(&app, "/bin/demo", &["--db".into(), "a b".into()]);
        let entry = r#"{
  "mcpServers": {
    "demo": {
      "args": [
        "--db",
        "a b"
      ],
      "command": "/bin/demo"
    }
  }
}"#;
        assert!(told.contains("Tools:\n  add       Add two integers.\n  subtract\n\n"), "{told}");
        assert!(told.contains(entry), "{told}");
        assert!(told.contains(r#"instead: /bin/demo --db "a b" --http 127"#), "{told}");
        let told = introduction(&Server::new("demo", "1.0").build().unwrap(), "/bin/demo", &[]);
        assert!(!told.contains("Tools:") && !told.contains("args"), "{told}");
    }
}
