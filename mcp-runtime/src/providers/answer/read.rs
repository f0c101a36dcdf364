//! Members of JSON objects, whose values stay text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{AnswerError, quoted};

/// Members of an object at a path.
pub(in crate::providers) struct Fields<'t> {
    members: BTreeMap<String, &'t RawValue>,
    path: String,
    raw: &'t RawValue,
}

impl<'t> Fields<'t> {
    /// Reads an answer, or an event of one. An error of the provider is an error.
    pub(in crate::providers) fn parse(text: &'t str) -> Result<Self, AnswerError> {
        let raw = serde_json::from_str::<&RawValue>(text);
        let raw = raw.map_err(|error| {
            AnswerError::new("", format!("not JSON: {error}; {}", quoted(text)))
        })?;
        // Gemini sends some errors in an array.
        let only = match raw.get().starts_with('[') {
            true => serde_json::from_str::<[&RawValue; 1]>(text).ok().map(|[only]| only),
            false => None,
        };
        let fields = Self::of(only.unwrap_or(raw), "")?;
        match fields.get("error") {
            Some(error) => Err(AnswerError::of_provider(error)),
            None => Ok(fields),
        }
    }

    pub(in crate::providers) fn of(raw: &'t RawValue, path: &str) -> Result<Self, AnswerError> {
        let members = serde_json::from_str(raw.get());
        let members = members.map_err(|_| AnswerError::expected(path, "an object", Some(raw)))?;
        Ok(Self { members, path: path.to_owned(), raw })
    }

    /// Returns the object as it was sent.
    pub(in crate::providers) fn raw(&self) -> Box<RawValue> {
        self.raw.to_owned()
    }

    /// Returns the path of a member.
    pub(in crate::providers) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Returns a member that is not `null`.
    pub(in crate::providers) fn get(&self, name: &str) -> Option<&'t RawValue> {
        self.members.get(name).copied().filter(|raw| raw.get() != "null")
    }

    /// Returns the members that are not `null`.
    pub(in crate::providers) fn iter(&self) -> impl Iterator<Item = (&str, &'t RawValue)> {
        let members = self.members.iter().map(|(name, raw)| (&**name, *raw));
        members.filter(|(_, raw)| raw.get() != "null")
    }

    /// Returns a whole number that is not negative, if there is one.
    pub(in crate::providers) fn optional_number(
        &self,
        name: &str,
    ) -> Result<Option<u64>, AnswerError> {
        let Some(raw) = self.get(name) else { return Ok(None) };
        let number = serde_json::from_str(raw.get());
        let error = |_| AnswerError::expected(&self.path(name), "a whole number", Some(raw));
        number.map(Some).map_err(error)
    }

    /// Returns a string, if there is one.
    pub(in crate::providers) fn optional_text(
        &self,
        name: &str,
    ) -> Result<Option<String>, AnswerError> {
        let Some(raw) = self.get(name) else { return Ok(None) };
        let text = serde_json::from_str(raw.get());
        text.map(Some).map_err(|_| AnswerError::expected(&self.path(name), "a string", Some(raw)))
    }

    /// Returns a string.
    pub(in crate::providers) fn text(&self, name: &str) -> Result<String, AnswerError> {
        let text = self.optional_text(name)?;
        text.ok_or_else(|| AnswerError::expected(&self.path(name), "a string", None))
    }

    /// Returns an object.
    pub(in crate::providers) fn object(&self, name: &str) -> Result<Fields<'t>, AnswerError> {
        let path = self.path(name);
        let raw = self.get(name);
        Self::of(raw.ok_or_else(|| AnswerError::expected(&path, "an object", None))?, &path)
    }

    /// Returns an object, if there is one.
    pub(in crate::providers) fn optional_object(
        &self,
        name: &str,
    ) -> Result<Option<Fields<'t>>, AnswerError> {
        self.get(name).map(|_| self.object(name)).transpose()
    }

    /// Returns the objects of an array; none if it is absent.
    pub(in crate::providers) fn objects(&self, name: &str) -> Result<Vec<Fields<'t>>, AnswerError> {
        let Some(raw) = self.get(name) else { return Ok(Vec::new()) };
        let path = self.path(name);
        let items: Vec<&'t RawValue> = serde_json::from_str(raw.get())
            .map_err(|_| AnswerError::expected(&path, "an array", Some(raw)))?;
        let items = items.into_iter().enumerate();
        items.map(|(index, item)| Self::of(item, &format!("{path}[{index}]"))).collect()
    }

    /// Returns the objects of an array that must be there.
    pub(in crate::providers) fn required_objects(
        &self,
        name: &str,
    ) -> Result<Vec<Fields<'t>>, AnswerError> {
        match self.get(name) {
            Some(_) => self.objects(name),
            None => Err(AnswerError::expected(&self.path(name), "an array", None)),
        }
    }
}
