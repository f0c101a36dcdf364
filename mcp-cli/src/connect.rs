//! Connections to servers.

use mcp_runtime::client::{Client, ClientBuilder, Era};
use mcp_runtime::protocol::{Implementation, LoggingMessageParams};
use owo_colors::OwoColorize as _;

use crate::exit::Failure;
use crate::output::plain;
use crate::target::{
    ConnectionArguments, EraArgument, HttpServer, Program, Target, TargetArguments,
};

/// Connects to the server that the arguments name.
pub(crate) async fn connect(arguments: &TargetArguments) -> Result<Client, Failure> {
    let target = arguments.resolve()?;
    connect_to(&target, &arguments.connection).await
}

/// Connects to a server.
pub(crate) async fn connect_to(
    target: &Target,
    connection: &ConnectionArguments,
) -> Result<Client, Failure> {
    Ok(match target {
        Target::Program(Program { program, arguments, env, cwd }) => {
            let mut builder = Client::stdio(program).args(arguments);
            for (name, value) in env {
                builder = builder.env(name, value);
            }
            if let Some(directory) = cwd {
                builder = builder.current_dir(directory);
            }
            configured(builder, connection).connect().await?
        }
        Target::Http(HttpServer { url, headers }) => {
            let mut builder = Client::http(url);
            for (name, value) in headers {
                builder = builder.header(name, value);
            }
            configured(builder, connection).connect().await?
        }
    })
}

fn configured<T>(builder: ClientBuilder<T>, connection: &ConnectionArguments) -> ClientBuilder<T> {
    let era = match connection.era {
        EraArgument::Auto => Era::Auto,
        EraArgument::Legacy => Era::Legacy,
        EraArgument::Modern => Era::Modern,
    };
    builder
        .era(era)
        .info(Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION")))
        .timeout(connection.timeout)
        .on_log(show_log)
}

fn show_log(message: LoggingMessageParams) {
    let data = match message.data.as_str() {
        Some(text) => plain(text),
        None => plain(&message.data.to_string()),
    };
    anstream::eprintln!("{} {data}", format_args!("[{}]", plain(message.level.as_str())).dimmed());
}
