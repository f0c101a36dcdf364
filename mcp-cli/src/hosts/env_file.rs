//! Files with environment variables, one `NAME=VALUE` a line.

/// Reads the variables of a text.
pub(crate) fn variables(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let variables = lines.map(|(number, line)| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) =
            line.split_once('=').ok_or_else(|| format!("line {number}: expected `NAME=VALUE`"))?;
        Ok((name.trim().to_owned(), unquoted(value.trim()).to_owned()))
    });
    variables.collect()
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_line_by_line() {
        let read = variables("# c\n\nA=1\nexport B = \"x = y\"\nC='q'\r\nD=\n").unwrap();
        let read: Vec<_> = read.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(read, [("A", "1"), ("B", "x = y"), ("C", "q"), ("D", "")]);
        assert_eq!(variables("A=1\nB\n"), Err("line 2: expected `NAME=VALUE`".into()));
    }
}
