//! YAML. One entry is inserted into the text, or cut out of it, where the parser says that it stands.

mod edit;
mod write;

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, ScanError, YamlData};
use serde_json::{Map, Value};

use self::write::{block, flow};
use super::{Fault, Place, no_object};

pub(super) fn read(text: &str) -> Result<Value, Fault> {
    Ok(root(text)?.map_or(Value::Null, |node| value(&node)))
}

/// The root of a document, if it is not empty.
fn root(text: &str) -> Result<Option<MarkedYaml<'_>>, Fault> {
    let mut documents = MarkedYaml::load_from_str(text).map_err(fault)?;
    match documents.len() {
        0 | 1 => Ok(documents.pop()),
        _ => Err(Fault::new("expected one document, and there are several")),
    }
}

fn fault(error: ScanError) -> Fault {
    let marker = error.marker();
    Fault::at(marker.line(), marker.col() + 1, error.info())
}

fn value(node: &MarkedYaml<'_>) -> Value {
    match &node.data {
        YamlData::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => (*value).into(),
            Scalar::Integer(number) => (*number).into(),
            Scalar::FloatingPoint(number) => number.into_inner().into(),
            Scalar::String(text) => (**text).into(),
        },
        YamlData::Sequence(items) => Value::Array(items.iter().map(value).collect()),
        YamlData::Mapping(members) => {
            let members = members.iter().map(|(key, node)| (name(key), value(node)));
            Value::Object(members.collect())
        }
        YamlData::Tagged(_, node) => value(node),
        other => format!("{other:?}").into(),
    }
}

/// A key as a name. Keys that are no text keep what distinguishes them.
fn name(key: &MarkedYaml<'_>) -> String {
    match &key.data {
        YamlData::Value(Scalar::String(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

type Member<'a> = (&'a MarkedYaml<'a>, &'a MarkedYaml<'a>);

/// The members of a mapping, in the order of the text.
fn members<'a>(node: &'a MarkedYaml<'a>) -> Vec<Member<'a>> {
    match &node.data {
        YamlData::Mapping(members) => members.iter().collect(),
        _ => Vec::new(),
    }
}

pub(super) fn change(
    text: &str,
    place: Place<'_>,
    entry: Option<&Map<String, Value>>,
) -> Result<String, Fault> {
    let [key] = place.keys else { return Err(Fault::new("expected one member with the servers")) };
    let source = Source::new(text);
    let root = root(text)?;
    let top = root.as_ref().map(members).unwrap_or_default();
    let Some((key, servers)) = top.iter().copied().find(|(member, _)| name(member) == *key) else {
        return Ok(match entry {
            Some(entry) => {
                let column = top.first().map_or(0, |(first, _)| first.span.start.col());
                source.with_lines_at_end(&block(column, key, [(place.name, entry)]))
            }
            None => text.to_owned(),
        });
    };
    let all = members(servers);
    let known = all.iter().position(|(member, _)| name(member) == place.name);
    let is_empty = all.is_empty();
    match &servers.data {
        YamlData::Mapping(_) if !is_empty && source.is_flow(servers) => {
            Ok(change_flow(&source, &all, known, place.name, entry))
        }
        YamlData::Mapping(_) if !is_empty => {
            Ok(change_block(&source, key, &all, known, place.name, entry))
        }
        YamlData::Mapping(_) | YamlData::Value(Scalar::Null) => Ok(match entry {
            Some(entry) => {
                let lines = block_entry(key.span.start.col() + 2, place.name, entry);
                source.fill(key, servers, &lines)
            }
            None => text.to_owned(),
        }),
        _ => Err(no_object(&name(key))),
    }
}

fn block_entry(column: usize, name: &str, entry: &Map<String, Value>) -> String {
    let members = entry.iter().map(|(name, value)| (name.as_str(), value));
    block(column, name, members)
}

fn change_block(
    source: &Source<'_>,
    key: &MarkedYaml<'_>,
    all: &[Member<'_>],
    known: Option<usize>,
    name: &str,
    entry: Option<&Map<String, Value>>,
) -> String {
    if let (Some(at), Some(entry)) = (known, entry)
        && let Some(text) = edit::edit(source, all[at].1, entry)
    {
        return text;
    }
    let column = all[0].0.span.start.col();
    let lines = entry.map(|entry| block_entry(column, name, entry)).unwrap_or_default();
    let (first, end) = match known {
        Some(at) => (all[at].0.span.start.line() - 1, source.last_line(all[at])),
        None => {
            let end = all.iter().map(|member| source.last_line(*member)).max().unwrap_or_default();
            (end, end)
        }
    };
    let text = source.replace_lines(first, end, &lines);
    match entry {
        // A key without a value would be null.
        None if all.len() == 1 && known.is_some() => {
            let at = source.offset(key.span.end.index());
            let colon = text[at..].find(':').map_or(at, |colon| at + colon + 1);
            format!("{} {{}}{}", &text[..colon], &text[colon..])
        }
        _ => text,
    }
}

fn change_flow(
    source: &Source<'_>,
    all: &[Member<'_>],
    known: Option<usize>,
    name: &str,
    entry: Option<&Map<String, Value>>,
) -> String {
    let start = |at: usize| source.offset(all[at].0.span.start.index());
    let end = |at: usize| source.end(all[at].1);
    let last = all.len() - 1;
    match (known, entry) {
        (Some(at), Some(entry)) => source.splice(start(at), end(at), &flow(name, entry)),
        (Some(0), None) if last > 0 => source.splice(start(0), start(1), ""),
        (Some(0), None) => source.splice(start(0), end(0), ""),
        (Some(at), None) => source.splice(end(at - 1), end(at), ""),
        (None, Some(entry)) => {
            source.splice(end(last), end(last), &format!(", {}", flow(name, entry)))
        }
        (None, None) => source.text.to_owned(),
    }
}

/// A text with the positions of its characters and lines.
struct Source<'a> {
    text: &'a str,
    /// Offsets of the characters: the parser counts those.
    characters: Vec<usize>,
    lines: Vec<&'a str>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let characters = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, characters, lines: text.split_inclusive('\n').collect() }
    }

    fn offset(&self, index: usize) -> usize {
        self.characters.get(index).copied().unwrap_or(self.text.len())
    }

    fn is_flow(&self, node: &MarkedYaml<'_>) -> bool {
        self.text[self.offset(node.span.start.index())..].starts_with(['{', '['])
    }

    /// The offset behind a node that is a scalar, an alias, or in flow style.
    fn end(&self, node: &MarkedYaml<'_>) -> usize {
        let end = self.offset(node.span.end.index());
        // The span of a flow collection ends before its bracket.
        end + usize::from(self.is_flow(node) && self.text[end..].starts_with(['}', ']']))
    }

    /// Number of lines up to the last one of a member, without comments that follow it.
    fn last_line(&self, (key, value): Member<'_>) -> usize {
        let is_alias = self.text[self.offset(value.span.start.index())..].starts_with('*');
        let inner: Option<usize> = match &value.data {
            _ if is_alias || self.is_flow(value) => None,
            YamlData::Mapping(members) => members.iter().map(|member| self.last_line(member)).max(),
            YamlData::Sequence(items) => {
                items.iter().map(|item| self.last_line((item, item))).max()
            }
            YamlData::Tagged(_, node) => Some(self.last_line((key, node))),
            _ => None,
        };
        if let Some(inner) = inner {
            return inner;
        }
        let end = self.offset(value.span.end.index()).max(self.offset(key.span.end.index()));
        let before = &self.text[..end];
        let line = before.matches('\n').count();
        let is_behind = before.rsplit('\n').next().is_some_and(|it| it.trim().is_empty());
        if !is_behind {
            return line + 1;
        }
        // The span of a block scalar reaches to what follows it.
        let blank = self.lines[..line].iter().rev().take_while(|it| it.trim().is_empty()).count();
        line - blank
    }

    fn splice(&self, start: usize, end: usize, new: &str) -> String {
        format!("{}{new}{}", &self.text[..start], &self.text[end..])
    }

    /// Replaces the lines from `first` to before `end`.
    fn replace_lines(&self, first: usize, end: usize, new: &str) -> String {
        let mut text = self.lines[..first].concat();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(new);
        text.push_str(&self.lines[end.min(self.lines.len())..].concat());
        text
    }

    fn with_lines_at_end(&self, lines: &str) -> String {
        self.replace_lines(self.lines.len(), self.lines.len(), lines)
    }

    /// Gives a key without a value, or with `{}`, lines as its value.
    fn fill(&self, key: &MarkedYaml<'_>, value: &MarkedYaml<'_>, lines: &str) -> String {
        let line = key.span.start.line();
        let text = match self.is_flow(value) {
            true => {
                let start = self.text[..self.offset(value.span.start.index())].trim_end().len();
                self.splice(start, self.end(value), "")
            }
            // Also `null` and `~`.
            false => {
                let end = self.end(value);
                let start = self.offset(value.span.start.index());
                let start = if start < end { self.text[..start].trim_end().len() } else { start };
                self.splice(start, end, "")
            }
        };
        Source::new(&text).replace_lines(line, line, lines)
    }
}
