//! Names of packages that Cargo takes.

/// Names of crates that a package with the same name could not depend on, of folders in `target`, of the
/// test harness and of crates of the standard library.
const TAKEN: [&str; 16] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "mcp-runtime",
    "mcp_runtime",
    "proc-macro",
    "proc_macro",
    "schemars",
    "serde",
    "serde_json",
    "std",
    "test",
    "tokio",
];

/// Words of the language.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names of devices on Windows.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// Longest name that the registry takes.
const MAX_LENGTH: usize = 64;

/// Reads the name of a package.
pub(super) fn parse(name: &str) -> Result<String, String> {
    let fine = "expected a letter, then letters, digits, `-` and `_`, such as `weather-server`";
    let starts_well = name.starts_with(|it: char| it.is_ascii_alphabetic());
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
    if !starts_well || !name.chars().all(is_part) {
        return Err(fine.into());
    }
    if name.len() > MAX_LENGTH {
        return Err(format!("expected at most {MAX_LENGTH} characters"));
    }
    let lower = name.to_ascii_lowercase();
    if KEYWORDS.contains(&name) || TAKEN.contains(&&*lower) || is_device(&lower) {
        return Err(format!("the name is taken; `{name}-server` is fine"));
    }
    Ok(name.to_owned())
}

fn is_device(name: &str) -> bool {
    let numbered = |device: &str| {
        name.strip_prefix(device).is_some_and(|digit| matches!(digit.as_bytes(), [b'1'..=b'9']))
    };
    DEVICES.contains(&name) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cargo_takes_are_fine() {
        for name in ["weather", "Weather2", "my-server", "a_b", "com10", "tests"] {
            assert_eq!(parse(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn other_names_are_refused_with_what_is_fine() {
        for name in ["", "-x", "_x", "2fast", "a b", "../a", "a/b", "größe", "a.b"] {
            assert!(parse(name).is_err_and(|error| error.contains("`weather-server`")), "{name}");
        }
        for name in ["async", "test", "Tokio", "mcp-runtime", "con", "COM1"] {
            let error = parse(name).unwrap_err();
            assert!(error.contains(&format!("`{name}-server` is fine")), "{error}");
        }
        assert!(parse(&"a".repeat(65)).is_err());
    }
}
