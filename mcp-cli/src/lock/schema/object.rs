//! Comparison of objects.

use serde_json::{Map, Value, json};

use super::Side;
use super::fits::{Found, Pass};
use super::flat::Flat;

/// Objects of a schema.
struct Object<'a> {
    properties: Option<&'a Map<String, Value>>,
    required: Vec<&'a str>,
    /// Schema of further members; `None` if they are neither described nor refused.
    further: Option<&'a Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Optional,
    Required,
}

impl<'a> Object<'a> {
    fn of(flat: &'a Flat) -> Self {
        let required = flat.get("required").and_then(Value::as_array).into_iter().flatten();
        let further = flat.get("additionalProperties").filter(|it| **it != json!(true));
        Self {
            properties: flat.get("properties").and_then(Value::as_object),
            required: required.filter_map(Value::as_str).collect(),
            further: further.filter(|it| **it != json!({})),
        }
    }

    fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties?.get(name)
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.properties.into_iter().flat_map(|all| all.keys().map(String::as_str))
    }

    fn is_closed(&self) -> bool {
        self.further == Some(&Value::Bool(false))
    }

    fn state(&self, name: &str) -> State {
        if self.required.contains(&name) {
            State::Required
        } else if self.property(name).is_some() {
            State::Optional
        } else {
            State::Absent
        }
    }
}

impl Pass<'_> {
    pub(super) fn members(&mut self, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
        let (narrow, wide) = (Object::of(narrow), Object::of(wide));
        let mut found = Vec::new();
        for name in &wide.required {
            if !narrow.required.contains(name) {
                found.push(self.presence(&narrow, &wide, name, place));
            }
        }
        for name in narrow.names() {
            match wide.property(name) {
                Some(_) => {}
                None if self.is_missed(&wide, place) => {
                    found.push(self.presence(&narrow, &wide, name, place));
                    continue;
                }
                None if wide.further.is_none() => continue,
                None => {}
            }
            let (one, other) = (narrow.property(name), wide.property(name).or(wide.further));
            if let (Some(one), Some(other)) = (one, other) {
                found.extend(self.fits(one, other, &below(place, name)));
            }
        }
        for name in wide.names().filter(|name| narrow.property(name).is_none()) {
            if self.side == Side::Output && !self.is_breaking {
                found.push(self.presence(&narrow, &wide, name, place));
            }
            if let (Some(further), Some(wanted)) = (narrow.further, wide.property(name)) {
                found.extend(self.fits(further, wanted, &below(place, name)));
            }
        }
        found.extend(self.further(&narrow, &wide, place));
        let mut unique: Vec<Found> = Vec::new();
        for one in found {
            if !unique.iter().any(|it| it.place == one.place && it.key == one.key) {
                unique.push(one);
            }
        }
        unique
    }

    /// Returns `true` if a property that only the narrow schema names is a difference.
    fn is_missed(&self, wide: &Object<'_>, place: &str) -> bool {
        match (wide.further, self.side) {
            (Some(Value::Bool(_)), _) => true,
            // The schema of further members describes it.
            (Some(_), _) => false,
            // An object of any members has the property, too. At the root, it is an argument that is gone.
            (None, Side::Input) => wide.properties.is_some() || place.is_empty(),
            (None, Side::Output) => !self.is_breaking,
        }
    }

    fn further(&mut self, narrow: &Object<'_>, wide: &Object<'_>, place: &str) -> Vec<Found> {
        let Some(wanted) = wide.further.filter(|_| !narrow.is_closed()) else { return Vec::new() };
        if wide.is_closed() && narrow.further.is_none() {
            let verb = if self.is_old_narrow { "refused" } else { "allowed" };
            let text = format!("members that the schema does not name are {verb} now");
            return vec![Found::new(place, "further", "closed", text)];
        }
        let present = narrow.further.cloned().unwrap_or(json!(true));
        self.fits(&present, wanted, &below(place, "*"))
    }

    /// Change of whether a member is there, in the words of the old and the new schema.
    fn presence(&self, narrow: &Object<'_>, wide: &Object<'_>, name: &str, place: &str) -> Found {
        let (old, new) = self.ordered(narrow, wide);
        let is_input = self.side == Side::Input;
        let (code, text) = match (old.state(name), new.state(name)) {
            (State::Absent, State::Required) if is_input => ("added", "added, and required"),
            (State::Absent, _) => ("added", "added"),
            (_, State::Absent) => ("removed", "removed"),
            (_, State::Required) if is_input => ("required", "required now"),
            (_, State::Required) => ("required", "always present now"),
            _ if is_input => ("optional", "optional now"),
            _ => ("optional", "not always present any more"),
        };
        Found::new(&below(place, name), "presence", code, text)
    }
}

pub(super) fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
