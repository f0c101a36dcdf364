//! A minimal JSON parser, for the schema of a `contract`.

use std::iter::Peekable;
use std::str::Chars;

/// A JSON value. Objects keep the order of their members.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a text that contains one value.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
        let value = reader.value(0)?;
        reader.space();
        match reader.rest.peek() {
            None => Ok(value),
            Some(more) => Err(format!("unexpected {more:?} on line {}", reader.line)),
        }
    }

    /// A member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members of an object, or nothing for other values.
    pub(crate) fn members(&self) -> &[(String, Json)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The strings in a string or an array.
    pub(crate) fn strings(&self) -> Vec<&str> {
        match self {
            Self::String(text) => vec![text],
            Self::Array(items) => items.iter().flat_map(Json::strings).collect(),
            _ => Vec::new(),
        }
    }
}

/// Maximum nesting depth.
const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.space();
        if depth > MAX_DEPTH {
            return self.error("too deeply nested");
        }
        match self.rest.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string().map(Json::String),
            Some(_) => self.word(),
            None => self.error("the text ends early"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        let mut members = Vec::new();
        self.rest.next();
        if self.skip('}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.expect(':')?;
            members.push((name, self.value(depth + 1)?));
            if self.skip('}') {
                return Ok(Json::Object(members));
            }
            self.expect(',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        let mut items = Vec::new();
        self.rest.next();
        if self.skip(']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.skip(']') {
                return Ok(Json::Array(items));
            }
            self.expect(',')?;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if !c.is_control() => text.push(c),
                _ => return self.error("a string does not end"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.rest.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let digits: String = self.rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).unwrap_or(0xFFFD);
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            Some(c @ ('"' | '\\' | '/')) => c,
            _ => return self.error("an unknown escape"),
        })
    }

    fn word(&mut self) -> Result<Json, String> {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)) {
            word.push(c);
        }
        match word.as_str() {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            number if number.parse::<f64>().is_ok() => Ok(Json::Number(word)),
            _ => self.error(&format!("{word:?} is not a value")),
        }
    }

    fn space(&mut self) {
        while let Some(c) = self.rest.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.line += usize::from(c == '\n');
        }
    }

    fn skip(&mut self, wanted: char) -> bool {
        self.space();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.skip(wanted) { Ok(()) } else { self.error(&format!("expected {wanted:?}")) }
    }

    fn error<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("{what} on line {}", self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value() {
        let json = Json::parse(r#" {"a": [1, -2.5e3, true, null], "b": "x\"\u0041\n", "c": {}} "#);
        let json = json.expect("JSON");
        assert_eq!(json.get("b"), Some(&Json::String("x\"A\n".into())));
        assert_eq!(json.get("c"), Some(&Json::Object(Vec::new())));
        assert_eq!(
            json.get("a"),
            Some(&Json::Array(vec![
                Json::Number("1".into()),
                Json::Number("-2.5e3".into()),
                Json::Bool(true),
                Json::Null,
            ]))
        );
    }

    #[test]
    fn errors_name_their_line() {
        let check = |text: &str, error: &str| assert_eq!(Json::parse(text), Err(error.to_owned()));
        check("", "the text ends early on line 1");
        check("{\n\"a\" 1}", "expected ':' on line 2");
        check("[1,]", "\"\" is not a value on line 1");
        check("{} x", "unexpected 'x' on line 1");
        check("\"a", "a string does not end on line 1");
        check(&"[".repeat(200), "too deeply nested on line 1");
    }
}
