//! URI templates: their variables, matching and expansion.
//!
//! The syntax is that of [RFC 6570](https://www.rfc-editor.org/rfc/rfc6570), all four levels. The
//! RFC defines expansion; matching is defined here:
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
//! | `{/path*}`, `{?tag*}` … | nothing or more, separated by the operator's separator | one per item |
//!
//! An exploded variable is a list here, also in `{?tag*}`. The RFC also allows a map, whose names are
//! data. The template does not distinguish the two, and as a map the variable would match every
//! query, with every misspelt name in it.
//!
//! If a URI matches in several ways, the first variable takes as much as it can. Values are
//! percent-decoded once. A URI does not match if a value has a segment `.` or `..` or a NUL, or if a
//! value that starts with a `/` follows a `/` of the template. (`file://{+path}` is an exception: it
//! takes an absolute path.)
//!
//! Matching takes time in proportion to the length of the URI, whatever the URI contains: there is no
//! backtracking and no regular expression.

mod captures;
mod chars;
mod error;
mod expand;
mod matching;
mod normal;
mod overlap;
mod parse;
mod program;

pub use captures::Captures;
pub use error::{TemplateError, TemplateErrorKind};
pub use normal::{has_dot_segment, normal_form};

use std::cmp::Reverse;
use std::fmt;

use parse::{Modifier, Operator, Part, Variable};
use program::Program;

/// Maximum length of a template in bytes.
pub const MAX_TEMPLATE_LEN: usize = 8 * 1024;
/// Maximum number of variables in a template.
pub const MAX_VARIABLES: usize = 256;
/// Maximum length in bytes of a URI that is matched.
pub const MAX_URI_LEN: usize = 64 * 1024;

/// Parsed URI template.
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
    /// Parses a template. A plain URI is a template without variables.
    ///
    /// # Errors
    /// [`TemplateError`] with the first mistake and its position. Besides what the RFC forbids,
    /// mistakes are a missing scheme, a variable that occurs twice, and neighbours such as `{a}{b}`
    /// without a delimiter between them.
    pub fn parse(template: &str) -> Result<Self, TemplateError> {
        let parts = parse::parts(template)?;
        let program = Program::of(&parts);
        Ok(Self { text: template.into(), parts, program })
    }

    /// Returns the template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Iterates over the names of the variables, in the order of the template.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.each_variable().map(|(_, variable)| &*variable.name)
    }

    /// `true` if a URI can match without a value for the variable: `{?a}`, `{&a}`, `{;a}`, and lists
    /// such as `{/a*}`.
    pub fn is_optional(&self, variable: &str) -> bool {
        self.each_variable().any(|(operator, found)| {
            let is_led_list = matches!(operator, Operator::Label | Operator::Segment)
                && found.modifier == Modifier::Explode;
            *found.name == *variable && (operator.named() || is_led_list)
        })
    }

    /// `true` if the variable can have several values, as in `{/a*}` and `{?a*}`.
    pub fn is_list(&self, variable: &str) -> bool {
        self.each_variable()
            .any(|(_, found)| *found.name == *variable && found.modifier == Modifier::Explode)
    }

    /// `true` if there are no variables, so that the template is one URI.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// Matches a URI and returns the values of the variables.
    ///
    /// The scheme of the template compares without case, and so does its host if it has no variables.
    /// Characters compare with their encodings, if they need none or should have been encoded. A URI
    /// longer than [`MAX_URI_LEN`] does not match.
    pub fn matches(&self, uri: &str) -> Option<Captures> {
        matching::captures(&self.program, uri)
    }

    /// Expands the template with values for its variables.
    ///
    /// Several values for one name make a list. A variable without a value is left out, as the RFC
    /// requires; names that are no variables are ignored.
    pub fn expand<'v>(&self, values: impl IntoIterator<Item = (&'v str, &'v str)>) -> String {
        let values: Vec<_> = values.into_iter().collect();
        expand::expand(&self.parts, &values)
    }

    /// Returns a measure of how closely the template describes its URIs. Of two templates that match a
    /// URI, the one with the greater measure is chosen.
    ///
    /// The number of literal characters counts most, then fewer variables that span segments, then
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

    /// Returns the text at the start of every URI of the template.
    #[doc(hidden)]
    pub fn beginning(&self) -> &str {
        self.program.beginning()
    }

    /// `true` if a URI can match both templates and neither is more specific, so that the choice
    /// between them is arbitrary.
    pub fn is_ambiguous_with(&self, other: &Self) -> bool {
        overlap::overlap(&self.program, &other.program) && self.specificity() == other.specificity()
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

/// Measure of how closely a template describes its URIs; see [`UriTemplate::specificity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Specificity {
    given: usize,
    spanning: Reverse<usize>,
    variables: Reverse<usize>,
}

#[cfg(test)]
mod tests;
