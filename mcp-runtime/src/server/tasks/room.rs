//! The limit of the tasks of a client.

use mcp_core::jsonrpc::ProtocolError;

use super::access::store_failed;
use super::keys::{self, Keys};
use super::methods::load;
use crate::component::app::App;
use crate::store::batch::Batch;

/// Number of tasks that are kept for a client, those included that have ended.
pub(super) const MAX_TASKS: usize = 1000;

/// Number of ended tasks that are forgotten at once, so that not every creation has to look for one.
const FORGOTTEN: usize = 32;

/// Makes room for another task of a client: the oldest ones that have ended are forgotten.
///
/// # Errors
/// `-32603` if all of them run.
pub(super) async fn make_room(app: &App, set: &str) -> Result<(), ProtocolError> {
    let members = app.store.members(set, None, MAX_TASKS).await;
    let members = members.map_err(|error| store_failed(&error))?;
    if members.len() < MAX_TASKS {
        return Ok(());
    }
    let (mut batch, mut count) = (Batch::new(), 0);
    // The oldest are the last.
    for member in members.iter().rev() {
        let id = keys::id_of(member);
        if load(app, id).await?.is_none_or(|found| found.state.status.is_terminal()) {
            batch = batch.take(set, &**member).remove(Keys(id).state());
            count += 1;
        } else if count > 0 {
            break;
        }
        if count == FORGOTTEN {
            break;
        }
    }
    if count > 0 {
        return app.store.commit(batch).await.map(drop).map_err(|error| store_failed(&error));
    }
    Err(ProtocolError::internal(format!(
        "{MAX_TASKS} tasks of this client have not ended yet; wait for some, or cancel them"
    )))
}
