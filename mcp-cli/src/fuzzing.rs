//! Bodies of the fuzz targets of the parsers: each takes any bytes and panics if a property does not hold.
//!
//! The targets in `fuzz/` include this file and the parsers by their paths, because a program has no
//! library. The unit tests run the committed corpora.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::hosts::document::{Format, Place, servers};
use crate::lock::compare::compare;
use crate::lock::{Lock, Locks, read_text};

/// Reads any bytes as `mcp.lock`. What is read is written to a text that reads as the same, a lock does not
/// differ from itself, and comparing it with any other one ends.
pub(crate) fn lock(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(read) = read_text(Path::new("mcp.lock"), &text) else { return };
    let written = read.to_text();
    let again = read_text(Path::new("mcp.lock"), &written);
    let again = again.unwrap_or_else(|failure| panic!("{}\n{written}", failure.message()));
    assert_eq!(again.to_text(), written);
    let locks: Vec<&Lock> = match &again {
        Locks::One(lock) => vec![lock],
        Locks::Several(locks) => locks.values().collect(),
    };
    for (index, lock) in locks.iter().enumerate() {
        let differences = compare(lock, lock);
        assert!(differences.is_empty(), "{differences:?}\n{written}");
        compare(lock, &Lock::default());
        compare(&Lock::default(), lock);
        for other in &locks[..index] {
            compare(lock, other);
        }
    }
    locks.first().into_iter().for_each(|lock| compare_among(lock));
}

/// Compares the schemas of the components of a lock with each other.
fn compare_among(lock: &Lock) {
    for pair in lock.components.windows(2) {
        let mut other = pair[1].clone();
        (other.kind, other.name) = (pair[0].kind, pair[0].name.clone());
        let lock = |component| Lock { components: vec![component], ..Lock::default() };
        compare(&lock(pair[0].clone()), &lock(other));
    }
}

/// Sets and removes an entry in any text of a file of a host, whose format the first byte chooses. An entry
/// that is set is read back, one that is removed is gone, and all other values stay.
pub(crate) fn host_file(bytes: &[u8]) {
    let Some((format, text)) = bytes.split_first() else { return };
    let format = [Format::Json, Format::Toml, Format::Yaml][usize::from(format % 3)];
    let text = String::from_utf8_lossy(text);
    let Ok(before) = format.read(&text) else { return };
    let keys = ["mcpServers".to_owned()];
    let place = Place { keys: &keys, name: "weather" };
    let entry = json!({ "command": "weather", "args": ["--fast", "a \"b\" \\ 'c'"], "env": {} });
    let entry = entry.as_object().expect("an object");
    let Ok(set) = format.change(&text, place, Some(entry)) else { return };
    let after = format.read(&set).expect("what is written can be read");
    let found = servers(&after, &keys).and_then(|all| all.get("weather"));
    assert_eq!(found.and_then(Value::as_object), Some(entry), "{set}");
    assert_eq!(others(&after), others(&before), "{set}");
    let Ok(removed) = format.change(&set, place, None) else { return };
    let after = format.read(&removed).expect("what is written can be read");
    assert!(servers(&after, &keys).is_none_or(|all| !all.contains_key("weather")), "{removed}");
    assert_eq!(others(&after), others(&before), "{removed}");
}

/// A document without the entry, and without servers that are none.
fn others(document: &Value) -> Value {
    let mut document = document.clone();
    let members = document.as_object_mut();
    let Some(members) = members else { return document };
    if let Some(servers) = members.get_mut("mcpServers").and_then(Value::as_object_mut) {
        servers.shift_remove("weather");
    }
    let is_none = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    if members.get("mcpServers").is_some_and(is_none) {
        members.shift_remove("mcpServers");
    }
    document
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Runs each file of a corpus through its target.
    fn run(target: &str, body: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let mut files = 0;
        for entry in fs::read_dir(&folder).expect("there is a corpus") {
            let path = entry.unwrap().path();
            let input = fs::read(&path).unwrap();
            files += 1;
            let run = std::panic::catch_unwind(|| body(&input));
            assert!(run.is_ok(), "the target {target} fails with {}", path.display());
        }
        assert!(files > 0, "the corpus of {target} is empty");
    }

    #[test]
    fn the_corpus_of_locks() {
        run("cli_lock", lock);
    }

    #[test]
    fn the_corpus_of_files_of_hosts() {
        run("cli_host_file", host_file);
    }
}
