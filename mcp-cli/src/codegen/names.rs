//! Names of Rust for names of the protocol.

use std::collections::HashSet;

/// Keywords that cannot be raw identifiers, and `_`.
const NEVER_RAW: [&str; 5] = ["Self", "_", "crate", "self", "super"];

/// Keywords of all editions.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "union",
];

/// A name in snake case, for methods, parameters and fields.
pub(super) fn field(name: &str) -> String {
    let text = words(name).join("_").to_lowercase();
    let text = identifier(&text, "_");
    match &*text {
        never if NEVER_RAW.contains(&never) => format!("{text}_"),
        keyword if KEYWORDS.contains(&keyword) => format!("r#{text}"),
        _ => text,
    }
}

/// A name in upper camel case, for types and variants.
pub(super) fn pascal(name: &str) -> String {
    let words = words(name);
    let capital = |word: &String| {
        let mut characters = word.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters.flat_map(char::to_lowercase)).collect::<String>()
    };
    let text = identifier(&words.iter().map(capital).collect::<String>(), "Type");
    if NEVER_RAW.contains(&&*text) { format!("{text}Type") } else { text }
}

/// A name that is not used yet.
pub(super) fn unique(name: String, used: &mut HashSet<String>) -> String {
    let plain = name.trim_start_matches("r#").to_owned();
    if used.insert(plain.clone()) {
        return name;
    }
    let numbered = (2_u64..).map(|number| format!("{plain}_{number}"));
    let free = numbered.into_iter().find(|name| !used.contains(name)).unwrap_or(plain);
    used.insert(free.clone());
    free
}

/// Like `unique`, in upper camel case.
pub(super) fn unique_type(name: String, used: &mut HashSet<String>) -> String {
    if used.insert(name.clone()) {
        return name;
    }
    let numbered = (2_u64..).map(|number| format!("{name}{number}"));
    let free = numbered.into_iter().find(|name| !used.contains(name)).unwrap_or(name);
    used.insert(free.clone());
    free
}

/// Splits at characters that identifiers do not have, and before capitals after small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            words.push(String::new());
            was_small = false;
            continue;
        }
        if was_small && character.is_ascii_uppercase() {
            words.push(String::new());
        }
        was_small = !character.is_ascii_uppercase();
        if let Some(last) = words.last_mut() {
            last.push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// An identifier that does not begin with a digit.
fn identifier(text: &str, prefix: &str) -> String {
    match text.chars().next() {
        None if prefix == "_" => "unnamed".to_owned(),
        None => format!("{prefix}Unnamed"),
        Some(first) if first.is_ascii_digit() => format!("{prefix}{text}"),
        Some(_) => text.to_owned(),
    }
}
