//! Arguments of the forms `k=v`, `k:=JSON` and `k=@FILE`.

use std::str::FromStr;

use crate::exit::Failure;

/// A named value of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) form: Form,
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text, whose type is that of the schema.
    Text(String),
    /// JSON.
    Json(String),
    /// The path of a file that has the text.
    File(String),
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || format!("expected `NAME=VALUE`, `NAME:=JSON` or `NAME=@FILE`, got `{text}`");
        let (name, value) = text.split_once('=').ok_or_else(expected)?;
        let (name, form) = match (name.strip_suffix(':'), value.strip_prefix('@')) {
            (Some(name), _) => (name, Form::Json(value.to_owned())),
            (None, Some(path)) => (name, Form::File(path.to_owned())),
            (None, None) => (name, Form::Text(value.to_owned())),
        };
        match name {
            "" => Err(expected()),
            name => Ok(Self { name: name.to_owned(), form }),
        }
    }
}

impl Pair {
    /// The text of the value; `None` for JSON.
    pub(crate) fn text(&self) -> Result<Option<String>, Failure> {
        match &self.form {
            Form::Text(text) => Ok(Some(text.clone())),
            Form::Json(_) => Ok(None),
            Form::File(path) => read_file(path).map(Some),
        }
    }
}

/// Reads a file that the command line names.
pub(crate) fn read_file(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("`{path}` cannot be read as text: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_of_three_forms() {
        for (text, name, form) in [
            ("a=b", "a", Form::Text("b".into())),
            ("a=", "a", Form::Text(String::new())),
            ("a=b=c", "a", Form::Text("b=c".into())),
            ("a=b:=c", "a", Form::Text("b:=c".into())),
            ("a:=[1]", "a", Form::Json("[1]".into())),
            ("a:=\"@\"", "a", Form::Json("\"@\"".into())),
            ("a=@x.txt", "a", Form::File("x.txt".into())),
        ] {
            assert_eq!(text.parse(), Ok(Pair { name: name.into(), form }), "{text}");
        }
        for text in ["a", "=b", ":=1", ""] {
            assert!(text.parse::<Pair>().is_err(), "{text}");
        }
    }
}
