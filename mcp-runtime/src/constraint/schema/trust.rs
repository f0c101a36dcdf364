//! Decides which schemas deserializing enforces already.
//!
//! Those are the schemas of the types of Rust that have no members: numbers, strings, and lists and
//! maps of them. Their values are not compared with the schema once more.

use serde_json::Value;

use super::node::{Node, Others, Types};

/// Returns `true` if every value that deserializes fits the schema of a node.
pub(super) fn is_trusted(node: &Node, schema: &Value, nodes: &[Node]) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    is_typed(node.types)
        && node.values.is_none()
        && node.applied.is_none()
        && has_natural_range(node, format)
        && is_plain_text(node)
        && is_plain_list(node, nodes)
        && is_plain_map(node, nodes)
}

/// Returns `true` for one type, alone or beside `null`, and for all types. Serde accepts other
/// values than `null` for a unit, if it has buffered them.
fn is_typed(types: Types) -> bool {
    types.is_all() || types.without(Types::NULL).is_one()
}

/// Returns `true` if a number has no limits, or exactly those of its Rust type.
fn has_natural_range(node: &Node, format: Option<&str>) -> bool {
    let rules = &node.number;
    let (minimum, maximum) = match format {
        Some("int8") => (Some("-128"), Some("127")),
        Some("int16") => (Some("-32768"), Some("32767")),
        Some("int32") => (Some("-2147483648"), Some("2147483647")),
        Some("uint8") => (Some("0"), Some("255")),
        Some("uint16") => (Some("0"), Some("65535")),
        Some("uint32") => (Some("0"), Some("4294967295")),
        Some("uint64" | "uint128" | "uint") => (Some("0"), None),
        _ => (None, None),
    };
    let is = |bound: &Option<super::number::Bound>, natural: Option<&str>| match bound {
        Some(bound) => !bound.exclusive && natural == Some(&*bound.text),
        None => true,
    };
    is(&rules.minimum, minimum)
        && is(&rules.maximum, maximum)
        && rules.multiple_of.is_none()
        && !rules.single
}

fn is_plain_text(node: &Node) -> bool {
    let rules = &node.text;
    let is_checked = rules.format.is_some_and(|format| format.is_standard());
    !rules.size.is_limited() && rules.pattern.is_none() && !is_checked
}

fn is_plain_list(node: &Node, nodes: &[Node]) -> bool {
    let rules = &node.array;
    let is_plain = rules.items.is_none_or(|items| nodes[items].trusted && !is_byte(&nodes[items]));
    is_plain && !rules.size.is_limited() && rules.positions.is_empty() && rules.contains.is_none()
}

/// Returns `true` for the schema of a byte: types that take bytes also accept a string.
fn is_byte(node: &Node) -> bool {
    node.number.maximum.as_ref().is_some_and(|maximum| &*maximum.text == "255")
}

fn is_plain_map(node: &Node, nodes: &[Node]) -> bool {
    let rules = &node.object;
    match rules.others {
        Others::Any => rules.is_empty(),
        Others::Fit(values) => {
            let rest = rules.members.is_empty()
                && rules.patterns.is_empty()
                && rules.unevaluated == Others::Any
                && rules.names.is_none()
                && rules.dependent.is_empty()
                && !rules.size.is_limited();
            rest && nodes[values].trusted
        }
        Others::None => false,
    }
}
