//! The server that a command is about.

mod config;
mod discovered;
pub(crate) mod package;
mod several;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::package::PackageArguments;
pub(crate) use self::several::Several;
use crate::exit::Failure;
use crate::questions::QuestionArguments;

/// Arguments that name a server.
#[derive(Args, Debug)]
#[command(next_help_heading = "Server")]
pub(crate) struct TargetArguments {
    /// Server: a URL, `path/to/mcp.json#NAME`, or a name that `cargo mcp discover` shows, as `NAME` or `SOURCE:NAME`. `path/to/mcp.json` and `SOURCE:` are all servers of a file or host. Without it and without a command: the server of this package
    #[arg(long, value_name = "TARGET", conflicts_with = "command")]
    pub(crate) target: Option<String>,
    /// Command of a server on stdio
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
    #[command(flatten)]
    pub(crate) package: PackageArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

/// Arguments that name a server, which may be the only word of the command, too.
#[derive(Args, Debug)]
pub(crate) struct PositionalTargetArguments {
    /// Server, as for `--target`
    #[arg(value_name = "TARGET", conflicts_with_all = ["target", "command"])]
    server: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
}

impl From<PositionalTargetArguments> for TargetArguments {
    fn from(PositionalTargetArguments { server, mut target }: PositionalTargetArguments) -> Self {
        target.target = target.target.or(server);
        target
    }
}

/// Arguments that name a server at a URL.
#[derive(Args, Debug)]
pub(crate) struct UrlArguments {
    /// Server: a URL, `path/to/mcp.json#NAME`, or a name that `cargo mcp discover` shows
    #[arg(value_name = "TARGET")]
    server: Option<String>,
    /// The same, as other commands have it
    #[arg(long, value_name = "TARGET", conflicts_with = "server")]
    target: Option<String>,
}

impl UrlArguments {
    /// The URL of the server.
    pub(crate) fn url(&self) -> Result<String, Failure> {
        let target = self.server.as_ref().or(self.target.as_ref());
        let target = target.ok_or_else(|| {
            Failure::usage("the server is missing")
                .note("expected a URL, such as `https://example.com/mcp`")
        })?;
        match named(target)?.only()? {
            Target::Http(server) => Ok(server.url),
            Target::Program(_) => {
                let message = format!("`{target}` is a program, which takes no login");
                Err(Failure::usage(message).note("logins are for servers at a URL"))
            }
        }
    }
}

/// Arguments of a connection.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// Era of the protocol
    #[arg(long, value_enum, default_value_t)]
    pub(crate) era: EraArgument,
    /// Seconds that a request may take: 60, or 10 in `test`
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Header of HTTP requests, as `NAME: VALUE`
    #[arg(long, value_name = "HEADER", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Environment variable with an access token
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) bearer_env: Option<String>,
    /// Environment variable of the server, as `NAME=VALUE`
    #[arg(long, value_name = "VARIABLE", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
    /// Working directory of the server
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) cwd: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) questions: QuestionArguments,
}

/// Era of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EraArgument {
    /// The newest that the server has
    #[default]
    Auto,
    /// Sessions: revisions up to 2025-11-25
    Legacy,
    /// Stateless: 2026-07-28
    Modern,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A program on stdio.
    Program(Program),
    /// A server at a URL.
    Http(HttpServer),
}

/// A program, with what it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: Option<PathBuf>,
}

/// A URL, with the headers of its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HttpServer {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// The servers that a command is about.
#[derive(Debug)]
pub(crate) enum Targets {
    One(Target),
    Several(Several),
}

impl Targets {
    /// The server, if there is no other.
    fn only(self) -> Result<Target, Failure> {
        match self {
            Self::One(target) => Ok(target),
            Self::Several(several) => several.only(),
        }
    }
}

impl TargetArguments {
    /// Finds the server. That of this package is built first.
    ///
    /// # Errors
    /// Wrong arguments if they name several servers, among others.
    pub(crate) fn resolve(&self) -> Result<Target, Failure> {
        let mut target = self.named()?.only()?;
        self.connection.add_to(&mut target)?;
        Ok(target)
    }

    /// Finds the server, or all servers of a file or a host.
    pub(crate) fn resolve_all(&self) -> Result<Targets, Failure> {
        let mut targets = self.named()?;
        match &mut targets {
            Targets::One(target) => self.connection.add_to(target)?,
            Targets::Several(_) => self.connection.refuse_settings()?,
        }
        Ok(targets)
    }

    fn named(&self) -> Result<Targets, Failure> {
        match (&self.target, &self.command[..]) {
            (Some(target), _) => named(target),
            (None, [program, arguments @ ..]) => {
                let (program, arguments) = (program.clone(), arguments.to_vec());
                let program = Program { program, arguments, ..Program::default() };
                Ok(Targets::One(Target::Program(program)))
            }
            (None, []) => {
                let program = self.package.build()?.into();
                let program = Program { program, ..Program::default() };
                Ok(Targets::One(Target::Program(program)))
            }
        }
    }
}

/// Time that a request may take if none is given.
const TIMEOUT: Duration = Duration::from_secs(60);

impl ConnectionArguments {
    /// Time that a request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// Refuses settings that not each of several servers may get, such as a token.
    fn refuse_settings(&self) -> Result<(), Failure> {
        let given = [
            ("--header", !self.header.is_empty()),
            ("--bearer-env", self.bearer_env.is_some()),
            ("--env", !self.env.is_empty()),
            ("--cwd", self.cwd.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((option, _)) => {
                Err(Failure::usage(format!("`{option}` is for one server, not for all of a file"))
                    .note("choose one with `#NAME`, or set it in the file"))
            }
        }
    }

    /// Adds the settings for a kind of server to one of that kind.
    fn add_to(&self, target: &mut Target) -> Result<(), Failure> {
        let Self { header, bearer_env, env, cwd, .. } = self;
        match target {
            Target::Program(_) if !header.is_empty() || bearer_env.is_some() => {
                Err(Failure::usage("`--header` and `--bearer-env` need a server at a URL"))
            }
            Target::Http(_) if !env.is_empty() || cwd.is_some() => {
                Err(Failure::usage("`--env` and `--cwd` need a server that is a program"))
            }
            Target::Program(program) => {
                program.env.extend(env.iter().cloned());
                program.cwd = cwd.clone().or(program.cwd.take());
                Ok(())
            }
            Target::Http(server) => {
                server.headers.extend(header.iter().cloned());
                if let Some(name) = bearer_env {
                    let token = std::env::var(name).map_err(|_| {
                        Failure::usage(format!("the environment variable `{name}` has no token"))
                    })?;
                    server.headers.push(("Authorization".into(), format!("Bearer {token}")));
                }
                Ok(())
            }
        }
    }
}

/// The server that a text names, or all servers of a file or a host.
fn named(target: &str) -> Result<Targets, Failure> {
    if target.starts_with("http://") || target.starts_with("https://") {
        let server = HttpServer { url: target.to_owned(), headers: Vec::new() };
        return Ok(Targets::One(Target::Http(server)));
    }
    if let Some(host) = discovered::host(target) {
        return discovered::servers(host).map(Targets::Several);
    }
    if is_file(target) {
        return config::servers(target.as_ref()).map(Targets::Several);
    }
    let target = match target.rsplit_once('#') {
        Some((path, name)) => config::server(path.as_ref(), name),
        None => discovered::server(target),
    };
    target.map(Targets::One)
}

/// Returns `true` for a path with an ending of configuration files, and without `#NAME`.
fn is_file(target: &str) -> bool {
    let path = Path::new(target);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_config = matches!(ending, Some("json" | "jsonc" | "toml" | "yaml" | "yml"));
    is_config && (path.is_file() || !target.contains('#'))
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|it| Duration::try_from_secs_f64(it).ok());
    duration
        .filter(|it| !it.is_zero())
        .ok_or_else(|| "expected seconds, such as `60` or `0.5`".into())
}

pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected `NAME: VALUE`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(crate) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `NAME=VALUE`")?;
    Ok((name.to_owned(), value.to_owned()))
}
