//! Conditions on arguments.

use serde::Deserialize;
use serde_json::{Number, Value};

use super::glob::Glob;

/// A condition on an argument. All of its parts have to hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    equals: Option<Scalar>,
    one_of: Option<Vec<Scalar>>,
    prefix: Option<String>,
    #[serde(default, deserialize_with = "glob")]
    glob: Option<Glob>,
    min: Option<f64>,
    max: Option<f64>,
    present: Option<bool>,
}

/// A value that an argument is compared with.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string, a number or a boolean")]
enum Scalar {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

fn glob<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Glob>, D::Error> {
    Ok(Some(Glob::new(&String::deserialize(deserializer)?)))
}

/// The way in which a condition reads values with several parts or meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of them have to satisfy the condition: for rules that allow.
    Every,
    /// One of them has to: for rules that refuse or ask.
    Any,
}

impl Condition {
    /// Returns `true` if nothing is required.
    pub(super) fn is_empty(&self) -> bool {
        self.present.is_none() && !self.compares()
    }

    /// Returns `true` if no value can satisfy the condition.
    pub(super) fn is_contradictory(&self) -> bool {
        let is_crossed = self.min.zip(self.max).is_some_and(|(min, max)| min > max);
        is_crossed || (self.present == Some(false) && self.compares())
    }

    fn compares(&self) -> bool {
        self.equals.is_some()
            || self.one_of.is_some()
            || self.prefix.is_some()
            || self.glob.is_some()
            || self.min.is_some()
            || self.max.is_some()
    }

    /// Returns `true` if an argument satisfies the condition. `null` is an argument that is left out.
    pub(super) fn holds(&self, argument: Option<&Value>, reading: Reading) -> bool {
        let argument = argument.filter(|value| !value.is_null());
        if self.present.is_some_and(|present| present != argument.is_some()) {
            return false;
        }
        match argument {
            _ if !self.compares() => true,
            None => false,
            Some(argument) => {
                let mut values = Vec::new();
                meanings(argument, &mut values);
                let holds = |value: &Value| self.holds_for(value, reading);
                match reading {
                    Reading::Every => values.iter().all(holds),
                    Reading::Any => values.iter().any(holds),
                }
            }
        }
    }

    fn holds_for(&self, value: &Value, reading: Reading) -> bool {
        let text = text_of(value);
        // A path that leads up may lead out of what the rule allows.
        let leads_up = |text: &str| {
            reading == Reading::Every
                && text.split(['/', '\\']).any(|part| matches!(part, "." | ".."))
        };
        let as_text = |test: &dyn Fn(&str) -> bool| {
            text.as_deref().is_some_and(|text| test(text) && !leads_up(text))
        };
        let number = number_of(value);
        self.equals.as_ref().is_none_or(|wanted| wanted.equals(value))
            && self.one_of.as_ref().is_none_or(|all| all.iter().any(|it| it.equals(value)))
            && self.prefix.as_ref().is_none_or(|prefix| as_text(&|text| text.starts_with(prefix)))
            && self.glob.as_ref().is_none_or(|glob| as_text(&|text| glob.matches(text)))
            && self.min.is_none_or(|min| number.is_some_and(|number| number >= min))
            && self.max.is_none_or(|max| number.is_some_and(|number| number <= max))
    }
}

impl Scalar {
    /// Compares with an argument, which may be a number or a boolean in a string.
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Boolean(wanted) => boolean_of(value) == Some(*wanted),
            Self::Integer(wanted) => {
                value.as_i64() == Some(*wanted) || number_of(value) == Some(*wanted as f64)
            }
            Self::Float(wanted) => number_of(value) == Some(*wanted),
            Self::Text(wanted) => text_of(value).as_deref() == Some(wanted),
        }
    }
}

/// The values that an argument consists of: the elements of an array, also of one in a string.
fn meanings(value: &Value, values: &mut Vec<Value>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| meanings(element, values)),
        Value::String(text) => {
            values.push(value.clone());
            if text.trim_start().starts_with('[')
                && let Ok(Value::Array(elements)) = serde_json::from_str(text)
            {
                elements.iter().for_each(|element| meanings(element, values));
            }
        }
        other => values.push(other.clone()),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number, or what a handler reads as one.
fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => serde_json::from_str::<Number>(text.trim()).ok()?.as_f64(),
        _ => None,
    }
}

/// A boolean, or what a handler reads as one.
fn boolean_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Value::String(text) => match &*text.trim().to_ascii_lowercase() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Reading};
    use serde_json::{Value, json};

    fn check(condition: Value, argument: Value, every: bool, any: bool) {
        let parsed: Condition = serde_json::from_value(condition.clone()).unwrap();
        for (reading, expected) in [(Reading::Every, every), (Reading::Any, any)] {
            let found = parsed.holds(Some(&argument), reading);
            assert_eq!(found, expected, "{condition} {argument} {reading:?}");
        }
    }

    #[test]
    fn values_are_compared_for_what_handlers_read() {
        for (condition, argument, expected) in [
            (json!({ "equals": "a" }), json!("a"), true),
            (json!({ "equals": "a" }), json!("b"), false),
            (json!({ "equals": "a" }), json!(null), false),
            (json!({ "equals": 5 }), json!("5"), true),
            (json!({ "equals": 5 }), json!(5.0), true),
            (json!({ "equals": 0.5 }), json!(0.5), true),
            (json!({ "equals": true }), json!("True"), true),
            (json!({ "equals": true }), json!(1), true),
            (json!({ "equals": false }), json!("true"), false),
            (json!({ "one_of": ["a", 1] }), json!(1), true),
            (json!({ "one_of": ["a", 1] }), json!("b"), false),
            (json!({ "max": 100 }), json!("1e3"), false),
            (json!({ "min": 100 }), json!(" 500 "), true),
            (json!({ "min": 1, "max": 2 }), json!(3), false),
            (json!({ "min": 1 }), json!("many"), false),
            (json!({ "prefix": "/srv/" }), json!("/srv/a"), true),
            (json!({ "glob": "*.txt" }), json!("a.txt"), true),
            (json!({ "glob": "*.txt" }), json!({ "a": 1 }), false),
            (json!({ "present": true }), json!(0), true),
            (json!({ "present": false }), json!(null), true),
        ] {
            check(condition, argument, expected, expected);
        }
    }

    #[test]
    fn a_rule_that_allows_reads_every_part_and_one_that_refuses_any() {
        let prefix = json!({ "prefix": "/srv/" });
        check(prefix.clone(), json!(["/srv/a", "/etc/b"]), false, true);
        check(prefix.clone(), json!(["/srv/a", "/srv/b"]), true, true);
        check(prefix.clone(), json!(r#"["/srv/a"]"#), false, true);
        check(prefix, json!("/srv/../etc/passwd"), false, true);
        check(json!({ "equals": "x" }), json!([["x"], "y"]), false, true);
    }
}
