//! Patterns in which `*` stands for any characters.

/// A pattern: text, in which `*` stands for any number of characters, `/` included.
#[derive(Clone, Debug)]
pub(super) struct Glob(Box<str>);

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Text before the first `*`.
    pub(super) fn beginning(&self) -> &str {
        self.0.split('*').next().unwrap_or_default()
    }

    /// Returns `true` if the pattern is a name without `*`.
    pub(super) fn is_literal(&self) -> bool {
        !self.0.contains('*')
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return text == &*self.0 };
        let Some(mut text) = text.strip_prefix(first) else { return false };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // The first place of each part leaves the most for those behind it.
        for part in middle.split('*') {
            match text.find(part) {
                Some(start) => text = &text[start + part.len()..],
                None => return false,
            }
        }
        text.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("add", "add", true),
            ("add", "adds", false),
            ("", "", true),
            ("*", "", true),
            ("*", "any/thing", true),
            ("read_*", "read_file", true),
            ("read_*", "unread_file", false),
            ("*_file", "read_file", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a**c", "abc", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "aab", false),
            ("file:///srv/*", "file:///srv/a/b", true),
            ("*ä*", "xäy", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
