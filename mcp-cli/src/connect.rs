//! Connections to servers.

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, ServerInfo};
use mcp_runtime::protocol::{Implementation, LoggingMessageParams};
use owo_colors::OwoColorize as _;

use crate::abort;
use crate::exit::Failure;
use crate::logins;
use crate::output::{log, one_line, plain, screen};
use crate::target::{ConnectionArguments, EraArgument, Program, Target, TargetArguments};

/// Connects to the server that the arguments name.
pub(crate) async fn connect(arguments: &TargetArguments) -> Result<Client, Failure> {
    let target = arguments.resolve()?;
    connect_to(&target, &arguments.connection).await
}

/// Settings and handlers of a connection.
pub(crate) trait Setup {
    /// Adds them to a client that is not connected yet.
    fn set_up<T>(&self, builder: ClientBuilder<T>) -> Result<ClientBuilder<T>, Failure>;
}

/// Connects to a server.
pub(crate) async fn connect_to(
    target: &Target,
    connection: &ConnectionArguments,
) -> Result<Client, Failure> {
    connection.questions.check().await?;
    open(target, connection).await
}

/// Connects to a server with settings and handlers.
pub(crate) async fn open(target: &Target, setup: &impl Setup) -> Result<Client, Failure> {
    let client = match target {
        Target::Program(Program { program, arguments, env, cwd }) => {
            let mut builder = Client::stdio(program).args(arguments);
            for (name, value) in env {
                builder = builder.env(name, value);
            }
            if let Some(directory) = cwd {
                builder = builder.current_dir(directory);
            }
            setup.set_up(builder)?.connect().await?
        }
        Target::Http(server) => {
            let mut builder = Client::http(&server.url);
            for (name, value) in &server.headers {
                builder = builder.header(name, value);
            }
            if let Some(login) = logins::of_server(server)? {
                builder = builder.login(login);
            }
            let connected = setup.set_up(builder)?.connect().await;
            connected.map_err(|error| match error {
                Error::Http(failure) if failure.status == 401 => {
                    Failure::not_logged_in(&server.url)
                }
                error => error.into(),
            })?
        }
    };
    abort::opened(&client);
    Ok(client)
}

/// Questions are answered in the terminal, and log messages shown there.
impl Setup for ConnectionArguments {
    fn set_up<T>(&self, builder: ClientBuilder<T>) -> Result<ClientBuilder<T>, Failure> {
        self.questions.add_to(Unasked(self).set_up(builder)?)
    }
}

/// A connection without questions, for commands that only list what a server has.
pub(crate) struct Unasked<'a>(pub(crate) &'a ConnectionArguments);

impl Setup for Unasked<'_> {
    fn set_up<T>(&self, builder: ClientBuilder<T>) -> Result<ClientBuilder<T>, Failure> {
        let era = match self.0.era {
            EraArgument::Auto => Era::Auto,
            EraArgument::Legacy => Era::Legacy,
            EraArgument::Modern => Era::Modern,
        };
        Ok(builder
            .era(era)
            .info(Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION")))
            .timeout(self.0.timeout())
            .on_log(show_log)
            .on_message(log::message))
    }
}

fn show_log(message: LoggingMessageParams) {
    let data = match message.data.as_str() {
        Some(text) => plain(text),
        None => plain(&message.data.to_string()),
    };
    let level = format!("[{}]", plain(message.level.as_str()));
    screen::note(format!("{} {data}", level.dimmed()));
}

/// The name of a server, for messages.
pub(crate) fn server_name(server: &ServerInfo) -> String {
    let implementation = server.implementation.as_ref();
    implementation.map_or("the server".into(), |it| one_line(&it.name))
}
