//! The styles of `rename_all`, as in serde.

use syn::LitStr;

use crate::errors::Errors;
use crate::suggest;

const STYLES: [&str; 8] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// A naming style.
#[derive(Clone, Copy)]
pub(crate) struct Case(&'static str);

impl Case {
    /// Parses the name of a style.
    pub(crate) fn read(text: &LitStr, errors: &mut Errors) -> Option<Self> {
        let wanted = text.value();
        let found = STYLES.into_iter().find(|style| *style == wanted);
        if found.is_none() {
            let nearest = suggest::nearest(&wanted, &STYLES).unwrap_or("snake_case");
            let all = STYLES.map(|style| format!("{style:?}")).join(", ");
            let message = format!(
                "{wanted:?} is not a naming style; write {nearest:?} (the styles are {all})"
            );
            errors.at(text, message);
        }
        found.map(Self)
    }

    /// The name of a field, which is `snake_case` in Rust.
    pub(crate) fn of_field(self, name: &str) -> String {
        self.joined(name, || name.split('_').map(str::to_owned).collect())
    }

    /// The name of a variant, which is `PascalCase` in Rust.
    pub(crate) fn of_variant(self, name: &str) -> String {
        self.joined(name, || {
            let mut words: Vec<String> = Vec::new();
            for c in name.chars() {
                match words.last_mut() {
                    Some(word) if !c.is_uppercase() => word.push(c),
                    _ => words.push(c.into()),
                }
            }
            words
        })
    }

    fn joined(self, name: &str, words: impl FnOnce() -> Vec<String>) -> String {
        let upper = |word: &str| word.to_ascii_uppercase();
        let lower = |word: &str| word.to_ascii_lowercase();
        let joined = |write: &dyn Fn(&str) -> String, by: &str, words: Vec<String>| {
            words.iter().map(|word| write(word)).collect::<Vec<_>>().join(by)
        };
        match self.0 {
            "lowercase" => name.to_ascii_lowercase(),
            "UPPERCASE" => name.to_ascii_uppercase(),
            "PascalCase" => joined(&capitalised, "", words()),
            "camelCase" => uncapitalised(&joined(&capitalised, "", words())),
            "snake_case" => joined(&lower, "_", words()),
            "SCREAMING_SNAKE_CASE" => joined(&upper, "_", words()),
            "kebab-case" => joined(&lower, "-", words()),
            _ => joined(&upper, "-", words()),
        }
    }
}

fn capitalised(word: &str) -> String {
    with_first(word, |first| first.to_ascii_uppercase())
}

fn uncapitalised(word: &str) -> String {
    with_first(word, |first| first.to_ascii_lowercase())
}

fn with_first(word: &str, change: impl Fn(char) -> char) -> String {
    let mut rest = word.chars();
    rest.next().map(change).into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_of_names() {
        for (style, (field, variant)) in STYLES.into_iter().zip([
            ("table_size", "tablesize"),
            ("TABLE_SIZE", "TABLESIZE"),
            ("TableSize", "TableSize"),
            ("tableSize", "tableSize"),
            ("table_size", "table_size"),
            ("TABLE_SIZE", "TABLE_SIZE"),
            ("table-size", "table-size"),
            ("TABLE-SIZE", "TABLE-SIZE"),
        ]) {
            assert_eq!(Case(style).of_field("table_size"), field, "{style}");
            assert_eq!(Case(style).of_variant("TableSize"), variant, "{style}");
        }
        assert_eq!(Case("snake_case").of_variant("A"), "a");
        assert_eq!(Case("snake_case").of_variant("HTTP2"), "h_t_t_p2");
    }
}
