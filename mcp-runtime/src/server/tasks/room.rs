//! The limit of the tasks of a client.

use mcp_core::jsonrpc::ProtocolError;

use super::access::store_failed;
use super::keys::{self, Keys};
use super::methods::load;
use crate::component::app::App;
use crate::store::attempts::Attempts;
use crate::store::batch::{Batch, Committed};

/// Number of tasks that are kept for a client, those included that have ended.
const MAX_TASKS: usize = 1000;

/// Number of ended tasks that are forgotten at once, so that not every creation has to look for one.
const FORGOTTEN: usize = 32;

/// Creates a task with a batch, within the limit of its client, whose tasks are in a set. The oldest ones that
/// have ended are forgotten.
///
/// # Errors
/// `-32603` if all of them run, or the store cannot be reached.
pub(super) async fn submit(
    app: &App,
    id: &str,
    batch: &Batch,
    set: &str,
) -> Result<(), ProtocolError> {
    if submitted(app, id, limited(batch, set)).await? {
        return Ok(());
    }
    // One at a time, because all would forget the same tasks.
    let _turn = app.live.tasks.forgetting.lock().await;
    let attempts = Attempts::begin();
    while !submitted(app, id, with_room(app, batch, set).await?).await? {
        if !attempts.are_left() {
            let message = "the tasks of this client change all the time; try again";
            return Err(ProtocolError::internal(message));
        }
    }
    Ok(())
}

async fn submitted(app: &App, id: &str, batch: Batch) -> Result<bool, ProtocolError> {
    let committed = app.executor.submit(id, batch).await;
    committed.map(|it| matches!(it, Committed::Yes(_))).map_err(|error| store_failed(&error))
}

fn limited(batch: &Batch, set: &str) -> Batch {
    batch.clone().expect_fewer(set, MAX_TASKS)
}

/// A batch that also forgets tasks if there is no room.
async fn with_room(app: &App, batch: &Batch, set: &str) -> Result<Batch, ProtocolError> {
    let members = app.store.members(set, None, MAX_TASKS).await;
    let members = members.map_err(|error| store_failed(&error))?;
    if members.len() < MAX_TASKS {
        return Ok(limited(batch, set));
    }
    let (mut batch, mut count) = (batch.clone(), 0);
    // The oldest are the last.
    for member in members.iter().rev() {
        let id = keys::id_of(member);
        let key = Keys(id).state();
        batch = match load(app, id).await? {
            None => batch.expect_absent(key),
            Some(found) if found.state.status.is_terminal() => batch.expect(key, found.version),
            Some(_) if count > 0 => break,
            Some(_) => continue,
        };
        batch = batch.take(set, &**member).remove(Keys(id).state());
        count += 1;
        if count == FORGOTTEN {
            break;
        }
    }
    match count {
        0 => Err(ProtocolError::internal(format!(
            "{MAX_TASKS} tasks of this client have not ended yet; wait for some, or cancel them"
        ))),
        _ => Ok(batch),
    }
}
