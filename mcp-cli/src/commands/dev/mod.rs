//! `cargo mcp dev`: serves the last good build, and rebuilds on every change.
//!
//! ```text
//! Watcher ──▶ Builder ──▶ Build ──(watch channel)──┬──▶ relay ◀──▶ host on standard input and output
//!                                                  ├──▶ relay ◀──▶ gateway ◀──▶ hosts over HTTP
//!                                                  └──▶ relays ◀─▶ inspector
//! ```
//!
//! A build is announced only if a process of it answers and gives its lists; otherwise the former one goes
//! on serving, from a copy of its program. Each connection has a process and a relay, which replaces the
//! process behind the open connection:
//!
//! - Stateful revisions: `initialize`, `notifications/initialized`, the log level and the subscriptions of
//!   the host are sent to the new process, whose answers to them the host does not get.
//! - Stateless revision: open `subscriptions/listen` requests are sent again, with their ids.
//! - Requests in flight get an error: the new process does not know them.
//! - Questions of the former process are cancelled, and late answers to them are dropped.
//! - The host gets `list_changed` for the lists that differ.
//!
//! The relay forwards all else as it is, so that a host on standard input sees the server itself, with its
//! extensions. Over HTTP there is a gateway (`mcp_runtime::gateway`) between: it has the sessions and
//! streams of the transport, and offers what a gateway forwards: tools, resources, prompts, completion,
//! questions. Name, version and kinds of components are those of the build that a host has connected to.

mod build;
mod changes;
mod http;
mod inspector;
mod relay;
mod watcher;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use mcp_runtime::protocol::Implementation;
use owo_colors::OwoColorize as _;
use tokio::sync::watch;

use self::build::{Build, Builder};
use self::changes::{Lists, Surface};
use self::watcher::{Paths, Watcher};
use crate::arguments::OutputArguments;
use crate::commands::run::DEFAULT_ADDRESS;
use crate::exit::Failure;
use crate::output::{one_line, plain};
use crate::target::package::PackageArguments;
use crate::web::{Inspector, Page, PageArguments};

pub(crate) use self::inspector::CurrentBuild;

/// Serves this package, and rebuilds on every change while hosts stay connected
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp dev
  cargo mcp dev --http
  cargo mcp dev --http 127.0.0.1:9000 --watch data -- --units metric
  cargo mcp dev --inspector

A host starts `cargo mcp dev` in the place of the server, or connects to the address of `--http`.")]
pub(crate) struct DevArguments {
    /// Serves HTTP as well, at an address
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    http: Option<String>,
    /// Serves the inspector, too: a page that calls the current build and shows its messages
    #[arg(id = "page", long = "inspector")]
    inspector: bool,
    #[command(flatten)]
    page: PageArguments,
    /// Builds once
    #[arg(long)]
    no_reload: bool,
    /// Further file or folder whose changes start a build
    #[arg(long, value_name = "PATH")]
    watch: Vec<PathBuf>,
    /// Program that builds, and prints the path of the server
    #[arg(long, value_name = "PROGRAM", hide = true)]
    build_command: Option<PathBuf>,
    /// Arguments of the server
    #[arg(last = true, value_name = "SERVER_ARGUMENTS")]
    arguments: Vec<OsString>,
    #[command(flatten)]
    package: PackageArguments,
}

pub(crate) async fn run(arguments: DevArguments, output: &OutputArguments) -> Result<(), Failure> {
    let DevArguments {
        http,
        inspector,
        page,
        no_reload,
        watch: watched,
        build_command,
        package,
        arguments,
    } = arguments;
    let mut paths = Paths::default();
    if build_command.is_none() {
        paths.add_source(&package)?;
    }
    paths.add(&watched)?;
    let watcher = if no_reload { None } else { Some(Watcher::new(&paths)?) };
    let listener = match &http {
        Some(address) => Some(http::listen(address).await?),
        None => None,
    };
    let page = if inspector { Some(Page::bind(&page).await?) } else { None };
    let builder = build_command.map_or_else(|| Builder::Cargo(package), Builder::Command);
    let (sender, builds) = watch::channel(None);
    let address = listener.as_ref().map(|(_, url)| url.clone());
    let inspector = page.as_ref().map(|_| CurrentBuild::inspect(&builds));
    let mut development = Development {
        builder,
        arguments,
        watcher,
        sender,
        address,
        inspector: inspector.clone(),
        is_quiet: output.quiet,
    };
    let stdio = relay::run(tokio::io::stdin(), tokio::io::stdout(), builds.clone());
    let over_http = async {
        match listener {
            Some((listener, _)) => http::serve(listener, builds).await,
            None => std::future::pending().await,
        }
    };
    let has_inspector = page.is_some();
    let page = async {
        match page.zip(inspector) {
            Some((page, inspector)) => {
                page.announce();
                page.serve(inspector).await
            }
            None => std::future::pending().await,
        }
    };
    let stdio = async {
        let outcome = stdio.await;
        // A server over HTTP needs no standard input, and neither does the inspector.
        if http.is_some() || has_inspector {
            std::future::pending::<()>().await;
        }
        outcome.map_err(|error| Failure::internal(format!("the connection has ended: {error}")))
    };
    tokio::select! {
        outcome = development.run() => outcome,
        outcome = over_http => outcome,
        outcome = page => outcome,
        outcome = stdio => outcome,
        () = terminated() => Err(Failure::cancelled()),
    }
}

/// Waits for the signal with which hosts end a server. It is caught so that nothing is left behind.
async fn terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut signal) = signal(SignalKind::terminate()) {
            signal.recv().await;
            return;
        }
    }
    std::future::pending().await
}

/// Builds, again and again.
struct Development {
    builder: Builder,
    arguments: Vec<OsString>,
    /// `None` with `--no-reload`.
    watcher: Option<Watcher>,
    sender: watch::Sender<Option<Arc<Build>>>,
    address: Option<String>,
    inspector: Option<Arc<Inspector>>,
    is_quiet: bool,
}

impl Development {
    /// Runs until it is dropped.
    async fn run(&mut self) -> Result<(), Failure> {
        let mut changed = None;
        loop {
            let started = Instant::now();
            let former = self.sender.borrow().clone();
            match self.builder.build(&self.arguments, former.as_deref()).await {
                Ok(Some(build)) => {
                    let elapsed = started.elapsed().as_secs_f64();
                    self.report_build(former.as_deref(), &build, changed.as_deref(), elapsed);
                    self.sender.send_replace(Some(Arc::new(build)));
                }
                Ok(None) => {}
                Err(failure) if self.watcher.is_none() => return Err(failure),
                Err(failure) => self.report_failure(&failure, former.is_some()),
            }
            match &mut self.watcher {
                Some(watcher) => changed = Some(watcher.next().await),
                None => std::future::pending().await,
            }
        }
    }

    fn report_build(
        &self,
        former: Option<&Build>,
        build: &Build,
        changed: Option<&Path>,
        seconds: f64,
    ) {
        let Some(former) = former else {
            let name = match &build.info.implementation {
                Some(Implementation { name, version, .. }) => {
                    format!("{} {}", one_line(name).bold(), one_line(version))
                }
                None => "server".into(),
            };
            let address = self.address.iter().map(|url| format!(" + {url}")).collect::<String>();
            let ready = build.ready.as_millis();
            self.notice(false, format!("built, ready in {ready} ms"));
            return self
                .say(&format!("{} {name} ready in {ready} ms — stdio{address}", "▶".green()));
        };
        let path = changed.map(shown).unwrap_or_default();
        let changes = changes_between(&former.surface, &build.surface);
        let path = plain(&path);
        self.notice(false, format!("{path} changed, rebuilt in {seconds:.1}s — {changes}"));
        self.say(&format!("{} {path} changed, rebuilt in {seconds:.1}s — {changes}", "↻".cyan()));
    }

    fn report_failure(&self, failure: &Failure, is_serving: bool) {
        let reason = failure.notes().first().map_or(failure.message(), |note| note);
        let rest = match is_serving {
            true => "still serving the last good build",
            false => "waiting for a change",
        };
        let reason = plain(reason);
        self.notice(true, format!("build failed ({reason}) — {rest}"));
        anstream::eprintln!("  {} build failed ({reason}) — {rest}", "✗".red());
    }

    fn notice(&self, failed: bool, text: String) {
        if let Some(inspector) = &self.inspector {
            inspector.notice(failed, text);
        }
    }

    fn say(&self, text: &str) {
        if !self.is_quiet {
            anstream::eprintln!("  {text}");
        }
    }
}

/// Changes of a build, with the notifications that hosts get.
fn changes_between(before: &Surface, after: &Surface) -> String {
    let lists: Lists = before.changed_lists(after);
    let sent: Vec<_> = lists.iter().map(|(list, _)| format!("{list}/list_changed")).collect();
    match &sent[..] {
        [] => "the same components".into(),
        sent => format!("{}, sent {}", before.describe_changes(after), sent.join(", ")),
    }
}

/// A path, relative to this folder if it is below.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
