//! Comparison of minima and maxima.

use serde_json::Value;

use super::fits::{Found, Pass};
use super::flat::Flat;

/// Compares the bounds of numbers.
pub(super) fn of_numbers(pass: &Pass<'_>, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
    let is_integer = narrow.get("type").is_some_and(|kind| kind == "integer");
    let lower = |flat| Limit::lower(flat, is_integer);
    let upper = |flat| Limit::upper(flat, is_integer);
    let mut found = Vec::new();
    found.extend(compare(pass, "minimum", lower(narrow), lower(wide), place));
    found.extend(compare(pass, "maximum", upper(narrow), upper(wide), place));
    if let Some(step) = number(wide, "multipleOf") {
        let present = number(narrow, "multipleOf").or(is_integer.then_some(1.0));
        // Steps that are no whole numbers are not exact, unless they are equal.
        let is_multiple = present.is_some_and(|it| it == step || step != 0.0 && it % step == 0.0);
        if !is_multiple {
            let (old, new) = pass.ordered(number(narrow, "multipleOf"), Some(step));
            found.push(bound(place, "multipleOf", described(old), described(new)));
        }
    }
    found
}

/// Compares the lengths of strings.
pub(super) fn of_strings(pass: &Pass<'_>, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
    counts(pass, ["minLength", "maxLength"], narrow, wide, place)
}

/// Compares the lengths of arrays.
pub(super) fn of_arrays(pass: &Pass<'_>, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
    let mut found = counts(pass, ["minItems", "maxItems"], narrow, wide, place);
    let is_unique = |flat: &Flat| flat.get("uniqueItems") == Some(&Value::Bool(true));
    if is_unique(wide) && !is_unique(narrow) {
        let words = |is_unique: bool| if is_unique { "true" } else { "false" }.to_owned();
        let (old, new) = pass.ordered(false, true);
        found.push(bound(place, "uniqueItems", words(old), words(new)));
    }
    found
}

/// Compares the numbers of members.
pub(super) fn of_objects(pass: &Pass<'_>, narrow: &Flat, wide: &Flat, place: &str) -> Vec<Found> {
    counts(pass, ["minProperties", "maxProperties"], narrow, wide, place)
}

fn counts(
    pass: &Pass<'_>,
    [min, max]: [&'static str; 2],
    narrow: &Flat,
    wide: &Flat,
    place: &str,
) -> Vec<Found> {
    let lower = |flat| number(flat, min).filter(|it| *it > 0.0).map(|it| Limit::new(it, 1.0));
    let upper = |flat| number(flat, max).map(|it| Limit::new(it, -1.0));
    let lower = compare(pass, min, lower(narrow), lower(wide), place);
    let upper = compare(pass, max, upper(narrow), upper(wide), place);
    lower.into_iter().chain(upper).collect()
}

/// End of a range.
#[derive(Clone, Copy)]
struct Limit {
    value: f64,
    is_exclusive: bool,
    /// 1 for a minimum, -1 for a maximum: where the values are.
    direction: f64,
}

impl Limit {
    fn new(value: f64, direction: f64) -> Self {
        Self { value, is_exclusive: false, direction }
    }

    fn lower(flat: &Flat, is_integer: bool) -> Option<Self> {
        Self::of(flat, ["minimum", "exclusiveMinimum"], 1.0, is_integer)
    }

    fn upper(flat: &Flat, is_integer: bool) -> Option<Self> {
        Self::of(flat, ["maximum", "exclusiveMaximum"], -1.0, is_integer)
    }

    fn of(flat: &Flat, keywords: [&str; 2], direction: f64, is_integer: bool) -> Option<Self> {
        let inclusive = number(flat, keywords[0]).map(|value| Self::new(value, direction));
        let exclusive =
            number(flat, keywords[1]).map(|value| Self { value, is_exclusive: true, direction });
        let limit = match (inclusive, exclusive) {
            (Some(one), Some(other)) if one.is_within(other) => Some(one),
            (Some(_), Some(other)) => Some(other),
            (one, other) => one.or(other),
        };
        limit.map(|limit| if is_integer { limit.of_integers() } else { limit })
    }

    /// The same limit, for whole numbers.
    fn of_integers(self) -> Self {
        let Self { value, is_exclusive, direction } = self;
        let rounded = (value * direction).ceil() * direction;
        let is_on_it = is_exclusive && rounded == value;
        Self::new(if is_on_it { rounded + direction } else { rounded }, direction)
    }

    /// `true` if all values within this limit are within the other.
    fn is_within(self, other: Self) -> bool {
        let (own, its) = (self.value * self.direction, other.value * other.direction);
        own > its || own == its && (self.is_exclusive || !other.is_exclusive)
    }

    fn described(self) -> String {
        let exclusive = if self.is_exclusive { " (exclusive)" } else { "" };
        format!("{}{exclusive}", self.value)
    }
}

fn compare(
    pass: &Pass<'_>,
    keyword: &'static str,
    narrow: Option<Limit>,
    wide: Option<Limit>,
    place: &str,
) -> Option<Found> {
    let limit = wide?;
    if narrow.is_some_and(|narrow| narrow.is_within(limit)) {
        return None;
    }
    let (old, new) = pass.ordered(narrow, wide);
    let words = |limit: Option<Limit>| limit.map_or("none".to_owned(), Limit::described);
    Some(bound(place, keyword, words(old), words(new)))
}

fn bound(place: &str, keyword: &'static str, old: String, new: String) -> Found {
    let text = format!("`{keyword}` changed from {old} to {new}");
    Found::new(place, keyword, "constraint", text)
}

fn described(number: Option<f64>) -> String {
    number.map_or("none".to_owned(), |number| number.to_string())
}

pub(super) fn number(flat: &Flat, keyword: &str) -> Option<f64> {
    flat.get(keyword).and_then(Value::as_f64)
}
