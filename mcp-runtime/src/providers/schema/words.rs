//! Sentences for models, in place of keywords that a provider does not understand.

use super::json::Json;

/// Maximum length of a schema or value in a sentence, in characters.
const MAX_QUOTE: usize = 300;

/// Describes a keyword; empty if it means nothing to a model.
pub(super) fn sentence(keyword: &str, value: &Json) -> String {
    let quote = || quoted(value);
    match keyword {
        "minLength" => format!("At least {} characters.", quote()),
        "maxLength" => format!("At most {} characters.", quote()),
        "pattern" => match value {
            Json::String(pattern) => {
                format!("Matches the regular expression {}.", shortened(pattern))
            }
            _ => String::new(),
        },
        "format" => match value {
            Json::String(format) => format!("Format: {}.", shortened(format)),
            _ => String::new(),
        },
        "minimum" => format!("At least {}.", quote()),
        "maximum" => format!("At most {}.", quote()),
        "exclusiveMinimum" => format!("Greater than {}.", quote()),
        "exclusiveMaximum" => format!("Less than {}.", quote()),
        "multipleOf" => format!("A multiple of {}.", quote()),
        "minItems" => format!("At least {} items.", quote()),
        "maxItems" => format!("At most {} items.", quote()),
        "uniqueItems" if *value == Json::Bool(true) => "All items are different.".to_owned(),
        "contains" => format!("Contains an item that matches {}.", quote()),
        "minContains" => format!("At least {} items match `contains`.", quote()),
        "maxContains" => format!("At most {} items match `contains`.", quote()),
        "items" | "additionalItems" => format!("Items match {}.", quote()),
        "prefixItems" => format!("The items match, in this order: {}.", quote()),
        "minProperties" => format!("At least {} properties.", quote()),
        "maxProperties" => format!("At most {} properties.", quote()),
        "propertyNames" => format!("Names of properties match {}.", quote()),
        "patternProperties" => format!("Properties whose names match a pattern: {}.", quote()),
        "additionalProperties" => match value {
            Json::Bool(true) => String::new(),
            Json::Bool(false) => "No other properties.".to_owned(),
            _ => format!("Other properties match {}.", quote()),
        },
        "unevaluatedProperties" if *value == Json::Bool(false) => "No other properties.".to_owned(),
        "dependentRequired" => {
            format!("If a property is present, so are others: {}.", quote())
        }
        "dependentSchemas" | "dependencies" => {
            format!("If a property is present, the object matches its schema: {}.", quote())
        }
        "not" => format!("Must not match {}.", quote()),
        "if" => {
            format!("If it matches {}, the rules of `then` hold, else those of `else`.", quote())
        }
        "then" => format!("`then`: {}.", quote()),
        "else" => format!("`else`: {}.", quote()),
        "const" => format!("Always {}.", quote()),
        "enum" => format!("One of {}.", quote()),
        "oneOf" => "Matches exactly one of the alternatives.".to_owned(),
        "default" => format!("Default: {}.", quote()),
        "examples" | "example" => format!("Examples: {}.", quote()),
        "deprecated" if *value == Json::Bool(true) => "Deprecated.".to_owned(),
        "contentEncoding" | "contentMediaType" => match value {
            Json::String(name) => format!("Content: {}.", shortened(name)),
            _ => String::new(),
        },
        "$ref" | "$dynamicRef" | "$recursiveRef" => match value {
            Json::String(reference) => format!("Has the form of {}.", shortened(reference)),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Describes alternatives that differ in their required properties only.
pub(super) fn required_sets(branches: &[Vec<&str>], exclusive: bool) -> String {
    let sets: Vec<_> = branches.iter().map(|names| names.join(" and ")).collect();
    let count = if exclusive { "Exactly one" } else { "At least one" };
    shortened(&format!("{count} of these is given: {}.", sets.join("; or ")))
}

/// Describes the alternatives of an object whose properties are listed together.
pub(super) fn alternatives(branches: &Json) -> String {
    format!("The properties match one of {}.", quoted(branches))
}

fn quoted(value: &Json) -> String {
    shortened(&value.to_string())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
