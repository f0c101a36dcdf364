//! Records of tasks, and the journal of a call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ask::journal::{Journal, JournalSnapshot};
use crate::server::tasks::record::{Answer, Step, StoredCall, TaskState};

/// Reads any bytes as a journal and as each record of a task. What is read survives being restored and
/// written.
///
/// # Panics
/// If it does not.
pub fn tasks(bytes: &[u8]) {
    round_trips::<TaskState>(bytes);
    round_trips::<StoredCall>(bytes);
    round_trips::<Step>(bytes);
    round_trips::<Answer>(bytes);
    let Ok(snapshot) = serde_json::from_slice::<JournalSnapshot>(bytes) else { return };
    let restored = restored(snapshot);
    let text = serde_json::to_string(&restored).unwrap();
    assert!(restored.largest().is_none_or(|(_, size)| size <= text.len()));
    let again = serde_json::from_str(&text).expect("what is written can be read");
    assert_eq!(serde_json::to_string(&self::restored(again)).unwrap(), text);
}

fn round_trips<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<T>(bytes) else { return };
    let text = serde_json::to_vec(&record).unwrap();
    let again = serde_json::from_slice::<T>(&text).expect("what is written can be read");
    assert_eq!(serde_json::to_vec(&again).unwrap(), text);
}

fn restored(snapshot: JournalSnapshot) -> JournalSnapshot {
    let journal = Journal::default();
    journal.restore(snapshot);
    assert!(!journal.is_busy());
    journal.snapshot()
}
