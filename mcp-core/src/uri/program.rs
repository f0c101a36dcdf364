//! Steps by which a URI is matched with a template.

use std::borrow::Cow;

use super::chars::{Set, normal};
use super::normal::{self, Fold};
use super::parse::{Expression, Modifier, Operator, Part, Variable};

/// Steps, in the order of the template.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// Part of its URIs that compares without case.
    pub(super) fold: Fold,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Literal(Literal),
    Region(Region),
}

/// Literal text.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) text: String,
    /// Failure table of the search of Knuth, Morris and Pratt: for every prefix of the text, the
    /// length of the longest shorter prefix that is its suffix.
    pub(super) borders: Vec<usize>,
}

/// Run of characters that contains values.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// Text at its start, if it is present.
    pub(super) lead: Option<u8>,
    /// `true` if all of it may be missing; only with a lead.
    pub(super) optional: bool,
    /// Allowed characters, one or more after the lead.
    pub(super) set: Set,
    /// Maximum number of characters.
    pub(super) max_chars: Option<usize>,
    pub(super) content: Content,
}

/// Values of a region.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// The region is one value.
    Value { variable: Variable, rule: Rule },
    /// Items of a list.
    Items { variable: Variable, separator: char, rule: Rule },
    /// Pairs of names and values.
    Pairs { variables: Vec<Variable>, separator: char, rule: Rule },
}

/// Rule for a decoded value, besides having no `.` or `..` as a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// No `/`.
    Segment,
    /// Any text.
    Text,
    /// No `/` at the start.
    Relative,
}

impl Program {
    pub(super) fn of(parts: &[Part]) -> Self {
        let fold = folded(parts);
        let mut compiler = Compiler { steps: Vec::new(), pending: String::new() };
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) => {
                    let text = normal(text).unwrap_or(Cow::Borrowed(text));
                    let extent = if index == 0 { fold } else { Fold::Nothing };
                    compiler.pending.push_str(&normal::fold(text, extent));
                }
                Part::Expression(expression) => {
                    compiler.expression(expression, &parts[index + 1..]);
                }
            }
        }
        compiler.flush();
        Self { steps: compiler.steps, fold }
    }

    /// Returns the text at the start of every URI of the template.
    pub(super) fn beginning(&self) -> &str {
        match self.steps.first() {
            Some(Step::Literal(literal)) => &literal.text,
            _ => "",
        }
    }

    /// Returns the text at the end of every URI of the template.
    pub(super) fn end(&self) -> &str {
        match self.steps.last() {
            Some(Step::Literal(literal)) => &literal.text,
            _ => "",
        }
    }
}

/// Part of a template's URIs that compares without case: what it has no variables for.
fn folded(parts: &[Part]) -> Fold {
    let Some(Part::Literal(text)) = parts.first() else { return Fold::Nothing };
    let Some((_, rest)) = text.split_once(':') else { return Fold::Nothing };
    let Some(authority) = rest.strip_prefix("//") else { return Fold::Scheme };
    let is_whole = authority.contains(['/', '?', '#'])
        || match parts.get(1) {
            Some(Part::Expression(expression)) => {
                matches!(expression.operator.lead(), Some('/' | '?' | '#'))
            }
            _ => true,
        };
    if is_whole { Fold::Host } else { Fold::Scheme }
}

struct Compiler {
    steps: Vec<Step>,
    /// Literal text that has not become a step yet.
    pending: String,
}

impl Compiler {
    fn expression(&mut self, expression: &Expression, rest: &[Part]) {
        let operator = expression.operator;
        if operator.named() {
            return self.pairs(expression, rest);
        }
        let rule = self.rule(operator);
        let several = expression.variables.len() > 1;
        for (index, variable) in expression.variables.iter().enumerate() {
            let mut set = Set::ALL.without(&claimed_by(rest, "?#;&"));
            if !operator.reserved() {
                set = set.without("/?#");
            }
            let mut separator = [0; 4];
            let separator = &*operator.separator().encode_utf8(&mut separator);
            if several || variable.modifier == Modifier::Explode && operator != Operator::Reserved {
                set = set.without(separator);
            }
            let lead = if index == 0 { operator.lead() } else { Some(operator.separator()) };
            match variable.modifier {
                Modifier::Explode => self.list(operator, lead, variable, set, rule),
                Modifier::None | Modifier::Prefix(_) => {
                    self.pending.extend(lead);
                    self.value(variable, set, rule);
                }
            }
        }
    }

    fn value(&mut self, variable: &Variable, set: Set, rule: Rule) {
        let max_chars = prefix_len(variable);
        let content = Content::Value { variable: variable.clone(), rule };
        self.region(Region { lead: None, optional: false, set, max_chars, content });
    }

    /// Returns the separator of a list: the character that leads it, or a comma.
    fn list(
        &mut self,
        operator: Operator,
        lead: Option<char>,
        variable: &Variable,
        set: Set,
        rule: Rule,
    ) {
        let separator = operator.separator();
        let (lead, optional) = match lead {
            Some(lead) if lead == separator => (Some(lead), operator.lead().is_some()),
            lead => {
                self.pending.extend(lead);
                (None, false)
            }
        };
        let content = Content::Items { variable: variable.clone(), separator, rule };
        let lead = lead.map(|lead| lead as u8);
        let set = set.with(separator as u8);
        self.region(Region { lead, optional, set, max_chars: None, content });
    }

    fn pairs(&mut self, expression: &Expression, rest: &[Part]) {
        let operator = expression.operator;
        // Its own separator stays.
        let (outside, claimed, rule) = match operator {
            Operator::Parameters => ("/?#", "&", Rule::Segment),
            _ => ("#", "?;/", Rule::Text),
        };
        let set = Set::ALL.without(outside).without(&claimed_by(rest, claimed));
        let content = Content::Pairs {
            variables: expression.variables.clone(),
            separator: operator.separator(),
            rule,
        };
        let lead = operator.lead().map(|lead| lead as u8);
        self.region(Region { lead, optional: true, set, max_chars: None, content });
    }

    fn rule(&self, operator: Operator) -> Rule {
        // After `file://` a path is absolute.
        let is_whole_path = self.steps.is_empty() && self.pending == "file://";
        match operator.reserved() {
            false => Rule::Segment,
            true if self.pending.ends_with('/') && !is_whole_path => Rule::Relative,
            true => Rule::Text,
        }
    }

    fn region(&mut self, region: Region) {
        self.flush();
        self.steps.push(Step::Region(region));
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let text = std::mem::take(&mut self.pending);
            let borders = borders(text.as_bytes());
            self.steps.push(Step::Literal(Literal { text, borders }));
        }
    }
}

/// Returns the delimiters that belong to a later part of the template: the first character of an
/// expression, and the start of a query or a fragment.
fn claimed_by(rest: &[Part], delimiters: &str) -> String {
    let claims = |delimiter: char| {
        rest.iter().any(|part| match part {
            Part::Literal(text) => "?#".contains(delimiter) && text.contains(delimiter),
            Part::Expression(expression) => expression.operator.lead() == Some(delimiter),
        })
    };
    delimiters.chars().filter(|delimiter| claims(*delimiter)).collect()
}

/// Returns the maximum number of characters in a value of the variable.
pub(super) fn prefix_len(variable: &Variable) -> Option<usize> {
    match variable.modifier {
        Modifier::Prefix(max_chars) => Some(max_chars),
        Modifier::None | Modifier::Explode => None,
    }
}

fn borders(text: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; text.len()];
    let mut length = 0;
    for at in 1..text.len() {
        while length > 0 && text[at] != text[length] {
            length = borders[length - 1];
        }
        length += usize::from(text[at] == text[length]);
        borders[at] = length;
    }
    borders
}

impl Region {
    /// `true` if the region may end after this character.
    pub(super) fn ends_with(&self, byte: u8) -> bool {
        self.between_items() != Some(byte)
    }

    /// `true` if the region can continue with a character, given the one before it in the region.
    pub(super) fn allows(&self, byte: u8, before: Option<u8>) -> bool {
        let separator = self.between_items();
        let starts_item = before.is_none() || before == separator;
        self.set.contains(byte) && !(starts_item && separator == Some(byte))
    }

    /// Separator of the items of a list, none of which is empty.
    fn between_items(&self) -> Option<u8> {
        match &self.content {
            Content::Items { separator, .. } => Some(*separator as u8),
            Content::Value { .. } | Content::Pairs { .. } => None,
        }
    }
}

impl Literal {
    /// Calls `found` with every position at which the text ends in a URI.
    pub(super) fn each_end(&self, uri: &[u8], mut found: impl FnMut(usize)) {
        let text = self.text.as_bytes();
        let mut length = 0;
        for (at, byte) in uri.iter().enumerate() {
            while length > 0 && (length == text.len() || text[length] != *byte) {
                length = self.borders[length - 1];
            }
            length += usize::from(text[length] == *byte);
            if length == text.len() {
                found(at + 1);
            }
        }
    }
}
