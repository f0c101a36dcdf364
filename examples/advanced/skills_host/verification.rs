//! Comparison of what was read with the entry of the skill.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::entry::SkillFile;

/// Compares the bytes of a file with its size and digest.
pub(super) fn content(bytes: &[u8], listed: &SkillFile) -> Result<(), String> {
    if bytes.len() as u64 != listed.size {
        return Err(format!("expected {} bytes, got {}", listed.size, bytes.len()));
    }
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if listed.digest.strip_prefix("sha256:") != Some(&digest) {
        return Err("its digest is another one".into());
    }
    Ok(())
}

/// Compares the frontmatter of a `SKILL.md` with that of the entry.
pub(super) fn frontmatter(text: &str, listed: &Map<String, Value>) -> Result<(), String> {
    let found = parse(text).ok_or("its frontmatter cannot be read")?;
    let differing = found
        .iter()
        .find(|(key, value)| !listed.get(*key).is_some_and(|listed| is_same(value, listed)));
    let missing = listed.keys().find(|key| !found.contains_key(*key));
    match differing.map(|(key, _)| key).or(missing) {
        Some(key) => Err(format!("`{}` of its frontmatter differs", key.escape_debug())),
        None => Ok(()),
    }
}

/// Parses the YAML between two lines `---` at the start of a text.
fn parse(text: &str) -> Option<Map<String, Value>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let rest = text.strip_prefix("---\n")?;
    let yaml = match rest.split_once("\n---\n") {
        Some((yaml, _)) => yaml,
        None => rest.strip_suffix("\n---")?,
    };
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).ok()
}

/// Returns `true` for equal values. `1` and `1.0` are the same number, because some servers cannot
/// write the difference.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same = |(key, one)| other.get(key).is_some_and(|other| is_same(one, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        _ => one == other,
    }
}
