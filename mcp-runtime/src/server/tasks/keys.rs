//! Names of what belongs to a task in the store.

use sha2::{Digest as _, Sha256};

use crate::ask::question::Digest;
use crate::context::principal::Owner;
use crate::store::batch::Batch;

/// Set of the ids of tasks that have not ended.
pub(crate) const UNFINISHED: &str = "tasks/unfinished";

/// Names of what belongs to one task.
pub(super) struct Keys<'a>(pub(super) &'a str);

impl Keys<'_> {
    /// Record of its state.
    pub(super) fn state(&self) -> String {
        format!("task/{}", self.0)
    }

    /// Record of the call.
    pub(super) fn call(&self) -> String {
        format!("task/{}/call", self.0)
    }

    /// Record that is written when a run begins. Its version is the epoch of the run, which every write
    /// of the run expects. When the task has ended, no epoch can write.
    pub(super) fn run(&self) -> String {
        format!("task/{}/run", self.0)
    }

    /// Log of its `once` steps.
    pub(super) fn steps(&self) -> String {
        format!("task/{}/steps", self.0)
    }

    /// Log of the answers of its client.
    pub(super) fn answers(&self) -> String {
        format!("task/{}/answers", self.0)
    }

    /// Removes with a batch what an ended task needs no more: everything but its state.
    pub(super) fn end(&self, batch: Batch) -> Batch {
        batch
            .take(UNFINISHED, self.0)
            .remove(self.call())
            .remove(self.run())
            .remove_log(self.steps())
            .remove_log(self.answers())
    }

    /// Topic of its changes.
    pub(super) fn topic(&self) -> String {
        self.state()
    }
}

/// Set of the tasks of an owner, the newest first.
pub(super) fn set_of(owner: &Owner) -> String {
    let text = serde_json::to_string(owner).unwrap_or_default();
    format!("tasks/of/{}", Digest::of_hash(Sha256::new_with_prefix(text)).hex())
}

/// Member of [`set_of`] for a task.
pub(super) fn member(created: u64, id: &str) -> String {
    format!("{:016x}/{id}", u64::MAX - created)
}

/// Id of the task of a member of [`set_of`].
pub(super) fn id_of(member: &str) -> &str {
    member.split_once('/').map_or(member, |(_, id)| id)
}

/// Returns `true` if a text has the form of an id of ours.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
