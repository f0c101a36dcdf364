//! The header `WWW-Authenticate`.
//!
//! Specification: [RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1), with the
//! parameters of [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3),
//! [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1) and
//! [RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1).

#[cfg(any(test, fuzzing))]
use std::fmt;

/// Longest header that is parsed, in bytes. The rest is ignored.
const MAX_HEADER: usize = 16 << 10;

/// Largest number of challenges, and of parameters of a challenge. Further ones are ignored.
const MAX_ITEMS: usize = 32;

/// One challenge: a scheme and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    scheme: String,
    token68: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Creates a challenge without parameters.
    fn new(scheme: &str) -> Self {
        Self { scheme: scheme.to_owned(), ..Self::default() }
    }

    /// Adds a parameter.
    #[cfg(test)]
    fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Parses the challenges of a header. Malformed parts are skipped.
    pub(crate) fn parse(header: &str) -> Vec<Self> {
        let mut end = header.len().min(MAX_HEADER);
        while !header.is_char_boundary(end) {
            end -= 1;
        }
        let mut reader = Reader { rest: &header[..end] };
        let mut challenges: Vec<Self> = Vec::new();
        while reader.skip_separators() {
            let Some(word) = reader.token() else {
                reader.skip_part();
                continue;
            };
            match reader.value() {
                Some(value) => {
                    if let Some(challenge) = challenges.last_mut() {
                        challenge.add(word, value);
                    }
                }
                None if challenges.len() == MAX_ITEMS => break,
                None => {
                    let token68 = reader.token68().map(str::to_owned);
                    challenges.push(Self { token68, ..Self::new(word) });
                }
            }
        }
        challenges
    }

    /// Adds a parsed parameter. The first one of a name counts.
    fn add(&mut self, name: &str, value: String) {
        if self.parameters.len() < MAX_ITEMS && self.parameter(name).is_none() {
            self.parameters.push((name.to_owned(), value));
        }
    }

    /// Name of the scheme.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn scheme(&self) -> &str {
        &self.scheme
    }

    /// `true` for a challenge with credentials instead of, or beside, named parameters.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn has_credentials(&self) -> bool {
        self.token68.is_some()
    }

    /// Returns `true` for a challenge of a scheme.
    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Returns the value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Writes the challenge as the value of a header, for comparisons. Control characters and those beyond ASCII become
/// spaces, so that no value can add a header.
#[cfg(any(test, fuzzing))]
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        if let Some(token68) = &self.token68 {
            write!(f, " {token68}")?;
        }
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}=\"", if index == 0 { " " } else { ", " })?;
            for character in value.chars() {
                match character {
                    '"' | '\\' => write!(f, "\\{character}")?,
                    ' '..='~' => write!(f, "{character}")?,
                    _ => f.write_str(" ")?,
                }
            }
            f.write_str("\"")?;
        }
        Ok(())
    }
}

/// Reads the parts of a header from left to right.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Skips spaces and commas. Returns `false` at the end.
    fn skip_separators(&mut self) -> bool {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
        !self.rest.is_empty()
    }

    /// Skips what is no token, up to the next comma that is outside of quotes.
    fn skip_part(&mut self) {
        if self.rest.starts_with('"') {
            self.quoted();
        } else {
            let end = self.rest.find(',').unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
        }
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|character| !accepts(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn token(&mut self) -> Option<&'a str> {
        self.take_while(is_token)
    }

    /// Returns the value of a parameter, if one follows.
    fn value(&mut self) -> Option<String> {
        let after_name = self.rest.trim_start_matches([' ', '\t']).strip_prefix('=')?;
        self.rest = after_name;
        self.skip_spaces();
        if self.rest.starts_with('"') {
            return Some(self.quoted());
        }
        // Some servers leave out the quotes around a URL.
        let value = self.take_while(|character| !matches!(character, ',' | ' ' | '\t' | '"'));
        Some(value.unwrap_or_default().to_owned())
    }

    /// Returns a quoted string. Without closing quote, it extends to the end.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return text;
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                character => text.push(character),
            }
        }
        self.rest = "";
        text
    }

    /// Returns the credentials of a scheme without named parameters, if they follow.
    fn token68(&mut self) -> Option<&'a str> {
        let start = self.rest.trim_start_matches([' ', '\t']);
        let unpadded = start.trim_start_matches(is_token68);
        let rest = unpadded.trim_start_matches('=');
        let text = &start[..start.len() - rest.len()];
        let is_complete =
            rest.trim_start_matches([' ', '\t']).starts_with([',']) || rest.is_empty();
        if unpadded.len() == start.len() || !is_complete {
            return None;
        }
        self.rest = rest;
        Some(text)
    }
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

fn is_token68(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~+/".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[&str]) {
        let parsed: Vec<String> =
            Challenge::parse(header).iter().map(Challenge::to_string).collect();
        assert_eq!(parsed, expected, "{header:?}");
    }

    #[test]
    fn challenges_are_parsed() {
        check("Bearer", &["Bearer"]);
        check("Bearer realm=\"x\"", &["Bearer realm=\"x\""]);
        check(
            "Bearer error=\"invalid_token\", scope=\"a b\"",
            &["Bearer error=\"invalid_token\", scope=\"a b\""],
        );
        check("bearer scope = a", &["bearer scope=\"a\""]);
        check(
            "Basic realm=\"a, Bearer b=c\", Bearer x=\"y\"",
            &["Basic realm=\"a, Bearer b=c\"", "Bearer x=\"y\""],
        );
        check("Negotiate YWJj==, Bearer realm=\"r\"", &["Negotiate YWJj==", "Bearer realm=\"r\""]);
        check("DPoP algs=\"ES256 RS256\", Bearer", &["DPoP algs=\"ES256 RS256\"", "Bearer"]);
        check("Bearer a=\"q\\\"uo\\\\ted\"", &["Bearer a=\"q\\\"uo\\\\ted\""]);
        check(
            "Bearer resource_metadata=https://a.example/x?y=1",
            &["Bearer resource_metadata=\"https://a.example/x?y=1\""],
        );
        // The first parameter of a name counts.
        check("Bearer a=1, A=2", &["Bearer a=\"1\""]);
    }

    #[test]
    fn malformed_headers_lose_only_what_is_malformed() {
        for header in ["", ",", " , ,, ", "=", "\"", "\"\\", "=\"x\"", "a=b", "\u{7f}", "é"] {
            check(header, &[]);
        }
        check("Bearer a=\"unclosed", &["Bearer a=\"unclosed\""]);
        check("Bearer a=\"ends with \\", &["Bearer a=\"ends with \""]);
        check("Bearer a=", &["Bearer a="]);
        check("Bearer =x, b=c", &[]);
        check("\u{e9}\u{e9}, Bearer b=\"\u{e9}\"", &["Bearer b=\" \""]);
        check("Bearer ,,, a=b ,, c=d", &["Bearer a=\"b\", c=\"d\""]);
        check("\"quoted, first\", Bearer", &["Bearer"]);
    }

    #[test]
    fn what_is_written_adds_no_header() {
        let written =
            Challenge::new("Bearer").with("error", "x\r\nSet-Cookie: a=b\u{0}").to_string();
        assert_eq!(written, "Bearer error=\"x  Set-Cookie: a=b \"");
        let read = Challenge::parse(&Challenge::new("Bearer").with("a", "\"\\,= b").to_string());
        assert_eq!(read[0].parameter("A"), Some("\"\\,= b"));
        assert!(read[0].is("bearer") && !read[0].is("basic"));
    }

    #[test]
    fn every_part_of_a_header_is_parsed_without_a_panic() {
        let header =
            "Basic realm=\"é\\\"x\", Negotiate ab==, Bearer a = \"b\\\\\", c=d,,\u{1F600}=1";
        for start in 0..header.len() {
            for end in start..=header.len() {
                if let Some(part) = header.get(start..end) {
                    for challenge in Challenge::parse(part) {
                        Challenge::parse(&challenge.to_string());
                    }
                }
            }
        }
        assert!(Challenge::parse(&"Bearer a=b, ".repeat(100_000)).len() <= MAX_ITEMS);
        assert!(Challenge::parse(&format!("Bearer {}", "a=b,".repeat(9999))).len() <= 2);
    }
}
