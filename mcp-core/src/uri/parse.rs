//! Parser of templates: text into literals and expressions.

use std::sync::Arc;

use super::chars;
use super::error::{TemplateError, TemplateErrorKind};
use super::{MAX_TEMPLATE_LEN, MAX_VARIABLES};

/// Part of a template.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Percent-encoded text.
    Literal(String),
    /// Expression in braces.
    Expression(Expression),
}

#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) operator: Operator,
    pub(super) variables: Vec<Variable>,
}

#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: Arc<str>,
    pub(super) modifier: Modifier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    None,
    /// Prefix of the value, of at most so many characters.
    Prefix(usize),
    /// Each item of a list by itself.
    Explode,
}

/// Operator of an expression; named after the sections 3.2.2 to 3.2.9 of the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Simple,
    Reserved,
    Fragment,
    Label,
    Segment,
    Parameters,
    Query,
    Continuation,
}

impl Operator {
    fn of(character: char) -> Option<Self> {
        Some(match character {
            '+' => Self::Reserved,
            '#' => Self::Fragment,
            '.' => Self::Label,
            '/' => Self::Segment,
            ';' => Self::Parameters,
            '?' => Self::Query,
            '&' => Self::Continuation,
            _ => return None,
        })
    }

    /// Text before the first value.
    pub(super) fn lead(self) -> Option<char> {
        match self {
            Self::Simple | Self::Reserved => None,
            Self::Fragment => Some('#'),
            Self::Label => Some('.'),
            Self::Segment => Some('/'),
            Self::Parameters => Some(';'),
            Self::Query => Some('?'),
            Self::Continuation => Some('&'),
        }
    }

    /// Text between values.
    pub(super) fn separator(self) -> char {
        match self {
            Self::Simple | Self::Reserved | Self::Fragment => ',',
            Self::Label => '.',
            Self::Segment => '/',
            Self::Parameters => ';',
            Self::Query | Self::Continuation => '&',
        }
    }

    /// `true` if each value has its name before it.
    pub(super) fn named(self) -> bool {
        matches!(self, Self::Parameters | Self::Query | Self::Continuation)
    }

    /// `true` if reserved characters are not encoded.
    pub(super) fn reserved(self) -> bool {
        matches!(self, Self::Reserved | Self::Fragment)
    }
}

/// Parses a template.
pub(super) fn parts(template: &str) -> Result<Vec<Part>, TemplateError> {
    if template.len() > MAX_TEMPLATE_LEN {
        return Err(TemplateError { at: MAX_TEMPLATE_LEN, kind: TemplateErrorKind::TooLong });
    }
    let mut reader = Reader { template, at: 0, parts: Vec::new(), names: Vec::new() };
    while let Some(next) = reader.peek() {
        match next {
            '{' => reader.expression()?,
            '}' => return Err(reader.error(TemplateErrorKind::Unopened)),
            _ => reader.literal()?,
        }
    }
    if !starts_with_scheme(template) {
        return Err(TemplateError { at: 0, kind: TemplateErrorKind::NoScheme });
    }
    Ok(reader.parts)
}

/// `true` if a template starts with a scheme and a colon, or with an expression that may contain them.
fn starts_with_scheme(template: &str) -> bool {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let (text, expression) = match template.split_once('{') {
        Some((text, rest)) => (text, Some(rest)),
        None => (template, None),
    };
    match text.split_once(':') {
        Some((scheme, _)) => {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(is_of_scheme)
        }
        None => expression.is_some() && text.bytes().all(is_of_scheme),
    }
}

struct Reader<'t> {
    template: &'t str,
    at: usize,
    parts: Vec<Part>,
    names: Vec<Arc<str>>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.template[self.at..].chars().next()
    }

    fn error(&self, kind: TemplateErrorKind) -> TemplateError {
        TemplateError { at: self.at, kind }
    }

    fn literal(&mut self) -> Result<(), TemplateError> {
        let mut text = String::new();
        while let Some(next) = self.peek().filter(|next| !matches!(next, '{' | '}')) {
            if next == '%' {
                let Some(byte) = chars::encoded(self.template.as_bytes(), self.at) else {
                    return Err(self.error(TemplateErrorKind::Percent));
                };
                chars::encode_byte(byte, &mut text);
                self.at += 3;
                continue;
            }
            if !next.is_ascii() {
                chars::encode_char(next, &mut text);
            } else if chars::is_literal(next) {
                text.push(next);
            } else {
                return Err(self.error(TemplateErrorKind::Character(next)));
            }
            self.at += next.len_utf8();
        }
        self.parts.push(Part::Literal(text));
        Ok(())
    }

    fn expression(&mut self) -> Result<(), TemplateError> {
        let Some(length) = self.template[self.at..].find('}') else {
            return Err(self.error(TemplateErrorKind::Unclosed));
        };
        let end = self.at + length;
        self.at += 1;
        let first = self.peek().unwrap_or('}');
        let operator = match Operator::of(first) {
            Some(operator) => {
                self.at += 1;
                operator
            }
            None if "=,!@|$()'".contains(first) => {
                return Err(self.error(TemplateErrorKind::Operator(first)));
            }
            None => Operator::Simple,
        };
        let mut variables = Vec::new();
        loop {
            variables.push(self.variable(end)?);
            if self.at == end {
                break;
            }
            // `variable` stops at a comma or at the end.
            self.at += 1;
        }
        self.at = end + 1;
        self.push(Expression { operator, variables })
    }

    /// Parses one name with its modifier, up to the comma or brace behind it.
    fn variable(&mut self, end: usize) -> Result<Variable, TemplateError> {
        let start = self.at;
        let length = self.template[start..end].find(',').unwrap_or(end - start);
        let (written, stop) = (&self.template[start..start + length], start + length);
        let name_length = written.find([':', '*']).unwrap_or(length);
        let (name, modifier) = written.split_at(name_length);
        self.name(name)?;
        self.at = start + name_length;
        let modifier = match modifier.as_bytes() {
            [] => Modifier::None,
            [b'*'] => Modifier::Explode,
            [b':', digits @ ..] => match prefix(digits) {
                Some(max_chars) => Modifier::Prefix(max_chars),
                None => return Err(self.error(TemplateErrorKind::Modifier)),
            },
            _ => return Err(self.error(TemplateErrorKind::Modifier)),
        };
        let name: Arc<str> = name.into();
        if self.names.contains(&name) {
            self.at = start;
            return Err(self.error(TemplateErrorKind::Repeated(name.to_string())));
        }
        if self.names.len() == MAX_VARIABLES {
            return Err(self.error(TemplateErrorKind::TooManyVariables));
        }
        self.names.push(Arc::clone(&name));
        self.at = stop;
        Ok(Variable { name, modifier })
    }

    /// Checks a name: letters, digits, `_` and encoded bytes, with single dots in between.
    fn name(&mut self, name: &str) -> Result<(), TemplateError> {
        if name.is_empty() {
            return Err(self.error(TemplateErrorKind::NoVariable));
        }
        let start = self.at;
        let mut after_dot = true;
        while let Some(next) = name[self.at - start..].chars().next() {
            let length = match next {
                '%' if chars::encoded(name.as_bytes(), self.at - start).is_some() => 3,
                '%' => return Err(self.error(TemplateErrorKind::Percent)),
                '.' if !after_dot => 1,
                '_' => 1,
                _ if next.is_ascii_alphanumeric() => 1,
                _ => return Err(self.error(TemplateErrorKind::Name(next))),
            };
            after_dot = next == '.';
            self.at += length;
        }
        if after_dot {
            self.at -= 1;
            return Err(self.error(TemplateErrorKind::Name('.')));
        }
        Ok(())
    }

    /// Adds an expression unless a delimiter is missing before it. An expression that continues the
    /// names of the one before it becomes a part of that one.
    fn push(&mut self, expression: Expression) -> Result<(), TemplateError> {
        if let Some(Part::Expression(before)) = self.parts.last_mut() {
            if expression.operator.lead().is_none() {
                let name = expression.variables[0].name.to_string();
                return Err(self.error(TemplateErrorKind::Adjacent(name)));
            }
            let continues = matches!(
                (before.operator, expression.operator),
                (Operator::Query | Operator::Continuation, Operator::Continuation)
                    | (Operator::Parameters, Operator::Parameters)
            );
            if continues {
                before.variables.extend(expression.variables);
                return Ok(());
            }
        }
        self.parts.push(Part::Expression(expression));
        Ok(())
    }
}

fn prefix(digits: &[u8]) -> Option<usize> {
    let plain = matches!(digits, [b'1'..=b'9', rest @ ..]
        if rest.len() <= 3 && rest.iter().all(u8::is_ascii_digit));
    plain.then(|| digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}
