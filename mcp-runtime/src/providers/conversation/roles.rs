//! Messages of two roles that alternate.

use serde_json::value::RawValue;

use crate::providers::raw::RawObject;

/// Messages of the user and the model, each with a list of parts.
pub(super) struct Roles {
    /// Name of the list.
    parts: &'static str,
    /// Role of the model.
    model: &'static str,
    messages: Vec<Entry>,
}

struct Entry {
    role: &'static str,
    parts: Vec<Box<RawValue>>,
    /// Message as the provider wrote it, while nothing is appended to it.
    whole: Option<Box<RawValue>>,
    /// Further parts of the same role are another message.
    is_closed: bool,
}

impl Roles {
    pub(super) fn new(parts: &'static str, model: &'static str) -> Self {
        Self { parts, model, messages: Vec::new() }
    }

    /// Appends content of the user.
    pub(super) fn user(&mut self, parts: Vec<Box<RawValue>>) {
        self.append("user", parts, None);
    }

    /// Appends parts of the model that are rewritten.
    pub(super) fn model(&mut self, parts: Vec<Box<RawValue>>) {
        self.append(self.model, parts, None);
    }

    /// Appends a message of the model, unchanged but for blank texts: providers reject those, although
    /// models write some before calls. Where it follows another one of the model, its parts
    /// are appended to that, unchanged.
    pub(super) fn own(&mut self, message: &RawValue) {
        let Some((mut parts, has_role)) = self.read(message) else {
            let whole = Some(message.to_owned());
            let entry = Entry { role: self.model, parts: Vec::new(), whole, is_closed: true };
            self.messages.push(entry);
            return;
        };
        let count = parts.len();
        parts.retain(|part| !is_blank(part));
        let is_whole = has_role && parts.len() == count;
        self.append(self.model, parts, is_whole.then(|| message.to_owned()));
    }

    /// Appends a message of results, to which text of the user may be appended.
    pub(super) fn results(&mut self, message: &RawValue) {
        let parts = self.read(message).map(|(parts, _)| parts).unwrap_or_default();
        self.append("user", parts, None);
    }

    /// Appends a message of results that stays apart from other content of the user.
    pub(super) fn results_apart(&mut self, message: &RawValue) {
        self.results(message);
        if let Some(last) = self.messages.last_mut() {
            last.is_closed = true;
        }
    }

    /// Returns the messages.
    pub(super) fn finish(self) -> Vec<Box<RawValue>> {
        let Self { parts: name, messages, .. } = self;
        let messages = messages.into_iter().map(|Entry { role, parts, whole, .. }| {
            let built = || RawObject::default().with("role", role).with(name, &parts).to_raw();
            whole.unwrap_or_else(built)
        });
        messages.collect()
    }

    /// Messages without parts are left out: providers reject them.
    fn append(
        &mut self,
        role: &'static str,
        parts: Vec<Box<RawValue>>,
        whole: Option<Box<RawValue>>,
    ) {
        if parts.is_empty() {
            return;
        }
        match self.messages.last_mut() {
            Some(last) if last.role == role && !last.is_closed => {
                last.parts.extend(parts);
                last.whole = None;
            }
            _ => self.messages.push(Entry { role, parts, whole, is_closed: false }),
        }
    }

    /// Reads the parts of a message. `true` if it has a role.
    fn read(&self, message: &RawValue) -> Option<(Vec<Box<RawValue>>, bool)> {
        let message = RawObject::of(message).ok()?;
        let parts = match message.get(self.parts) {
            Some(parts) => serde_json::from_str(parts.get()).ok()?,
            None => Vec::new(),
        };
        Some((parts, message.get("role").is_some()))
    }
}

/// `true` for a text without a visible character, and without a signature.
fn is_blank(part: &RawValue) -> bool {
    let Ok(part) = RawObject::of(part) else { return false };
    let mut members = part.iter().map(|(name, _)| name);
    members.all(|name| matches!(name, "type" | "text" | "thought" | "citations"))
        && part.text("text").is_some_and(|text| text.trim().is_empty())
}
