//! The parameters that an `#[ask("…")]` message refers to.

use syn::{FnArg, Signature};

use super::function::{contents, is_ask};
use super::keys;

/// The names in all messages of a function. These parameters count as used, even if the body does
/// not use them.
pub(crate) fn names(signature: &Signature) -> Vec<String> {
    let mut names = Vec::new();
    for input in &signature.inputs {
        let FnArg::Typed(parameter) = input else { continue };
        for attribute in parameter.attrs.iter().filter(|attribute| is_ask(attribute)) {
            if let (Some(message), _) = keys::leading_text(contents(attribute)) {
                names.extend(captured(&message.value()));
            }
        }
    }
    names
}

/// The names in braces: `path` and `count` in `Delete {path} {{twice}} or {count:>3}?`.
fn captured(message: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = message;
    while let Some((_, behind)) = rest.split_once('{') {
        rest = behind;
        if let Some(escaped) = behind.strip_prefix('{') {
            rest = escaped;
        } else if let Some((inside, behind)) = behind.split_once('}') {
            names.extend(inside.split(':').next().map(|name| name.trim().to_owned()));
            rest = behind;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::captured;

    #[test]
    fn names_in_braces() {
        for (message, names) in [
            ("", &[][..]),
            ("Go on?", &[]),
            ("Delete {path}?", &["path"]),
            ("{a}{b:?}{{c}} {d:>3} {{{e}}}", &["a", "b", "d", "e"]),
            ("{a", &[]),
            ("{}", &[""]),
        ] {
            assert_eq!(captured(message), names, "{message}");
        }
    }
}
