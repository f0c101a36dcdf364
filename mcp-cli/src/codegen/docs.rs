//! Doc comments from descriptions.

use crate::output::plain;

/// A doc comment. Code in it is no test of the crate that has it.
pub(super) fn docs(text: &str, indent: &str) -> String {
    let text = plain(text.trim());
    let mut out = String::new();
    let mut is_code = false;
    for line in text.lines() {
        let mut line = line.trim_end().replace('\t', "    ");
        if line.trim_start().starts_with("```") {
            line = if is_code { "```".into() } else { "```text".into() };
            is_code = !is_code;
        } else if !is_code && line.starts_with("    ") {
            // Four spaces would begin code.
            line = format!("  {}", line.trim_start());
        }
        let gap = if line.is_empty() { "" } else { " " };
        out += &format!("{indent}///{gap}{line}\n");
    }
    if is_code {
        out += &format!("{indent}/// ```\n");
    }
    out
}
