//! The server with a component: the only one, or one of several.

use std::future::Future;

use futures_util::future::join_all;
use mcp_runtime::client::Client;
use mcp_runtime::protocol::{Prompt, ResourceTemplate, Tool};
use mcp_runtime::uri::UriTemplate;
use owo_colors::OwoColorize as _;

use crate::arguments::OutputArguments;
use crate::connect::{connect_to, server_name};
use crate::exit::Failure;
use crate::input::did_you_mean;
use crate::output::{one_line, screen};
use crate::servers::each_of;
use crate::target::{Several, TargetArguments, Targets};

/// Components that are found by name.
pub(crate) trait Component: Sized {
    /// Kind of component, in messages.
    const NOUN: &'static str;

    fn name(&self) -> &str;

    /// Lists the components of a server.
    fn all(client: &Client) -> impl Future<Output = Result<Vec<Self>, Failure>>;
}

impl Component for Tool {
    const NOUN: &'static str = "tool";

    fn name(&self) -> &str {
        &self.name
    }

    async fn all(client: &Client) -> Result<Vec<Self>, Failure> {
        match client.server_info().capabilities.tools {
            Some(_) => Ok(client.tools().all().await?),
            None => Ok(Vec::new()),
        }
    }
}

impl Component for Prompt {
    const NOUN: &'static str = "prompt";

    fn name(&self) -> &str {
        &self.name
    }

    async fn all(client: &Client) -> Result<Vec<Self>, Failure> {
        match client.server_info().capabilities.prompts {
            Some(_) => Ok(client.prompts().all().await?),
            None => Ok(Vec::new()),
        }
    }
}

/// Finds a component of a server by its name.
pub(crate) async fn find<C: Component>(client: &Client, name: &str) -> Result<C, Failure> {
    let mut all = C::all(client).await?;
    match all.iter().position(|it| it.name() == name) {
        Some(place) => Ok(all.swap_remove(place)),
        None => {
            let on = server_name(&client.server_info());
            Err(missing(C::NOUN, name, &on, all.iter().map(C::name)))
        }
    }
}

/// The failure for a component that does not exist.
fn missing<'a>(
    noun: &str,
    name: &str,
    server: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Failure {
    let hint = did_you_mean(name, names.clone());
    let failure = Failure::not_found(format!("no {noun} `{name}` on {server}{hint}"));
    match names.count() {
        0 => failure.note(format!("there are no {noun}s")),
        _ => failure.note(format!("`cargo mcp list {noun}s` lists them")),
    }
}

/// Connects to the server that has a component, of all that the arguments name.
pub(crate) async fn connect_and_find<C: Component>(
    arguments: &TargetArguments,
    output: &OutputArguments,
    name: &str,
) -> Result<(Client, C), Failure> {
    match arguments.resolve_all()? {
        Targets::One(target) => {
            let client = connect_to(&target, &arguments.connection).await?;
            let component = find(&client, name).await?;
            Ok((client, component))
        }
        Targets::Several(several) => {
            let search = Search { noun: C::NOUN, name, several: &several, arguments, output };
            let found = search.run(async |client: &Client| {
                let mut all = C::all(client).await?;
                let names = all.iter().map(|it| it.name().to_owned()).collect();
                let place = all.iter().position(|it| it.name() == name);
                Ok(Look { found: place.map(|place| all.swap_remove(place)), names })
            });
            found.await
        }
    }
}

/// Connects to the server that has a resource, of all that the arguments name.
pub(crate) async fn connect_for_resource(
    arguments: &TargetArguments,
    output: &OutputArguments,
    uri: &str,
) -> Result<Client, Failure> {
    match arguments.resolve_all()? {
        Targets::One(target) => connect_to(&target, &arguments.connection).await,
        Targets::Several(several) => {
            let search =
                Search { noun: "resource", name: uri, several: &several, arguments, output };
            let found = search.run(async |client: &Client| resource(client, uri).await);
            Ok(found.await?.0)
        }
    }
}

/// Looks for a resource among those that a server lists, and those of its templates. A URI is not sent to
/// servers that it may not be for.
async fn resource(client: &Client, uri: &str) -> Result<Look<()>, Failure> {
    if client.server_info().capabilities.resources.is_none() {
        return Ok(Look { found: None, names: Vec::new() });
    }
    let names: Vec<_> = client.resources().all().await?.into_iter().map(|it| it.uri).collect();
    let is_listed = names.iter().any(|it| it == uri);
    let is_of_template = |template: &ResourceTemplate| {
        UriTemplate::parse(&template.uri_template).is_ok_and(|it| it.matches(uri).is_some())
    };
    let is_found = is_listed || client.templates().all().await?.iter().any(is_of_template);
    Ok(Look { found: is_found.then_some(()), names })
}

/// The part of a server that a search is about.
struct Look<T> {
    found: Option<T>,
    /// Names of the components of the kind.
    names: Vec<String>,
}

/// A search for a component on several servers.
struct Search<'a> {
    noun: &'a str,
    name: &'a str,
    several: &'a Several,
    arguments: &'a TargetArguments,
    output: &'a OutputArguments,
}

impl Search<'_> {
    /// Returns the component, and the connection to its server. The other connections are closed.
    async fn run<T>(
        &self,
        look: impl AsyncFn(&Client) -> Result<Look<T>, Failure>,
    ) -> Result<(Client, T), Failure> {
        let outcomes = each_of(self.several, self.output, async |target| {
            let client = connect_to(target, &self.arguments.connection).await?;
            let outcome = look(&client).await;
            if outcome.is_err() {
                client.close().await;
            }
            Ok((client, outcome?))
        });
        let (mut owners, mut others, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut failed = Vec::new();
        for (server, outcome) in outcomes.await {
            match outcome {
                Ok((client, Look { found: Some(found), .. })) => {
                    owners.push((server, client, found));
                }
                Ok((client, Look { names: more, .. })) => {
                    others.push(client);
                    names.extend(more);
                }
                Err(failure) => {
                    let text = one_line(&format!("`{server}`: {}", failure.message()));
                    screen::note(format!("{} {text}", "warning:".yellow().bold()));
                    failed.push(server);
                }
            }
        }
        join_all(others.iter().map(Client::close)).await;
        if owners.len() > 1 {
            let Self { noun, name, .. } = self;
            let message = format!("several servers have a {noun} `{name}`");
            return Err(self.several.undecided(message, owners.iter().map(|it| it.0.as_str())));
        }
        let found = owners.pop().map(|(_, client, found)| (client, found));
        found.ok_or_else(|| self.missing(&names, &failed))
    }

    fn missing(&self, names: &[String], failed: &[String]) -> Failure {
        let names = names.iter().map(String::as_str);
        if failed.is_empty() {
            return missing(self.noun, self.name, "the servers", names);
        }
        let Self { noun, name, .. } = self;
        let hint = did_you_mean(name, names);
        let failed: Vec<_> = failed.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("no {noun} `{name}` on the servers that were reached{hint}");
        Failure::unreachable(message).note(format!("not reached: {}", failed.join(", ")))
    }
}
