//! Descriptions of the values that a field accepts, for error messages.

use std::fmt::Display;

use mcp_core::schema::form::{FieldKind, Items, Options, Range, TitledOption};

use crate::constraint::format::Format;

/// Maximum number of values in a description; the form shows all of them.
const MAX_VALUES: usize = 16;

/// Describes the values that a field accepts, as a continuation of "expected".
pub(crate) fn expected(kind: &FieldKind) -> String {
    match kind {
        FieldKind::String { min_length, max_length, format } => {
            let noun = format.map_or("a string", noun);
            match amount(min_length, max_length) {
                Some(amount) => format!("{noun} of {amount} characters"),
                None => noun.to_owned(),
            }
        }
        FieldKind::Integer(range) => number("an integer", range),
        FieldKind::Number(range) => number("a number", range),
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::One(options) => listed(&values(options), "or"),
        FieldKind::Many { min_items, max_items, items } => {
            let values = match items {
                Items::Plain { values, .. } => values.iter().map(String::as_str).collect(),
                Items::Titled { any_of } => of_titled(any_of),
            };
            let list = listed(&values, "and");
            match amount(min_items, max_items) {
                Some(amount) => format!("a list of {amount} of {list}"),
                None => format!("a list of {list}"),
            }
        }
    }
}

fn noun(format: &str) -> &'static str {
    Format::named(format).map_or("a string", Format::noun)
}

fn number(noun: &str, Range { minimum, maximum }: &Range) -> String {
    match (minimum, maximum) {
        (Some(least), Some(most)) => format!("{noun} from {least} to {most}"),
        (Some(least), None) => format!("{noun} of at least {least}"),
        (None, Some(most)) => format!("{noun} of at most {most}"),
        (None, None) => noun.to_owned(),
    }
}

fn amount<N: Display + PartialEq>(least: &Option<N>, most: &Option<N>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) if least == most => Some(least.to_string()),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    }
}

fn values(options: &Options) -> Vec<&str> {
    match options {
        Options::Plain { values } | Options::Named { values, .. } => {
            values.iter().map(String::as_str).collect()
        }
        Options::Titled { one_of } => of_titled(one_of),
    }
}

fn of_titled(options: &[TitledOption]) -> Vec<&str> {
    options.iter().map(|option| option.value.as_str()).collect()
}

/// `` `a`, `b` or `c` ``
fn listed(values: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    match quoted.split_last() {
        _ if values.len() > MAX_VALUES => {
            format!(
                "{} {conjunction} {} more",
                quoted[..MAX_VALUES].join(", "),
                values.len() - MAX_VALUES
            )
        }
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {conjunction} {last}", rest.join(", "))
        }
        _ => quoted.join(""),
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::form::{FieldKind, Items, Options, Range, StringType};

    use super::expected;

    fn check(kind: FieldKind, description: &str) {
        assert_eq!(expected(&kind), description);
    }

    fn text(min_length: Option<usize>, max_length: Option<usize>) -> FieldKind {
        FieldKind::String { min_length, max_length, format: None }
    }

    fn range(minimum: Option<i8>, maximum: Option<i8>) -> Range {
        Range { minimum: minimum.map(Into::into), maximum: maximum.map(Into::into) }
    }

    fn one(count: u8) -> FieldKind {
        FieldKind::One(Options::Plain { values: (0..count).map(|i| format!("v{i}")).collect() })
    }

    #[test]
    fn texts() {
        check(text(None, None), "a string");
        check(text(Some(2), None), "a string of at least 2 characters");
        check(text(None, Some(2)), "a string of at most 2 characters");
        check(text(Some(2), Some(3)), "a string of 2 to 3 characters");
        check(text(Some(3), Some(3)), "a string of 3 characters");
        let uri = FieldKind::String { min_length: None, max_length: Some(9), format: Some("uri") };
        check(uri, "a URI of at most 9 characters");
    }

    #[test]
    fn numbers() {
        check(FieldKind::Integer(range(None, None)), "an integer");
        check(FieldKind::Integer(range(Some(-1), Some(3))), "an integer from -1 to 3");
        check(FieldKind::Number(range(Some(1), None)), "a number of at least 1");
        check(FieldKind::Number(range(None, Some(1))), "a number of at most 1");
    }

    #[test]
    fn selections() {
        check(one(1), "`v0`");
        check(one(2), "`v0` or `v1`");
        check(one(3), "`v0`, `v1` or `v2`");
        let FieldKind::One(Options::Plain { values }) = one(20) else { return };
        assert!(expected(&one(20)).ends_with(", `v15` or 4 more"));
        let items = Items::Plain { kind: StringType::String, values: values[..2].to_vec() };
        let many = |min_items| FieldKind::Many { min_items, max_items: None, items: items.clone() };
        check(many(None), "a list of `v0` and `v1`");
        check(many(Some(1)), "a list of at least 1 of `v0` and `v1`");
    }
}
