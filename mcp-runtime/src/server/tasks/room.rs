//! The limit of the tasks of a client.

use mcp_core::jsonrpc::ProtocolError;

use super::access::store_failed;
use super::keys::{self, Keys};
use super::methods::load;
use crate::component::app::App;
use crate::store::batch::Batch;

/// Number of tasks that are kept for a client, those included that have ended.
pub(super) const MAX_TASKS: usize = 1000;

/// Makes room for another task of a client: the oldest one that has ended is forgotten.
///
/// # Errors
/// `-32603` if all of them run.
pub(super) async fn make_room(app: &App, set: &str) -> Result<(), ProtocolError> {
    let members = app.store.members(set, None, MAX_TASKS).await;
    let members = members.map_err(|error| store_failed(&error))?;
    if members.len() < MAX_TASKS {
        return Ok(());
    }
    // The oldest are the last.
    for member in members.iter().rev() {
        let id = keys::id_of(member);
        if load(app, id).await?.is_none_or(|found| found.state.status.is_terminal()) {
            let forgotten = Batch::new().take(set, &**member).remove(Keys(id).state());
            return app
                .store
                .commit(forgotten)
                .await
                .map(drop)
                .map_err(|error| store_failed(&error));
        }
    }
    Err(ProtocolError::internal(format!(
        "{MAX_TASKS} tasks of this client have not ended yet; wait for some, or cancel them"
    )))
}
