//! Descriptions of the values that a schema accepts, for messages.

use std::fmt::Write as _;

use serde_json::Value;

use super::node::{Node, NodeId, ObjectRules, Size, TextRules, Types};
use super::number::{Bound, NumberRules};

/// Maximum number of values or forms in a description.
const MAX_LISTED: usize = 16;

/// Maximum number of nested schemas that a description follows.
const MAX_DEPTH: usize = 8;

/// Describes the values of a schema, as a continuation of "expected".
pub(super) fn describe(nodes: &[Node], id: NodeId) -> String {
    described(nodes, id).unwrap_or_else(|| "another value".to_owned())
}

/// Describes the values of a schema; `None` if it does not restrict them.
pub(super) fn described(nodes: &[Node], id: NodeId) -> Option<String> {
    Some(either(&forms(nodes, id, MAX_DEPTH, false)?))
}

/// Describes values of one of several schemas.
pub(super) fn describe_any(nodes: &[Node], ids: &[NodeId]) -> String {
    let forms = alternatives(nodes, ids, MAX_DEPTH);
    if forms.is_empty() { "another value".to_owned() } else { either(&forms) }
}

/// Names or values in quotes: `` `a`, `b` or `c` ``.
pub(super) fn quoted<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Vec<String> {
    names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect()
}

/// Joins descriptions with commas and a last word.
pub(super) fn listed(all: &[String], last_word: &str) -> String {
    if all.len() > MAX_LISTED {
        let shown = all[..MAX_LISTED].join(", ");
        return format!("{shown} {last_word} {} more", all.len() - MAX_LISTED);
    }
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {last_word} {last}", rest.join(", ")),
        _ => all.concat(),
    }
}

fn either(all: &[String]) -> String {
    listed(all, "or")
}

/// Text of a value in a schema.
pub(super) fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Forms of the values of a schema, without `null` beside others; `None` for all values.
///
/// With `members`, objects are described by their members.
fn forms(nodes: &[Node], id: NodeId, depth: usize, members: bool) -> Option<Vec<String>> {
    let (node, depth) = (&nodes[id], depth.checked_sub(1)?);
    if let Some(values) = &node.values {
        let shown: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        let shown = if shown.is_empty() { values.iter().collect() } else { shown };
        return Some(quoted(shown.into_iter().map(value_text)));
    }
    let mut forms = typed(node, members);
    if let Some(applied) = &node.applied {
        let any = if applied.any.is_empty() { &applied.one } else { &applied.any };
        if forms.is_empty() && !any.is_empty() {
            forms = alternatives(nodes, any, depth);
        }
        let all = applied.all.iter().find_map(|inner| self::forms(nodes, *inner, depth, members));
        if forms.is_empty() {
            forms = all.unwrap_or_default();
        }
        let excluded = applied.not.and_then(|not| nodes[not].values.as_ref());
        if let (Some(last), Some(values)) = (forms.last_mut(), excluded) {
            let values = quoted(values.iter().map(value_text)).join(" and ");
            // Writing to a string cannot fail.
            let _ = write!(last, " other than {}", values.replace('`', ""));
        }
    }
    (!forms.is_empty()).then_some(forms)
}

fn alternatives(nodes: &[Node], ids: &[NodeId], depth: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for id in ids {
        for form in forms(nodes, *id, depth, true).unwrap_or_default() {
            if !all.contains(&form) {
                all.push(form);
            }
        }
    }
    if all.len() > 1 {
        all.retain(|form| form != "null");
    }
    all
}

/// Forms of the types that a schema names, none for all types.
fn typed(node: &Node, members: bool) -> Vec<String> {
    let types = node.types;
    if types.is_all() {
        return Vec::new();
    }
    let mut forms = Vec::new();
    if types.has(Types::NUMBER) {
        forms.push(number("a number", &node.number));
    } else if types.has(Types::INTEGER) {
        forms.push(number("an integer", &node.number));
    }
    if types.has(Types::BOOLEAN) {
        forms.push("a boolean".to_owned());
    }
    if types.has(Types::STRING) {
        forms.push(text(&node.text));
    }
    if types.has(Types::ARRAY) {
        forms.push(sized("an array", node.array.size, "item", "items"));
    }
    if types.has(Types::OBJECT) {
        let noun = if members { with_members(&node.object) } else { "an object".to_owned() };
        forms.push(sized(&noun, node.object.size, "member", "members"));
    }
    if forms.is_empty() && types.has(Types::NULL) {
        forms.push("null".to_owned());
    }
    forms
}

fn with_members(rules: &ObjectRules) -> String {
    match quoted(rules.required_names()) {
        names if names.is_empty() => "an object".to_owned(),
        names => format!("an object with {}", listed(&names, "and")),
    }
}

fn text(rules: &TextRules) -> String {
    let noun = rules.format.map_or("a string", |format| format.noun());
    let size = rules.size;
    let mut description = if size.minimum == Some(1) && size.maximum == Some(1) {
        format!("{noun} of one character")
    } else {
        sized(noun, size, "character", "characters")
    };
    if let Some(pattern) = &rules.pattern {
        let _ = write!(description, " that matches `{}`", pattern.as_str());
    }
    description
}

fn number(noun: &str, rules: &NumberRules) -> String {
    let mut description = match (&rules.minimum, &rules.maximum) {
        (Some(low), Some(high)) if !low.exclusive && !high.exclusive => {
            format!("{noun} from {} to {}", low.text, high.text)
        }
        (Some(low), None) if &*low.text == "0" && !low.exclusive && noun == "an integer" => {
            "a non-negative integer".to_owned()
        }
        (None, None) if rules.single => format!("{noun} from {:e} to {:e}", f32::MIN, f32::MAX),
        (low, high) => {
            let low = low.as_ref().map(|bound| limit(bound, "greater than", "of at least"));
            let high = high.as_ref().map(|bound| limit(bound, "less than", "of at most"));
            let limits: Vec<_> = [low, high].into_iter().flatten().collect();
            [noun.to_owned(), limits.join(" and ")].join(" ").trim_end().to_owned()
        }
    };
    if let Some(divisor) = &rules.multiple_of {
        let _ = write!(description, " that is a multiple of {divisor}");
    }
    description
}

fn limit(bound: &Bound, exclusive: &str, inclusive: &str) -> String {
    format!("{} {}", if bound.exclusive { exclusive } else { inclusive }, bound.text)
}

fn sized(noun: &str, size: Size, one: &str, many: &str) -> String {
    let unit = |count: u64| if count == 1 { one } else { many };
    match (size.minimum.filter(|minimum| *minimum > 0), size.maximum) {
        (Some(least), Some(most)) if least == most => format!("{noun} of {most} {}", unit(most)),
        (Some(least), Some(most)) => format!("{noun} of {least} to {most} {many}"),
        (Some(least), None) => format!("{noun} of at least {least} {}", unit(least)),
        (None, Some(0)) => format!("{noun} of no {many}"),
        (None, Some(most)) => format!("{noun} of at most {most} {}", unit(most)),
        (None, None) => noun.to_owned(),
    }
}
