//! Test if one schema accepts all that another one accepts.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::super::canonical::closure;
use super::flat::{Alternatives, Flat, Undecided, alternatives, values};
use super::object::below;
use super::value::{Accepts, accepts, is_of_type};
use super::{Side, bounds, shown};

/// Maximum number of pairs of schemas that are compared.
const MAX_STEPS: usize = 20_000;

/// Maximum length of their texts together.
const MAX_TEXT: usize = 64 << 20;

/// Maximum depth of nested schemas.
const MAX_DEPTH: usize = 100;

/// Keywords that are compared by their meaning. Others must stay as they are.
const KNOWN: [&str; 24] = [
    "additionalProperties",
    "const",
    "contentEncoding",
    "contentMediaType",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "prefixItems",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// Difference between the two schemas.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Path of the argument, such as `filter.tags[]`.
    pub(super) place: String,
    /// Identifies the difference at its place, in both directions.
    pub(super) key: String,
    pub(super) code: &'static str,
    /// Words, with `{verb}` for narrowed, widened or changed.
    pub(super) text: String,
    pub(super) undecided: bool,
}

impl Found {
    pub(super) fn new(place: &str, key: &str, code: &'static str, text: impl Into<String>) -> Self {
        let (place, key, text) = (place.to_owned(), key.to_owned(), text.into());
        Self { place, key, code, text, undecided: false }
    }

    fn undecided(place: &str, key: &str, why: &str) -> Self {
        let text = format!("{why}; it cannot be decided whether that is compatible");
        Self { undecided: true, ..Self::new(place, key, "undecided", text) }
    }
}

/// Comparison in one direction: all that the narrow schema accepts should be accepted by the wide one.
pub(super) struct Pass<'a> {
    old: &'a Value,
    new: &'a Value,
    pub(super) side: Side,
    /// `true` if what is found is breaking.
    pub(super) is_breaking: bool,
    /// `true` if the old schema is the one that should be narrow.
    pub(super) is_old_narrow: bool,
    steps: usize,
    text: Cell<usize>,
    depth: usize,
    /// Pairs with references that are being compared: a recursion that comes back to one adds nothing.
    open: Vec<(String, String)>,
}

impl<'a> Pass<'a> {
    pub(super) fn run(old: &'a Value, new: &'a Value, side: Side, is_breaking: bool) -> Vec<Found> {
        let is_old_narrow = (side == Side::Input) == is_breaking;
        let (steps, text, depth, open) = (0, Cell::new(0), 0, Vec::new());
        let mut pass =
            Self { old, new, side, is_breaking, is_old_narrow, steps, text, depth, open };
        let (narrow, wide) = pass.ordered(old, new);
        pass.fits(narrow, wide, "")
    }

    /// Puts what belongs to the old and the new schema in the order narrow, wide, or back.
    pub(super) fn ordered<T>(&self, one: T, other: T) -> (T, T) {
        if self.is_old_narrow { (one, other) } else { (other, one) }
    }

    fn roots(&self) -> (&'a Value, &'a Value) {
        self.ordered(self.old, self.new)
    }

    /// Finds what the narrow schema accepts and the wide one does not.
    pub(super) fn fits(&mut self, narrow: &Value, wide: &Value, place: &str) -> Vec<Found> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.text.get() > MAX_TEXT || self.depth > MAX_DEPTH {
            return vec![Found::undecided(place, "size", "the schema is too large")];
        }
        let pair = (narrow.to_string(), wide.to_string());
        self.add_text(pair.0.len() + pair.1.len());
        let has_reference = pair.0.contains("\"$ref\"") || pair.1.contains("\"$ref\"");
        if pair.0 == pair.1 && (!has_reference || self.is_same(narrow, wide)) {
            return Vec::new();
        }
        if has_reference {
            if self.open.contains(&pair) {
                return Vec::new();
            }
            self.open.push(pair);
        }
        self.depth += 1;
        let found = self.alternatives(narrow, wide, place);
        self.depth -= 1;
        if has_reference {
            self.open.pop();
        }
        found
    }

    fn add_text(&self, length: usize) {
        self.text.set(self.text.get().saturating_add(length));
    }

    /// `true` if two schemas, and all that they refer to, are the same.
    fn is_same(&self, narrow: &Value, wide: &Value) -> bool {
        let (narrow_root, wide_root) = self.roots();
        let (narrow, wide) = (closure(narrow, narrow_root), closure(wide, wide_root));
        self.add_text(narrow.len() + wide.len());
        narrow == wide
    }

    fn alternatives(&mut self, narrow: &Value, wide: &Value, place: &str) -> Vec<Found> {
        let (narrow_root, wide_root) = self.roots();
        let both = alternatives(narrow, narrow_root)
            .and_then(|it| Ok((it, alternatives(wide, wide_root)?)));
        let (narrows, wides) = match both {
            Ok(both) => both,
            Err(Undecided(why)) => return vec![Found::undecided(place, "schema", &why)],
        };
        let types = self.type_change(narrow, wide, place);
        let is_same_union = narrow.get("oneOf") == wide.get("oneOf");
        let mut found: Vec<Found> = Vec::new();
        for one in &narrows.all {
            for part in parts(one, &wides) {
                let mut misfits = self.alternative(&part, &wides, place, &types);
                if misfits.is_empty() && wides.is_exclusive && !is_same_union {
                    let why = "the alternatives of `oneOf` overlap";
                    misfits.push(Found::undecided(place, "oneOf", why));
                }
                for misfit in misfits {
                    if !found.iter().any(|it| it.place == misfit.place && it.key == misfit.key) {
                        found.push(misfit);
                    }
                }
            }
        }
        found
    }

    fn type_change(&self, narrow: &Value, wide: &Value, place: &str) -> Found {
        let (narrow_root, wide_root) = self.roots();
        let (narrow, wide) = (shown(narrow, narrow_root), shown(wide, wide_root));
        let (old, new) = self.ordered(narrow, wide);
        let text = match old == new {
            true => format!("the alternatives of `{old}` {{verb}}"),
            false => format!("type {{verb}} from `{old}` to `{new}`"),
        };
        Found::new(place, "type", "type", text)
    }

    /// Compares one alternative with all that could accept it.
    fn alternative(
        &mut self,
        narrow: &Flat,
        wides: &Alternatives,
        place: &str,
        types: &Found,
    ) -> Vec<Found> {
        if let Some(value) = narrow.get("const") {
            return self.value(value, wides, place, types);
        }
        let candidates: Vec<_> = wides.all.iter().filter(|wide| covers(narrow, wide)).collect();
        let mut best: Option<Vec<Found>> = None;
        let tags = tags(narrow, place);
        let is_tag = |it: &Found| it.key.starts_with("value:") && tags.contains(&it.place);
        // The variant with the same tag is the one to compare with, otherwise the most similar one.
        let rank = |found: &[Found]| (found.iter().any(is_tag), found.len());
        for wide in &candidates {
            let found = self.keywords(narrow, wide, place);
            if found.is_empty() {
                return found;
            }
            if best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
                best = Some(found);
            }
        }
        match best {
            // A variant without its like is gone: its members are no differences.
            Some(found) if found.iter().any(is_tag) => found.into_iter().filter(is_tag).collect(),
            Some(found) => found,
            None => vec![types.clone()],
        }
    }

    fn value(&self, value: &Value, wides: &Alternatives, place: &str, types: &Found) -> Vec<Found> {
        let verdicts: Vec<_> = wides.all.iter().map(|wide| accepts(wide, value)).collect();
        let has_type = wides.all.iter().any(|wide| is_of_type(value, wide));
        if verdicts.contains(&Accepts::Yes) {
            Vec::new()
        } else if verdicts.contains(&Accepts::Unknown) {
            let why = format!("the value `{value}` meets other keywords");
            vec![Found::undecided(place, &format!("value:{value}"), &why)]
        } else if !has_type {
            vec![types.clone()]
        } else {
            let (code, verb) = match self.is_old_narrow {
                true => ("value-removed", "removed"),
                false => ("value-added", "added"),
            };
            let text = format!("value `{value}` {verb}");
            vec![Found::new(place, &format!("value:{value}"), code, text)]
        }
    }

    /// Compares two schemas without alternatives, keyword by keyword.
    fn keywords(&mut self, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
        let kind = narrow.get("type").and_then(Value::as_str);
        let can_be = |kinds: &[&str]| kind.is_none_or(|kind| kinds.contains(&kind));
        let mut found = Vec::new();
        if let Some(values) = values(wide) {
            let values: Vec<_> = values.iter().map(ToString::to_string).collect();
            let verb = if self.is_old_narrow { "are limited" } else { "are no longer limited" };
            let text = format!("values {verb} to {}", values.join(", "));
            found.push(Found::new(place, "enum", "values", text));
        }
        if can_be(&["integer", "number"]) {
            found.extend(bounds::of_numbers(self, narrow, wide, place));
        }
        if can_be(&["string"]) {
            found.extend(bounds::of_strings(self, narrow, wide, place));
        }
        if can_be(&["array"]) {
            found.extend(bounds::of_arrays(self, narrow, wide, place));
            found.extend(self.items(narrow, wide, place));
        }
        if can_be(&["object"]) {
            found.extend(bounds::of_objects(self, narrow, wide, place));
            found.extend(self.members(narrow, wide, place));
        }
        if can_be(&["string"]) {
            for keyword in ["pattern", "format", "contentEncoding", "contentMediaType"] {
                found.extend(self.opaque(keyword, narrow, wide, place));
            }
        }
        let others = wide.keys().filter(|keyword| !KNOWN.contains(&&***keyword));
        found.extend(others.filter_map(|keyword| self.other(keyword, narrow, wide, place)));
        found
    }

    /// Compares a keyword whose values are not understood: without it, everything is accepted.
    fn opaque(&self, keyword: &str, narrow: &Flat, wide: &Flat, place: &str) -> Option<Found> {
        let wanted = wide.get(keyword)?;
        match narrow.get(keyword) {
            Some(present) if present == wanted => None,
            Some(present) => {
                let (old, new) = self.ordered(present, wanted);
                let why = format!("`{keyword}` changed from `{old}` to `{new}`");
                Some(Found::undecided(place, keyword, &why))
            }
            None => {
                let verb = if self.is_old_narrow { "added" } else { "removed" };
                let text = format!("`{keyword}` `{wanted}` {verb}");
                Some(Found::new(place, keyword, "constraint", text))
            }
        }
    }

    /// Compares a keyword of which nothing is known.
    fn other(&self, keyword: &str, narrow: &Flat, wide: &Flat, place: &str) -> Option<Found> {
        let (wanted, present) = (wide.get(keyword)?, narrow.get(keyword));
        if present.is_some_and(|present| self.is_same(present, wanted)) {
            return None;
        }
        let verb = match (present, self.is_old_narrow) {
            (Some(_), _) => "changed",
            (None, true) => "added",
            (None, false) => "removed",
        };
        Some(Found::undecided(place, keyword, &format!("`{keyword}` {verb}")))
    }

    fn items(&mut self, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
        let of = |flat: &Flat| -> (Vec<Value>, Value) {
            let first = flat.get("prefixItems").and_then(Value::as_array).cloned();
            (first.unwrap_or_default(), flat.get("items").cloned().unwrap_or(json!(true)))
        };
        let ((narrow_first, narrow_rest), (wide_first, wide_rest)) = (of(narrow), of(wide));
        // Items beyond the maximum do not exist.
        let max = narrow.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let mut found = Vec::new();
        for index in 0..narrow_first.len().max(wide_first.len()) {
            if index as u64 >= max {
                return found;
            }
            let narrow = narrow_first.get(index).unwrap_or(&narrow_rest);
            let wide = wide_first.get(index).unwrap_or(&wide_rest);
            found.extend(self.fits(narrow, wide, &format!("{place}[{index}]")));
        }
        let count = narrow_first.len().max(wide_first.len()) as u64;
        if count < max {
            found.extend(self.fits(&narrow_rest, &wide_rest, &format!("{place}[]")));
        }
        found
    }
}

/// Places of the members that identify a variant.
fn tags(flat: &Flat, place: &str) -> Vec<String> {
    let properties = flat.get("properties").and_then(Value::as_object).into_iter().flatten();
    let tags = properties.filter(|(_, schema)| schema.get("const").is_some());
    tags.map(|(name, _)| below(place, name)).collect()
}

/// An alternative as one for each of its values, if it lists them.
fn parts(flat: &Flat, wides: &Alternatives) -> Vec<Flat> {
    let constant = |value: &Value| Map::from_iter([("const".to_owned(), value.clone())]);
    if let Some(listed) = values(flat) {
        let valid = listed.into_iter().filter(|value| is_of_type(value, flat));
        return valid.map(constant).collect();
    }
    let is_boolean = flat.get("type").is_some_and(|kind| kind == "boolean");
    if is_boolean && wides.all.iter().any(|wide| values(wide).is_some()) {
        return [json!(true), json!(false)].iter().map(constant).collect();
    }
    vec![flat.clone()]
}

/// `true` if the types of the first are types of the second.
fn covers(narrow: &Flat, wide: &Flat) -> bool {
    let (narrow, wide) = (narrow.get("type"), wide.get("type"));
    match (narrow.and_then(Value::as_str), wide.and_then(Value::as_str)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(narrow), Some(wide)) => narrow == wide || (narrow, wide) == ("integer", "number"),
    }
}
