//! A server whose tools are listed.

use mcp_core::protocol::Tool;

use super::changes::Changes;
use super::naming::Wanted;
use super::server_tools::ServerTools;
use crate::client::{Client, Error};

/// A server whose tools are listed.
pub(super) struct Connected {
    pub(super) wanted: Wanted,
    pub(super) client: Client,
    pub(super) is_trusted: bool,
    pub(super) tools: Vec<Tool>,
    changes: Changes,
}

/// A server that failed, with its name.
pub(in crate::agent) struct Unavailable {
    pub(in crate::agent) name: String,
    pub(in crate::agent) error: Error,
}

impl Connected {
    pub(super) async fn open(source: &ServerTools) -> Result<Self, Unavailable> {
        let chosen = source.name.clone();
        let client = match source.target.client().await {
            Ok(client) => client,
            Err(error) => return Err(unavailable(chosen, error)),
        };
        let server = client.server_info();
        let stated = server.implementation.as_ref().map(|server| server.name.clone());
        // Before the list is read, so that no change is missed.
        let changes = Changes::of(&client).await;
        let listed = client.tools().all().await;
        let tools =
            listed.map_err(|error| unavailable(chosen.clone().or(stated.clone()), error))?;
        let wanted = chosen.map_or(Wanted::Stated(stated), Wanted::Chosen);
        let is_trusted = source.is_trusted.unwrap_or_else(|| client.serves_own_components());
        Ok(Self { wanted, client, is_trusted, tools, changes })
    }

    /// Lists the tools again if they have changed. Returns `true` if they were. A list that cannot be
    /// read stays as it was: calls will show the reason.
    pub(super) async fn refresh(&mut self) -> bool {
        if !self.changes.have_come() {
            return false;
        }
        match self.client.tools().all().await {
            Ok(tools) => {
                self.tools = tools;
                true
            }
            Err(error) => {
                let error = error.report();
                tracing::warn!(target: "mcp_runtime::agent", %error, "the tools cannot be listed again");
                false
            }
        }
    }
}

fn unavailable(name: Option<String>, error: Error) -> Unavailable {
    Unavailable { name: name.unwrap_or_else(|| "unnamed".to_owned()), error }
}
