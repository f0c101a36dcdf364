//! Rules for the names of tools, prompts and headers.

/// Length that every host accepts.
const MAX_LENGTH: usize = 64;
/// Length that the specification allows.
const MAX_WIDE_LENGTH: usize = 128;

/// Error message for an invalid tool name.
pub(crate) fn tool_name_error(name: &str, wide: bool) -> Option<String> {
    let allowed = if wide { MAX_WIDE_LENGTH } else { MAX_LENGTH };
    let length = name.chars().count();
    if name.is_empty() {
        return Some("its name is empty; give it 1 to 64 of `A-Za-z0-9_-`".to_owned());
    }
    let invalid = name.chars().find(|c| !(is_plain(*c) || wide && *c == '.'));
    match invalid {
        Some('.') => Some(format!(
            "its name `{name}` has a dot, and some hosts reject the whole server for it; write `_` \
             or `-`, or allow dots with `wide_name`"
        )),
        Some(c) => Some(format!("its name `{name}` has {c:?}; use only `A-Za-z0-9_-`")),
        None if length > allowed && wide => {
            Some(format!("its name has {length} characters; use at most {MAX_WIDE_LENGTH}"))
        }
        None if length > allowed => Some(format!(
            "its name has {length} characters, more than some hosts accept; use at most \
             {MAX_LENGTH}, or allow {MAX_WIDE_LENGTH} with `wide_name`"
        )),
        None => None,
    }
}

/// Error message for an invalid prompt name.
///
/// The specification does not restrict the name. Hosts offer prompts as commands, whose name ends
/// at a space.
pub(crate) fn prompt_name_error(name: &str) -> Option<String> {
    let length = name.chars().count();
    match name.chars().find(|c| c.is_whitespace() || c.is_control()) {
        _ if name.is_empty() => Some("its name is empty; give it 1 to 128 characters".to_owned()),
        Some(c) => Some(format!(
            "its name `{}` has {c:?}, where a command ends; write `_` or `-`",
            name.escape_debug()
        )),
        None if length > MAX_WIDE_LENGTH => {
            Some(format!("its name has {length} characters; use at most {MAX_WIDE_LENGTH}"))
        }
        None => None,
    }
}

/// Returns `true` if a name needs `wide_name`.
pub(crate) fn needs_wide(name: &str) -> bool {
    name.contains('.') || name.len() > MAX_LENGTH
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Returns `true` for a token of RFC 9110, the syntax of header names.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// Converts `InventoryDesk` and `inventory_desk` to `inventory-desk`.
pub(crate) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let mut after_lower = false;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let starts_word = c.is_uppercase()
            && (after_lower || rest.peek().is_some_and(|next| next.is_lowercase()));
        if (starts_word || c == '_') && !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
        if c != '_' {
            kebab.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase() || c.is_numeric();
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, wide: bool, message: Option<&str>) {
        let found = tool_name_error(name, wide);
        match message {
            None => assert_eq!(found, None, "{name}"),
            Some(part) => assert!(found.as_deref().is_some_and(|f| f.contains(part)), "{found:?}"),
        }
    }

    #[test]
    fn names_that_every_host_accepts() {
        check("add", false, None);
        check("Add_2-b", false, None);
        check(&"a".repeat(64), false, None);
        check("", false, Some("empty"));
        check("get weather", false, Some("has ' '"));
        check("größe", false, Some("has 'ö'"));
        check("a.b", false, Some("`wide_name`"));
        check(&"a".repeat(65), false, Some("`wide_name`"));
    }

    #[test]
    fn wide_names() {
        check("a.b", true, None);
        check(&"a".repeat(128), true, None);
        check(&"a".repeat(129), true, Some("129 characters"));
        check("a b", true, Some("has ' '"));
        assert!(needs_wide("a.b") && !needs_wide("ab"));
    }

    #[test]
    fn names_of_prompts() {
        for name in ["review", "review.code", "größe", "a/b"] {
            assert_eq!(prompt_name_error(name), None, "{name}");
        }
        let error = |name: &str| prompt_name_error(name).unwrap_or_default();
        assert!(error("").contains("empty"));
        assert!(error("a b").contains("`a b` has ' '"));
        assert!(error("a\nb").contains("`a\\nb` has '\\n'"));
        assert!(error(&"a".repeat(129)).contains("129 characters"));
    }

    #[test]
    fn tokens() {
        assert!(is_token("Region") && is_token("x-a.b!"));
        assert!(!is_token("") && !is_token("X Y") && !is_token("a:b") && !is_token("ä"));
    }

    #[test]
    fn kebab_case() {
        for (name, expected) in [
            ("Inventory", "inventory"),
            ("InventoryDesk", "inventory-desk"),
            ("HTTPServer2Go", "http-server2-go"),
            ("inventory_desk", "inventory-desk"),
            ("_x", "x"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }
}
