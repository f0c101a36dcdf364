//! The proof of ownership in a README: `mcp-name: NAME` in the text that crates.io shows.
//!
//! crates.io renders Markdown without its comments, and the registry searches the result:
//! [validator](https://github.com/modelcontextprotocol/registry/blob/main/internal/validators/registries/cargo.go).

/// Place of the name of a server in a README.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Visible,
    /// In an HTML comment or a link definition, which are not shown.
    Hidden,
    /// Followed by a character that continues the name.
    Glued(char),
    Missing,
}

/// The line that proves the ownership of a package.
pub(crate) fn line(name: &str) -> String {
    format!("mcp-name: {name}")
}

/// Finds the proof in a README.
pub(crate) fn proof(readme: &str, name: &str) -> Proof {
    let visible = visible(readme);
    match find(&visible, name) {
        Proof::Missing if find(readme, name) != Proof::Missing => Proof::Hidden,
        found => found,
    }
}

fn find(text: &str, name: &str) -> Proof {
    let token = line(name);
    let mut found = Proof::Missing;
    for (start, _) in text.match_indices(&token) {
        match text[start + token.len()..].chars().next() {
            Some(next) if next.is_ascii_alphanumeric() || "._/-".contains(next) => {
                found = Proof::Glued(next);
            }
            _ => return Proof::Visible,
        }
    }
    found
}

/// The Markdown without comments and link definitions. In blocks of code, both are text.
fn visible(readme: &str) -> String {
    let mut shown = String::with_capacity(readme.len());
    let mut fence: Option<&str> = None;
    let mut is_comment = false;
    for line in readme.split_inclusive('\n') {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) if !is_comment => fence = Some(mark),
            (None, None) if !is_comment && is_definition(start) => continue,
            _ => {}
        }
        if fence.is_some() {
            shown.push_str(line);
            continue;
        }
        let mut rest = line;
        loop {
            let mark = if is_comment { "-->" } else { "<!--" };
            let Some((before, after)) = rest.split_once(mark) else { break };
            if !is_comment {
                shown.push_str(before);
            }
            is_comment = !is_comment;
            rest = after;
        }
        if !is_comment {
            shown.push_str(rest);
        }
    }
    shown
}

/// `true` for a line such as `[//]: # (a text)`.
fn is_definition(line: &str) -> bool {
    line.starts_with('[')
        && !line.starts_with("[^")
        && line.split_once("]:").is_some_and(|(label, _)| !label.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_is_shown_is_a_proof() {
        for (readme, expected) in [
            ("# Weather\n\nmcp-name: io.github.a/b\n", Proof::Visible),
            ("mcp-name: io.github.a/b", Proof::Visible),
            ("- Registry: `mcp-name: io.github.a/b`\n", Proof::Visible),
            ("```text\nmcp-name: io.github.a/b\n```\n", Proof::Visible),
            ("```html\n<!-- mcp-name: io.github.a/b -->\n```\n", Proof::Visible),
            ("<!-- a --> mcp-name: io.github.a/b, <!-- b -->\n", Proof::Visible),
            ("<!-- mcp-name: io.github.a/b -->\n", Proof::Hidden),
            ("<!--\n```\nmcp-name: io.github.a/b\n```\n-->\n", Proof::Hidden),
            ("<!-- mcp-name: io.github.a/b", Proof::Hidden),
            ("[//]: # (mcp-name: io.github.a/b )\n", Proof::Hidden),
            ("mcp-name: io.github.a/b.\n", Proof::Glued('.')),
            ("mcp-name: io.github.a/b-pro\nmcp-name: io.github.a/b\n", Proof::Visible),
            ("mcp-name: io.github.a/bb\n", Proof::Glued('b')),
            ("mcp-name:io.github.a/b\n", Proof::Missing),
            ("MCP-name: io.github.a/b\n", Proof::Missing),
            ("", Proof::Missing),
        ] {
            assert_eq!(proof(readme, "io.github.a/b"), expected, "{readme:?}");
        }
    }
}
