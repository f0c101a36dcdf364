//! Entries of skills, and what makes them valid.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{SkillError, refused};

/// File in the directory of each skill.
const MANIFEST: &str = "SKILL.md";

/// Maximum number of files of a skill, and their maximum total size: the limits that every host accepts.
const MAX_FILES: usize = 512;
const MAX_BYTES: u64 = 16 << 20;

/// A skill as its server describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Skill {
    /// URI of its `SKILL.md`.
    pub(crate) uri: String,
    /// Frontmatter of its `SKILL.md`.
    pub(crate) frontmatter: Map<String, Value>,
    /// All its files.
    pub(super) resources: Vec<SkillFile>,
}

/// A file of a skill.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct SkillFile {
    pub(super) uri: String,
    pub(super) digest: String,
    pub(super) size: u64,
}

impl Skill {
    /// Reads an entry.
    ///
    /// # Errors
    /// The first fault of an entry that is not valid, or whose files cannot be verified.
    pub(super) fn read(entry: Value) -> Result<Self, SkillError> {
        let uri = entry["uri"].as_str().unwrap_or("an entry without a URI").to_owned();
        if entry["resources"] == "dynamic" {
            return Err(refused(&uri, "its files change, so that they cannot be verified"));
        }
        let skill: Self = serde_json::from_value(entry)
            .map_err(|error| refused(&uri, format!("its entry is invalid: {error}")))?;
        skill.check().map_err(|reason| refused(&uri, reason))?;
        Ok(skill)
    }

    /// Its name, which is a label: several skills may have the same one.
    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    /// Its description.
    pub(crate) fn description(&self) -> &str {
        self.text("description")
    }

    fn text(&self, key: &str) -> &str {
        self.frontmatter.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// URI of its directory, without a slash at the end.
    pub(super) fn root(&self) -> &str {
        self.uri.strip_suffix(MANIFEST).unwrap_or(&self.uri).trim_end_matches('/')
    }

    fn check(&self) -> Result<(), String> {
        let path = self.uri.strip_suffix(MANIFEST).and_then(|path| path.strip_suffix('/'));
        let path = path.ok_or("expected the URI of a `SKILL.md`")?;
        if self.name().is_empty() || path.rsplit('/').next() != Some(self.name()) {
            return Err("its name is not that of its directory".into());
        }
        if self.description().is_empty() {
            return Err("it has no description".into());
        }
        let count = self.resources.len();
        if count > MAX_FILES {
            return Err(format!("it has {count} files; at most {MAX_FILES} are accepted"));
        }
        let bytes = self.resources.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
        if bytes.is_none_or(|bytes| bytes > MAX_BYTES) {
            return Err(format!("its files are too large; at most {MAX_BYTES} bytes are accepted"));
        }
        let mut seen = HashSet::new();
        for file in &self.resources {
            let is_inside = file.uri.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
            if !is_inside {
                return Err(format!("{} is not in its directory", file.uri.escape_debug()));
            }
            if !seen.insert(&file.uri) {
                return Err(format!("{} is listed twice", file.uri.escape_debug()));
            }
        }
        if !seen.contains(&self.uri) {
            return Err("its files do not include its `SKILL.md`".into());
        }
        Ok(())
    }
}
