//! Limits that the schema of a form sets to its values.

use serde_json::Value;

/// Checks a value of the right type against the limits of a field of a form.
///
/// # Errors
/// The description of what was expected.
pub(crate) fn check(value: &Value, schema: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => check_text(text, schema),
        Value::Number(_) => check_range(value, schema),
        Value::Array(items) => check_size(items.len(), schema, ["minItems", "maxItems"], "value"),
        _ => Ok(()),
    }
}

fn check_text(text: &str, schema: &Value) -> Result<(), String> {
    let length = text.chars().count();
    check_size(length, schema, ["minLength", "maxLength"], "character")?;
    let (fits, expected) = match schema["format"].as_str() {
        Some("email") => (is_email(text), "an e-mail address, such as `ann@example.com`"),
        Some("uri") => (is_uri(text), "a URI, such as `https://example.com`"),
        Some("date") => (is_date(text), "a date, such as `2026-12-31`"),
        Some("date-time") => {
            (is_date_time(text), "a date and time, such as `2026-12-31T23:59:59Z`")
        }
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(format!("expected {expected}, got {text:?}")) }
}

fn check_size(
    size: usize,
    schema: &Value,
    [min, max]: [&str; 2],
    unit: &str,
) -> Result<(), String> {
    let limit = |keyword: &str| schema[keyword].as_u64();
    let size = size as u64;
    let units = |count: u64| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match (limit(min), limit(max)) {
        (Some(min), _) if size < min => {
            Err(format!("expected at least {}, got {size}", units(min)))
        }
        (_, Some(max)) if size > max => Err(format!("expected at most {}, got {size}", units(max))),
        _ => Ok(()),
    }
}

fn check_range(value: &Value, schema: &Value) -> Result<(), String> {
    let number = value.as_f64().unwrap_or_default();
    for (keyword, is_broken, what) in [
        ("minimum", (|one, other| one < other) as fn(f64, f64) -> bool, "at least"),
        ("maximum", |one, other| one > other, "at most"),
        ("exclusiveMinimum", |one, other| one <= other, "more than"),
        ("exclusiveMaximum", |one, other| one >= other, "less than"),
    ] {
        if let Some(limit) = schema[keyword].as_f64()
            && is_broken(number, limit)
        {
            return Err(format!("expected {what} {}, got {value}", schema[keyword]));
        }
    }
    Ok(())
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.rsplit_once('@').is_some_and(|(name, host)| is_part(name) && is_part(host))
}

fn is_uri(text: &str) -> bool {
    mcp_runtime::client::reqwest::Url::parse(text).is_ok()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str, digits: usize| match text.len() == digits {
        true if text.bytes().all(|it| it.is_ascii_digit()) => text.parse::<u32>().ok(),
        _ => None,
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leaps),
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// A date and time of RFC 3339. The runtime checks the details.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let zone = time.find(['Z', 'z', '+', '-']);
    is_date(date) && zone.is_some_and(|zone| zone >= "00:00:00".len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_keep_to_the_limits() {
        for (value, schema, expected) in [
            (json!("ab"), json!({ "minLength": 3 }), Some("at least 3 characters, got 2")),
            (json!("ab"), json!({ "maxLength": 1 }), Some("at most 1 character, got 2")),
            (json!("ä"), json!({ "maxLength": 1 }), None),
            (json!(0), json!({ "minimum": 1 }), Some("at least 1, got 0")),
            (json!(13), json!({ "maximum": 12 }), Some("at most 12, got 13")),
            (json!(1), json!({ "exclusiveMinimum": 1 }), Some("more than 1")),
            (json!(1), json!({ "exclusiveMaximum": 1 }), Some("less than 1")),
            (json!(2), json!({ "minimum": 1, "maximum": 12 }), None),
            (json!([]), json!({ "minItems": 1 }), Some("at least 1 value, got 0")),
            (json!(["a", "b"]), json!({ "maxItems": 1 }), Some("at most 1 value, got 2")),
            (json!("a@b"), json!({ "format": "email" }), None),
            (json!("a"), json!({ "format": "email" }), Some("an e-mail address")),
            (json!("https://a"), json!({ "format": "uri" }), None),
            (json!("a b"), json!({ "format": "uri" }), Some("a URI")),
            (json!("2024-02-29"), json!({ "format": "date" }), None),
            (json!("2023-02-29"), json!({ "format": "date" }), Some("a date")),
            (json!("tomorrow"), json!({ "format": "date" }), Some("a date")),
            (json!("+024-02-01"), json!({ "format": "date" }), Some("a date")),
            (json!("2024-02-29T10:00:00Z"), json!({ "format": "date-time" }), None),
            (json!("2024-02-29"), json!({ "format": "date-time" }), Some("a date and time")),
            (json!(true), json!({}), None),
        ] {
            match (check(&value, &schema), expected) {
                (Ok(()), None) => {}
                (Err(found), Some(part)) => assert!(found.contains(part), "{found}"),
                (found, _) => panic!("{found:?} for {value} and {schema}"),
            }
        }
    }
}
