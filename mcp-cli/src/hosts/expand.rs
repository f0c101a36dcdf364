//! References to environment variables in the files of hosts: `${env:X}`, `${X}`, `${X:-default}`.

/// Replaces the references in a text.
pub(crate) fn expanded(
    text: &str,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('}') else { break };
        let reference = &rest[start + 2..start + length];
        out.push_str(&value(reference, variable)?);
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(reference: &str, variable: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    let name = name.strip_prefix("env:").unwrap_or(name);
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("`${{{reference}}}` is known to its host only"));
    }
    variable(name)
        .or(default.map(str::to_owned))
        .ok_or_else(|| format!("the environment variable `{name}` is not set"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced() {
        let variable = |name: &str| (name == "X").then(|| "1".to_owned());
        for (text, expected) in [
            ("a ${X} ${env:X}b", Ok("a 1 1b")),
            ("${Y:-2}${X:-3}$X", Ok("21$X")),
            ("${", Ok("${")),
            ("${X", Ok("${X")),
            ("${Y}", Err("the environment variable `Y` is not set")),
            ("${input:key}", Err("`${input:key}` is known to its host only")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(expanded(text, &variable), expected, "{text}");
        }
    }
}
