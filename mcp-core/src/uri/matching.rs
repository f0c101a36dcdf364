//! Matching of a URI with the steps of a template.
//!
//! A first pass goes backwards over the steps and marks the positions from which the rest of the
//! template matches the rest of the URI; each step scans the URI once. A second pass goes forwards,
//! and every region takes the longest text that ends at a marked position. There is no backtracking.

use super::chars::{decode, normal, starts_character};
use super::normal::fold;
use super::program::{Content, Literal, Program, Region, Rule, Step, prefix_len};
use super::{Captures, MAX_URI_LEN};

/// Returns the values of the variables in a URI.
pub(super) fn captures(program: &Program, uri: &str) -> Option<Captures> {
    if uri.len() > MAX_URI_LEN {
        return None;
    }
    if !may_start_with(uri, program.beginning()) {
        return None;
    }
    let uri = fold(normal(uri)?, program.fold);
    let suffixes = Suffixes::of(program, uri.as_bytes())?;
    let mut captures = Captures::default();
    let mut at = 0;
    for (index, step) in program.steps.iter().enumerate() {
        at = match step {
            Step::Literal(literal) => at + literal.text.len(),
            Step::Region(region) => {
                let end = suffixes.last_end(index, region, uri.as_bytes(), at)?;
                read(region, &uri[at..end], &mut captures)?;
                end
            }
        };
    }
    Some(captures)
}

/// Returns `false` if the normal form of a URI does not start with this text. Most URIs belong to
/// another template and are refused here at no cost.
fn may_start_with(uri: &str, beginning: &str) -> bool {
    for (index, expected) in beginning.bytes().enumerate() {
        match uri.as_bytes().get(index) {
            // What is encoded here or there has another length.
            Some(b'%' | 0x80..) => return true,
            Some(_) if expected == b'%' => return true,
            Some(byte) if byte.eq_ignore_ascii_case(&expected) => {}
            _ => return false,
        }
    }
    true
}

/// Positions of the URI from which a step and all later ones match the rest, for every step.
struct Suffixes {
    rows: Vec<Row>,
}

impl Suffixes {
    /// Returns `None` if the URI does not match.
    fn of(program: &Program, uri: &[u8]) -> Option<Self> {
        let mut rows = vec![Row::none(uri.len()); program.steps.len() + 1];
        rows[program.steps.len()].add(uri.len());
        for (index, step) in program.steps.iter().enumerate().rev() {
            let (before, after) = rows.split_at_mut(index + 1);
            let (row, next) = (&mut before[index], &after[0]);
            match step {
                Step::Literal(literal) => add_literal(literal, uri, next, row),
                Step::Region(region) => add_region(region, uri, next, row),
            }
            if row.is_empty() {
                return None;
            }
        }
        rows[0].has(0).then_some(Self { rows })
    }

    /// Returns the last position at which a region that starts here can end.
    fn last_end(&self, index: usize, region: &Region, uri: &[u8], start: usize) -> Option<usize> {
        let next = &self.rows[index + 1];
        let absent = (region.optional && next.has(start)).then_some(start);
        let first = match region.lead {
            Some(lead) if uri.get(start) != Some(&lead) => return absent,
            Some(_) => start + 1,
            None => start,
        };
        let (mut end, mut characters) = (None, 0);
        for (at, byte) in uri.iter().enumerate().skip(first) {
            characters += usize::from(starts_character(uri, at));
            let before = (at > first).then(|| uri[at - 1]);
            if !region.allows(*byte, before) || region.max_chars.is_some_and(|max| characters > max)
            {
                break;
            }
            if next.has(at + 1) && region.ends_with(*byte) && starts_character(uri, at + 1) {
                end = Some(at + 1);
            }
        }
        end.or(absent)
    }
}

fn add_literal(literal: &Literal, uri: &[u8], next: &Row, row: &mut Row) {
    literal.each_end(uri, |end| {
        if next.has(end) {
            row.add(end - literal.text.len());
        }
    });
}

fn add_region(region: &Region, uri: &[u8], next: &Row, row: &mut Row) {
    // State of the next position: `true` if the region can start there, and the number of characters
    // to the nearest position at which the region can end.
    let mut after = false;
    let mut nearest = None;
    for at in (0..=uri.len()).rev() {
        let byte = uri.get(at).copied();
        let follows = uri.get(at + 1).copied();
        let bare = byte.is_some_and(|byte| {
            if !region.set.contains(byte) {
                nearest = None;
                return false;
            }
            if follows.is_some_and(|next| !region.allows(next, Some(byte))) {
                nearest = None;
            }
            if next.has(at + 1) && region.ends_with(byte) && starts_character(uri, at + 1) {
                nearest = Some(0);
            }
            nearest = nearest.map(|count| count + usize::from(starts_character(uri, at)));
            region.allows(byte, None)
                && nearest.is_some_and(|count| region.max_chars.is_none_or(|max| count <= max))
        });
        let matches = match region.lead {
            None => bare,
            Some(lead) => byte == Some(lead) && after || region.optional && next.has(at),
        };
        if matches {
            row.add(at);
        }
        after = bare;
    }
}

/// Appends the values of a region.
fn read(region: &Region, text: &str, captures: &mut Captures) -> Option<()> {
    let text = match region.lead {
        Some(_) if text.is_empty() => return Some(()),
        Some(_) => &text[1..],
        None => text,
    };
    match &region.content {
        Content::Value { variable, rule } => captures.push(&variable.name, value(text, *rule)?),
        Content::Items { variable, separator, rule } => {
            for item in text.split(*separator) {
                if item.is_empty() {
                    return None;
                }
                captures.push(&variable.name, value(item, *rule)?);
            }
        }
        Content::Pairs { variables, separator, rule } => {
            let mut values = vec![Vec::new(); variables.len()];
            for pair in text.split(*separator) {
                let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
                let index = variables.iter().position(|variable| *variable.name == *name)?;
                values[index].push(value(text, *rule)?);
            }
            for (variable, values) in variables.iter().zip(values) {
                let repeats = variable.modifier == super::parse::Modifier::Explode;
                if values.len() > 1 && !repeats {
                    return None;
                }
                for value in values {
                    if prefix_len(variable).is_some_and(|max| value.chars().count() > max) {
                        return None;
                    }
                    captures.push(&variable.name, value);
                }
            }
        }
    }
    Some(())
}

/// Decodes a value; `None` if it could lead a handler out of its directory.
fn value(text: &str, rule: Rule) -> Option<String> {
    let value = decode(text)?;
    let leads_out = value.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
    let fits = match rule {
        Rule::Segment => !value.contains('/'),
        Rule::Text => true,
        Rule::Relative => !value.starts_with(['/', '\\']),
    };
    (fits && !leads_out && !value.contains('\0')).then_some(value)
}

/// Set of positions in a URI, its end included.
#[derive(Clone)]
struct Row {
    words: Vec<u64>,
}

impl Row {
    fn none(length: usize) -> Self {
        Self { words: vec![0; length / 64 + 1] }
    }

    fn add(&mut self, place: usize) {
        self.words[place / 64] |= 1 << (place % 64);
    }

    fn has(&self, place: usize) -> bool {
        self.words.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}
