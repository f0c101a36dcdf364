//! The server to install.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Failure;
use crate::hosts::entry::Server;
use crate::hosts::env_file;
use crate::target::package::PackageArguments;
use crate::target::{header, variable};

/// Arguments that describe a server.
#[derive(Args, Debug)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArguments {
    /// Name of the server, instead of that of its binary
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Environment variable of the server, as `NAME=VALUE`
    #[arg(long, value_name = "VARIABLE", value_parser = variable, conflicts_with = "url")]
    env: Vec<(String, String)>,
    /// File with environment variables of the server, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    env_file: Option<PathBuf>,
    /// URL of a server, instead of the server of this package
    #[arg(long, value_name = "URL", requires = "name", value_parser = url)]
    pub(crate) url: Option<String>,
    /// Header of HTTP requests, as `NAME: VALUE`
    #[arg(long, value_name = "HEADER", value_parser = header, requires = "url")]
    header: Vec<(String, String)>,
    /// Builds without optimizations
    #[arg(long, conflicts_with_all = ["release", "profile", "url"])]
    debug: bool,
    #[command(flatten)]
    package: PackageArguments,
    /// Arguments of the server
    #[arg(last = true, value_name = "SERVER_ARGUMENTS", conflicts_with = "url")]
    arguments: Vec<String>,
}

impl ServerArguments {
    /// The name and the server, which is built if it is of this package.
    pub(crate) fn server(&self) -> Result<(String, Server), Failure> {
        if let (Some(url), Some(name)) = (&self.url, &self.name) {
            let (url, headers) = (url.clone(), self.header.clone());
            return Ok((checked(name)?, Server::Http { url, headers }));
        }
        let mut env = match &self.env_file {
            Some(path) => read_variables(path)?,
            None => Vec::new(),
        };
        env.extend(self.env.iter().cloned());
        let name = self.name.as_deref().map(checked).transpose()?;
        let package = self.package.clone();
        let path = if self.debug { package.build() } else { package.optimized().build() }?;
        let name = match name {
            Some(name) => name,
            None => checked(&path.file_stem().unwrap_or_default().to_string_lossy())?,
        };
        let command = path.into_os_string().into_string().map_err(|path| {
            Failure::usage(format!("the path `{}` is not Unicode", path.display()))
        })?;
        Ok((name, Server::Program { command, args: self.arguments.clone(), env }))
    }
}

fn read_variables(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    env_file::variables(&text).map_err(|problem| Failure::usage(format!("`{shown}`: {problem}")))
}

fn checked(name: &str) -> Result<String, Failure> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        let message = format!("`{}` cannot be the name of a server", name.escape_debug());
        return Err(Failure::usage(message).note("give another one with `--name NAME`"));
    }
    Ok(name.to_owned())
}

fn url(text: &str) -> Result<String, String> {
    match text.starts_with("http://") || text.starts_with("https://") {
        true => Ok(text.to_owned()),
        false => Err("expected `http://…` or `https://…`".into()),
    }
}
