//! Names of tools and extensions, checked when parsed; the nearest of several names.

use std::fmt;

/// Name of a tool.
///
/// Specification: [Tool names](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-names).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ToolName(Box<str>);

impl ToolName {
    /// Parses a name that every known host accepts: 1 to 64 of `A-Z a-z 0-9 _ -`.
    ///
    /// # Errors
    /// [`NameError`] with the first mistake in the name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        Self::checked(name, 64, "ASCII letters, digits, `_` and `-`", is_plain)
    }

    /// Parses a name that the specification allows: 1 to 128 of `A-Z a-z 0-9 _ - .`.
    ///
    /// # Errors
    /// [`NameError`] with the first mistake in the name.
    pub fn parse_wide(name: &str) -> Result<Self, NameError> {
        let allowed = |character| is_plain(character) || character == '.';
        Self::checked(name, 128, "ASCII letters, digits, `_`, `-` and `.`", allowed)
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn checked(
        name: &str,
        longest: usize,
        characters: &'static str,
        allowed: impl Fn(char) -> bool,
    ) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if let Some(found) = name.chars().find(|character| !allowed(*character)) {
            return Err(NameError::Character { found, allowed: characters });
        }
        // Only ASCII is left, so bytes are characters.
        if name.len() > longest {
            return Err(NameError::TooLong { length: name.len(), longest });
        }
        Ok(Self(name.into()))
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

/// Identifier of an extension: a prefix of labels as in a domain name, a slash, a name.
///
/// Specification: [Extension negotiation](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExtensionId(Box<str>);

impl ExtensionId {
    /// Parses an identifier by the rules for keys of `_meta`, with the prefix mandatory.
    ///
    /// # Errors
    /// [`NameError`] with the first mistake in the identifier.
    pub fn parse(identifier: &str) -> Result<Self, NameError> {
        if identifier.is_empty() {
            return Err(NameError::Empty);
        }
        let (prefix, name) = identifier.split_once('/').ok_or(NameError::NoPrefix)?;
        if !prefix.split('.').all(is_label) {
            return Err(NameError::Prefix);
        }
        if !is_key_name(name) {
            return Err(NameError::Suffix);
        }
        Ok(Self(identifier.into()))
    }

    /// Returns the identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `true` for a letter first, a letter or digit last, and letters, digits and hyphens in between.
fn is_label(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_alphabetic())
        && label.ends_with(|last: char| last.is_ascii_alphanumeric())
        && label.chars().all(|inner| inner.is_ascii_alphanumeric() || inner == '-')
}

/// `true` for an empty name, or one with a letter or digit at both ends and hyphens, underscores and
/// dots in between.
fn is_key_name(name: &str) -> bool {
    let is_end = |end: char| end.is_ascii_alphanumeric();
    name.is_empty()
        || name.starts_with(is_end)
            && name.ends_with(is_end)
            && name.chars().all(|inner| is_plain(inner) || inner == '.')
}

macro_rules! reads_as_text {
    ($($name:ty),*) => {$(
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        // Hashed like its text, so that maps by name can be searched by text.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

reads_as_text!(ToolName, ExtensionId);

/// Mistake in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    Empty,
    /// The name has too many characters.
    TooLong {
        /// Number of characters.
        length: usize,
        /// Maximum number of characters.
        longest: usize,
    },
    /// A character is not allowed.
    Character {
        /// The first such character.
        found: char,
        /// Description of the allowed characters.
        allowed: &'static str,
    },
    /// The identifier has no prefix.
    NoPrefix,
    /// The prefix is not a series of labels.
    Prefix,
    /// The part behind the prefix is not a name.
    Suffix,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { length, longest } => {
                write!(f, "is {length} characters long; at most {longest} are allowed")
            }
            Self::Character { found, allowed } => {
                write!(f, "contains {found:?}; allowed are {allowed}")
            }
            Self::NoPrefix => f.write_str("has no prefix; write it as in `com.example/name`"),
            Self::Prefix => f.write_str(
                "has a malformed prefix; it is labels of letters, digits and `-` joined by dots",
            ),
            Self::Suffix => f.write_str(
                "has a malformed name after the prefix; it starts and ends with a letter or digit",
            ),
        }
    }
}

impl std::error::Error for NameError {}

/// Returns `true` for a scope of OAuth (`scope-token`).
///
/// Specification: [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
pub fn is_scope(text: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Returns the candidate nearest to a mistyped name, if one is near enough to suggest.
///
/// One edit for every three characters is near enough. Case does not count, and two swapped
/// characters are one edit. The first of equally near candidates wins.
///
/// # Example
/// ```
/// use mcp_core::name::nearest;
///
/// assert_eq!(nearest("raed_file", ["read_file", "write_file"]), Some("read_file"));
/// assert_eq!(nearest("weather", ["read_file", "write_file"]), None);
/// ```
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = comparable(wanted);
    // The name comes from a peer; a longer one than a name can be is no typing error.
    if wanted.len() > MAX_COMPARED {
        return None;
    }
    // Two different words of one character have nothing in common.
    let allowed = wanted.len().div_ceil(3).min(wanted.len().saturating_sub(1));
    candidates
        .into_iter()
        .map(|candidate| (comparable(candidate), candidate))
        .filter(|(letters, _)| letters.len().abs_diff(wanted.len()) <= allowed)
        .map(|(letters, candidate)| (distance(&wanted, &letters), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

const MAX_COMPARED: usize = 128;

fn comparable(name: &str) -> Vec<char> {
    name.chars().take(MAX_COMPARED + 1).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Counts the insertions, deletions, replacements and swaps of neighbours between two names.
fn distance(left: &[char], right: &[char]) -> usize {
    // Rows for the last three prefixes of `left`; a swap looks two back.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, &a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in right.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == right[j - 1] && b == left[i - 1] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{ExtensionId, NameError, ToolName, nearest};

    fn check_tool(name: &str, narrow: bool, wide: bool) {
        assert_eq!(ToolName::parse(name).is_ok(), narrow, "{name:?}");
        assert_eq!(ToolName::parse_wide(name).is_ok(), wide, "{name:?}, wide");
    }

    #[test]
    fn tool_names() {
        check_tool("get_weather", true, true);
        check_tool("DATA-export-2", true, true);
        check_tool("admin.tools", false, true);
        check_tool(&"a".repeat(64), true, true);
        check_tool(&"a".repeat(65), false, true);
        check_tool(&"a".repeat(129), false, false);
        check_tool("", false, false);
        check_tool("get weather", false, false);
        check_tool("wetter/größe", false, false);
        check_tool("a\n", false, false);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let check = |error: Result<_, NameError>, text: &str| {
            assert_eq!(error.err().map(|error| error.to_string()).as_deref(), Some(text));
        };
        check(ToolName::parse("").map(drop), "is empty");
        check(
            ToolName::parse("a b").map(drop),
            "contains ' '; allowed are ASCII letters, digits, `_` and `-`",
        );
        check(
            ToolName::parse(&"a".repeat(70)).map(drop),
            "is 70 characters long; at most 64 are allowed",
        );
        check(
            ExtensionId::parse("tasks").map(drop),
            "has no prefix; write it as in `com.example/name`",
        );
    }

    #[test]
    fn extension_ids() {
        let check = |identifier: &str, valid: bool| {
            assert_eq!(ExtensionId::parse(identifier).is_ok(), valid, "{identifier:?}");
        };
        check("io.modelcontextprotocol/tasks", true);
        check("com.example/my.ext_1-a", true);
        check("example/x", true);
        check("a-b.c3/x", true);
        check("com.example/", true);
        check("tasks", false);
        check("/tasks", false);
        check("com..example/x", false);
        check("3com.example/x", false);
        check("com-.example/x", false);
        check("com.example/-x", false);
        check("com.example/x/y", false);
        check("com.exämple/x", false);
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["read_file", "write_file", "list", "add"];
        let check = |wanted, expected| assert_eq!(nearest(wanted, names), expected, "{wanted}");
        check("read_fiel", Some("read_file"));
        check("readfile", Some("read_file"));
        check("READ_FILE", Some("read_file"));
        check("lsit", Some("list"));
        check("ad", Some("add"));
        check("dad", Some("add"));
        check("x", None);
        check("weather", None);
        check("", None);
        check(&"x".repeat(1_000_000), None);
        assert_eq!(nearest("a", []), None);
        assert_eq!(nearest("x", ["n"]), None);
        assert_eq!(nearest("N", ["n"]), Some("n"));
    }
}
