//! Checks the syntax of URI templates, and lists their variables.
//!
//! The rules are those of `mcp_core::uri`, which matches templates. Both are tested with
//! `mcp-core/tests/uri_templates.txt`. The scheme is checked in `uri.rs`.

/// Maximum length of a template in bytes.
const MAX_LENGTH: usize = 8 * 1024;
/// Maximum number of variables.
const MAX_VARIABLES: usize = 256;

/// A variable of a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// The variable has any number of values, such as `{?tags*}`.
    pub(crate) is_list: bool,
    /// A URI may lack the variable, such as `{?page}`.
    pub(crate) is_optional: bool,
}

/// The variables in order of occurrence, or the error message.
pub(crate) fn variables(template: &str) -> Result<Vec<Variable>, String> {
    if template.len() > MAX_LENGTH {
        return Err(format!("it is longer than {MAX_LENGTH} bytes; shorten it"));
    }
    let mut variables: Vec<Variable> = Vec::new();
    let mut rest = template;
    let mut follows_expression = false;
    while !rest.is_empty() {
        let text = &rest[..rest.find('{').unwrap_or(rest.len())];
        check_text(text)?;
        rest = &rest[text.len()..];
        follows_expression &= text.is_empty();
        let Some(opened) = rest.strip_prefix('{') else { continue };
        let Some((expression, after)) = opened.split_once('}') else {
            return Err("`{` is not closed; write `}` after the variable".to_owned());
        };
        add_expression(expression, follows_expression, &mut variables)?;
        follows_expression = true;
        rest = after;
    }
    if variables.len() > MAX_VARIABLES {
        return Err(format!("it has more than {MAX_VARIABLES} variables; use fewer"));
    }
    Ok(variables)
}

/// Checks the text outside braces.
fn check_text(text: &str) -> Result<(), String> {
    for (at, c) in text.char_indices() {
        match c {
            '}' => return Err("`}` closes nothing; write `%7D` for a brace".to_owned()),
            '%' if is_encoded(&text[at..]) => {}
            '%' => return Err(bare_percent()),
            _ if !c.is_ascii() || is_of_uri(c) => {}
            _ => {
                return Err(format!(
                    "{c:?} cannot stand in a URI; write `%{:02X}` for it",
                    u32::from(c)
                ));
            }
        }
    }
    Ok(())
}

/// Adds the variables of one expression in braces.
fn add_expression(
    expression: &str,
    follows_expression: bool,
    known: &mut Vec<Variable>,
) -> Result<(), String> {
    if let Some(reserved) = expression.chars().next().filter(|c| "=,!@|$()'".contains(*c)) {
        return Err(format!(
            "`{{{reserved}` does not start an expression; the operators are `+ # . / ; ? &`"
        ));
    }
    let (operator, variables) = match expression.chars().next() {
        Some(operator) if "+#./;?&".contains(operator) => (Some(operator), &expression[1..]),
        _ => (None, expression),
    };
    for variable in variables.split(',') {
        let name = &variable[..variable.find([':', '*']).unwrap_or(variable.len())];
        let modifier = &variable[name.len()..];
        check_name(name, expression)?;
        check_modifier(modifier, expression)?;
        if known.iter().any(|known| known.name == name) {
            return Err(format!("the variable `{name}` occurs twice; rename one of the two"));
        }
        let is_optional = matches!(operator, Some('?' | '&' | ';'));
        known.push(Variable { name: name.to_owned(), is_list: modifier == "*", is_optional });
    }
    if follows_expression && matches!(operator, None | Some('+')) {
        return Err(format!(
            "the start of `{{{expression}}}` is ambiguous; write text between it and the \
             expression before it"
        ));
    }
    Ok(())
}

/// Checks a variable name: letters, digits, `_` and percent-encoded bytes, with single dots in
/// between.
fn check_name(name: &str, expression: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err(format!("`{{{expression}}}` lacks a variable; write one, as in `{{id}}`"));
    }
    let mut after_dot = true;
    let mut hidden = 0;
    for (at, c) in name.char_indices() {
        let allowed = match c {
            '%' if is_encoded(&name[at..]) => true,
            '%' => return Err(bare_percent()),
            '.' => !after_dot,
            _ => c.is_ascii_alphanumeric() || c == '_' || hidden > 0,
        };
        if !allowed {
            return Err(not_a_name(name));
        }
        hidden = if c == '%' { 2 } else { usize::saturating_sub(hidden, 1) };
        after_dot = c == '.';
    }
    if after_dot { Err(not_a_name(name)) } else { Ok(()) }
}

fn check_modifier(modifier: &str, expression: &str) -> Result<(), String> {
    let is_prefix = |digits: &str| {
        (1..=4).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    };
    if matches!(modifier, "" | "*") || modifier.strip_prefix(':').is_some_and(is_prefix) {
        return Ok(());
    }
    Err(format!(
        "`{modifier}` in `{{{expression}}}` is not a modifier; write `:1` to `:9999` or `*`"
    ))
}

fn not_a_name(name: &str) -> String {
    format!(
        "`{name}` is not the name of a variable; use letters, digits and `_`, and single dots in \
         between"
    )
}

fn bare_percent() -> String {
    "a `%` is not followed by two hexadecimal digits; write `%25` for a percent sign".to_owned()
}

fn is_encoded(text: &str) -> bool {
    matches!(text.as_bytes(), [b'%', high, low, ..]
        if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

fn is_of_uri(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Part of the message for each word of the corpus.
    const MESSAGES: [(&str, &str); 10] = [
        ("character", "cannot stand in a URI"),
        ("percent", "two hexadecimal digits"),
        ("unclosed", "is not closed"),
        ("unopened", "closes nothing"),
        ("operator", "does not start an expression"),
        ("variable", "lacks a variable"),
        ("name", "is not the name of a variable"),
        ("modifier", "is not a modifier"),
        ("repeated", "occurs twice"),
        ("adjacent", "is ambiguous"),
    ];

    #[test]
    fn the_same_as_when_a_server_is_built() {
        let rows = include_str!("../../../mcp-core/tests/uri_templates.txt").lines();
        let rows = rows.filter(|row| !row.is_empty() && !row.starts_with('#'));
        let mut count = 0;
        for row in rows {
            let columns: Vec<&str> = row.split('\t').collect();
            let [kind, template, expected] = columns[..] else { panic!("{row:?}") };
            let found = variables(template);
            match (kind, &found) {
                ("good", Ok(found)) => {
                    let names: Vec<_> = found.iter().map(|one| one.name.as_str()).collect();
                    assert_eq!(names.join(","), expected, "{template}");
                }
                ("bad", _) if expected == "scheme" => {}
                ("bad", Err(message)) => {
                    let (_, part) = MESSAGES.iter().find(|(word, _)| *word == expected).unwrap();
                    assert!(message.contains(part), "{template}: {message}");
                }
                _ => panic!("{template} is not {kind}: {found:?}"),
            }
            count += 1;
        }
        assert!(count > 90, "the corpus has only {count} rows");
    }

    #[test]
    fn bounds() {
        let many = |count: usize| {
            let names: Vec<_> = (0..count).map(|number| format!("v{number}")).collect();
            variables(&format!("a://x{{?{}}}", names.join(",")))
        };
        assert_eq!(many(MAX_VARIABLES).map(|found| found.len()), Ok(MAX_VARIABLES));
        assert!(many(MAX_VARIABLES + 1).is_err());
        assert!(variables(&"a".repeat(MAX_LENGTH)).is_ok());
        assert!(variables(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn lists_are_marked() {
        let variables = variables("a://{a}{/b*}{?c,d*}").unwrap();
        let lists: Vec<_> = variables.iter().map(|variable| variable.is_list).collect();
        assert_eq!(lists, [false, true, false, true]);
    }

    #[test]
    fn messages_say_what_to_write() {
        let check = |template: &str, expected: &str| {
            assert_eq!(variables(template).unwrap_err(), expected, "{template}");
        };
        check("a://{id", "`{` is not closed; write `}` after the variable");
        check("a://b c", "' ' cannot stand in a URI; write `%20` for it");
        check("a://{}", "`{}` lacks a variable; write one, as in `{id}`");
        check("a://{x:0}", "`:0` in `{x:0}` is not a modifier; write `:1` to `:9999` or `*`");
        check("a://{x}/{x}", "the variable `x` occurs twice; rename one of the two");
    }
}
