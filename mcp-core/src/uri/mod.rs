//! Templates of URIs: which variables they have, which URIs they match, what they expand to.
//!
//! The syntax is that of [RFC 6570](https://www.rfc-editor.org/rfc/rfc6570), all four levels. The
//! RFC says how a template becomes a URI; the way back is ours:
//!
//! | expression | matches | values |
//! |---|---|---|
//! | `{id}` | one or more characters other than `/ ? #` | one, without `/` |
//! | `{+path}` | one or more characters, `/` included | one |
//! | `{#part}` | `#` and one or more characters | one |
//! | `{.ext}` | `.` and one or more characters other than `/ ? #` | one |
//! | `{/id}` | `/` and one or more characters other than `/ ? #` | one |
//! | `{;a,b}` | nothing, or `;a=1;b=2` with any of the names in any order | one each, or none |
//! | `{?a,b}`, `{&c}` | nothing, or `?a=1&b=2`, `&c=3`, likewise | one each, or none |
//! | `{a,b}` | as `{a},{b}`; likewise with the other operators | one each |
//! | `{id:8}` | at most eight characters | one |
//! | `{/path*}`, `{?tag*}` … | nothing or more, separated as the operator says | one per item |
//!
//! An exploded variable is a list here, also in `{?tag*}`. For the RFC it may be a map as well, whose
//! names are data; nothing in a template says which, and as a map it would match every query, with
//! every misspelt name in it.
//!
//! Where several ways of matching exist, the first variable takes as much as it can. Values are
//! percent-decoded once. No value has a segment `.` or `..` or a NUL, and none starts with a `/`
//! that would follow a `/` of the template (but `file://{+path}` asks for an absolute path and gets
//! one): such a URI does not match.
//!
//! Matching takes time in proportion to the length of the URI, and nothing in a URI can change
//! that: there is no backtracking and no regular expression.

mod captures;
mod chars;
mod error;
mod expand;
mod matching;
mod overlap;
mod parse;
mod program;

pub use captures::Captures;
pub use error::{TemplateError, TemplateFault};

use std::cmp::Reverse;
use std::fmt;

use parse::{Modifier, Operator, Part, Variable};
use program::Program;

/// The longest template in bytes.
pub const LONGEST_TEMPLATE: usize = 8 * 1024;
/// The most variables of a template.
pub const MOST_VARIABLES: usize = 256;
/// The longest URI in bytes that is compared with a template.
pub const LONGEST_URI: usize = 64 * 1024;

/// A template of URIs, checked.
///
/// # Example
/// ```
/// use mcp_core::uri::UriTemplate;
///
/// let profile = UriTemplate::parse("users://{id}/profile{?lang}")?;
/// assert_eq!(profile.variables().collect::<Vec<_>>(), ["id", "lang"]);
///
/// let captures = profile.matches("users://42/profile?lang=en").expect("it matches");
/// assert_eq!(captures.get("id"), Some("42"));
/// assert!(profile.matches("users://42/7/profile").is_none());
///
/// assert_eq!(profile.expand([("id", "J. Doe")]), "users://J.%20Doe/profile");
/// # Ok::<(), mcp_core::uri::TemplateError>(())
/// ```
#[derive(Clone)]
pub struct UriTemplate {
    text: Box<str>,
    parts: Vec<Part>,
    program: Program,
}

impl UriTemplate {
    /// Reads a template. A plain URI is a template without variables.
    ///
    /// # Errors
    /// [`TemplateError`] says what is wrong and where. Besides what the RFC forbids, this is: no
    /// scheme at the start, a variable that occurs twice, and neighbours such as `{a}{b}` of which
    /// no one can tell where the first ends.
    pub fn parse(template: &str) -> Result<Self, TemplateError> {
        let parts = parse::parts(template)?;
        let program = Program::of(&parts);
        Ok(Self { text: template.into(), parts, program })
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of the variables, in the order in which they occur.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.each_variable().map(|(_, variable)| &*variable.name)
    }

    /// Whether a URI can match and have no value for a variable: `{?a}`, `{&a}`, `{;a}`, and lists
    /// such as `{/a*}`.
    pub fn is_optional(&self, variable: &str) -> bool {
        self.each_variable().any(|(operator, found)| {
            let is_led_list = matches!(operator, Operator::Label | Operator::Segment)
                && found.modifier == Modifier::Explode;
            *found.name == *variable && (operator.named() || is_led_list)
        })
    }

    /// Whether a variable can have several values, as `{/a*}` and `{?a*}` can.
    pub fn is_list(&self, variable: &str) -> bool {
        self.each_variable()
            .any(|(_, found)| *found.name == *variable && found.modifier == Modifier::Explode)
    }

    /// Whether there are no variables, so that the template is one URI.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The values of the variables in a URI, or nothing if the URI is not of this template.
    ///
    /// Letters in percent-encodings compare without case, and characters that should have been
    /// encoded compare with their encodings. A URI longer than [`LONGEST_URI`] matches nothing.
    pub fn matches(&self, uri: &str) -> Option<Captures> {
        matching::captures(&self.program, uri)
    }

    /// The URI with these values in place of the variables.
    ///
    /// Several values for one name make a list. A variable without a value is left out, as the RFC
    /// has it; names that are no variables are ignored.
    pub fn expand<'v>(&self, values: impl IntoIterator<Item = (&'v str, &'v str)>) -> String {
        let values: Vec<_> = values.into_iter().collect();
        expand::expand(&self.parts, &values)
    }

    /// How closely the template describes what it matches; of two templates that match a URI, the
    /// greater is meant.
    ///
    /// More characters that are given count most, then fewer variables that span segments, then
    /// fewer variables.
    pub fn specificity(&self) -> Specificity {
        let (mut given, mut spanning, mut variables) = (0, 0, 0);
        for part in &self.parts {
            match part {
                Part::Literal(text) => given += text.len(),
                Part::Expression(expression) => {
                    let reserved = expression.operator.reserved();
                    variables += expression.variables.len();
                    spanning += (expression.variables.iter())
                        .filter(|variable| reserved || variable.modifier == Modifier::Explode)
                        .count();
                }
            }
        }
        Specificity { given, spanning: Reverse(spanning), variables: Reverse(variables) }
    }

    /// Whether some URI matches both templates and neither is more specific, so that nobody could
    /// say which one it means.
    pub fn is_ambiguous_with(&self, other: &Self) -> bool {
        self.specificity() == other.specificity() && overlap::overlap(&self.program, &other.program)
    }

    fn each_variable(&self) -> impl Iterator<Item = (Operator, &Variable)> {
        let expressions = self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Expression(expression) => Some(expression),
        });
        expressions.flat_map(|expression| {
            expression.variables.iter().map(|variable| (expression.operator, variable))
        })
    }
}

impl PartialEq for UriTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for UriTemplate {}

impl fmt::Debug for UriTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UriTemplate").field(&self.text).finish()
    }
}

impl fmt::Display for UriTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for UriTemplate {
    type Err = TemplateError;

    fn from_str(template: &str) -> Result<Self, Self::Err> {
        Self::parse(template)
    }
}

/// How closely a template describes what it matches; see [`UriTemplate::specificity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Specificity {
    given: usize,
    spanning: Reverse<usize>,
    variables: Reverse<usize>,
}

#[cfg(test)]
mod tests;
