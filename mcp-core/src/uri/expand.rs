//! Expansion of templates, by section 3.2 of the RFC.

use super::chars;
use super::parse::{Expression, Modifier, Operator, Part, Variable};

/// Expands a template with values.
pub(super) fn expand(parts: &[Part], values: &[(&str, &str)]) -> String {
    let mut uri = String::new();
    for part in parts {
        match part {
            Part::Literal(text) => uri.push_str(text),
            Part::Expression(expression) => add_expression(expression, values, &mut uri),
        }
    }
    uri
}

fn add_expression(expression: &Expression, values: &[(&str, &str)], uri: &mut String) {
    let operator = expression.operator;
    let mut is_first = true;
    for variable in &expression.variables {
        let items: Vec<&str> = values
            .iter()
            .filter(|(name, _)| *name == &*variable.name)
            .map(|(_, value)| *value)
            .collect();
        let groups = match variable.modifier {
            Modifier::Explode => items.chunks(1),
            // All of them, separated by commas.
            Modifier::None | Modifier::Prefix(_) => items.chunks(items.len().max(1)),
        };
        for group in groups {
            let before = if is_first { operator.lead() } else { Some(operator.separator()) };
            uri.extend(before);
            is_first = false;
            add_group(operator, variable, group, uri);
        }
    }
}

fn add_group(operator: Operator, variable: &Variable, group: &[&str], uri: &mut String) {
    if operator.named() {
        uri.push_str(&variable.name);
        // Section 3.2.7: a path parameter without a value has no `=`.
        if operator != Operator::Parameters || group.iter().any(|item| !item.is_empty()) {
            uri.push('=');
        }
    }
    for (index, item) in group.iter().enumerate() {
        if index > 0 {
            uri.push(',');
        }
        let item = match variable.modifier {
            Modifier::Prefix(max_chars) => prefix(item, max_chars),
            Modifier::None | Modifier::Explode => item,
        };
        add_value(item, operator.reserved(), uri);
    }
}

fn prefix(value: &str, max_chars: usize) -> &str {
    value.char_indices().nth(max_chars).map_or(value, |(end, _)| &value[..end])
}

fn add_value(value: &str, reserved: bool, uri: &mut String) {
    for (at, character) in value.char_indices() {
        let stands = chars::is_unreserved(character)
            || reserved
                && (chars::is_reserved(character)
                    || chars::encoded(value.as_bytes(), at).is_some());
        if stands {
            uri.push(character);
        } else {
            chars::encode_char(character, uri);
        }
    }
}
