//! Commands that users copy into a shell.

/// A word of a shell, between quotation marks if it has other characters than those of common paths and URLs.
pub(crate) fn quoted(word: &str) -> String {
    // Shells of Unix drop a backslash; it separates the parts of paths on Windows.
    let is_separator = |it: char| cfg!(windows) && it == '\\';
    let is_plain =
        |it: char| it.is_alphanumeric() || "-_./:#@%+=,".contains(it) || is_separator(it);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_if_a_shell_would_change_them() {
        for (word, expected) in [
            ("", "''"),
            ("https://a.example/mcp", "https://a.example/mcp"),
            ("https://a.example/mcp?x=1&y", "'https://a.example/mcp?x=1&y'"),
            ("mcp.json#weather", "mcp.json#weather"),
            ("my dir/mcp.json#a b", "'my dir/mcp.json#a b'"),
            ("cursor:it's $HOME", r"'cursor:it'\''s $HOME'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
