//! Changes of the members of a block mapping, one by one, so that the comments between them stay.

use saphyr::{MarkedYaml, YamlData};
use serde_json::{Map, Value};

use super::write::{inline, lines_of};
use super::{Member, Source, members, name, value};

/// Lines from `first` to before `end`, and those that take their place.
struct Edit {
    first: usize,
    end: usize,
    lines: String,
}

/// Returns the text in which a mapping has the members of an entry. Returns `None` if none of them stays, or
/// if the mapping is not in block style: then it is written anew.
pub(super) fn edit(
    source: &Source<'_>,
    mapping: &MarkedYaml<'_>,
    entry: &Map<String, Value>,
) -> Option<String> {
    let mut edits = of_mapping(source, mapping, entry)?;
    // From the last one on, so that the numbers of the lines stay right. New lines follow those at their place.
    edits.sort_by_key(|edit| (edit.first, edit.end));
    let mut text = source.text.to_owned();
    for Edit { first, end, lines } in edits.iter().rev() {
        text = Source::new(&text).replace_lines(*first, *end, lines);
    }
    Some(text)
}

fn of_mapping(
    source: &Source<'_>,
    mapping: &MarkedYaml<'_>,
    entry: &Map<String, Value>,
) -> Option<Vec<Edit>> {
    let old = members(mapping);
    let stays = |(key, _): &Member<'_>| entry.contains_key(&name(key));
    if !is_block(source, mapping) || !old.iter().any(stays) {
        return None;
    }
    let column = old[0].0.span.start.col();
    let mut edits = Vec::new();
    for member in old.iter().copied() {
        let (key, node) = member;
        let (first, end) = (key.span.start.line() - 1, source.last_line(member));
        let name = name(key);
        let Some(new) = entry.get(&name) else {
            edits.push(Edit { first, end, lines: String::new() });
            continue;
        };
        if *new == value(node) {
            continue;
        }
        let inner = match new {
            Value::Object(new) => of_mapping(source, node, new),
            Value::Array(new) => of_sequence(source, node, new),
            _ => None,
        };
        edits.extend(inner.unwrap_or_else(|| {
            let lines = lines_of(column, &name, new);
            vec![Edit { first, end, lines: with_comment(lines, comment(source, member)) }]
        }));
    }
    let is_new = |added: &str| !old.iter().any(|(key, _)| name(key) == added);
    let added = entry.iter().filter(|(added, _)| is_new(added));
    let lines: String = added.map(|(name, value)| lines_of(column, name, value)).collect();
    let last = old.iter().map(|member| source.last_line(*member)).max()?;
    edits.push(Edit { first: last, end: last, lines });
    Some(edits)
}

/// Changes the items of a sequence of scalars, by their position.
fn of_sequence(source: &Source<'_>, sequence: &MarkedYaml<'_>, new: &[Value]) -> Option<Vec<Edit>> {
    let YamlData::Sequence(old) = &sequence.data else { return None };
    let is_scalar = |item: &MarkedYaml<'_>| matches!(item.data, YamlData::Value(_));
    let is_nested = |item: &Value| item.is_object() || item.is_array();
    if !is_block(source, sequence)
        || old.is_empty()
        || new.is_empty()
        || !old.iter().all(is_scalar)
        || new.iter().any(is_nested)
    {
        return None;
    }
    let column = source.text[..source.offset(old[0].span.start.index())].rsplit('\n').next()?;
    let column = column.len() - column.trim_start().len();
    let line = |item: &Value| format!("{:column$}- {}\n", "", inline(item));
    let mut edits = Vec::new();
    for (at, item) in old.iter().enumerate() {
        let (first, end) = (item.span.start.line() - 1, source.last_line((item, item)));
        match new.get(at) {
            Some(new) if *new == value(item) => {}
            Some(new) => {
                let lines = with_comment(line(new), comment(source, (item, item)));
                edits.push(Edit { first, end, lines });
            }
            None => edits.push(Edit { first, end, lines: String::new() }),
        }
    }
    let last = old.iter().map(|item| source.last_line((item, item))).max()?;
    let lines = new.iter().skip(old.len()).map(line).collect();
    edits.push(Edit { first: last, end: last, lines });
    Some(edits)
}

/// Returns `true` for a collection in lines of its own.
fn is_block(source: &Source<'_>, node: &MarkedYaml<'_>) -> bool {
    let text = &source.text[source.offset(node.span.start.index())..];
    let is_collection = matches!(node.data, YamlData::Mapping(_) | YamlData::Sequence(_));
    is_collection && !text.starts_with(['{', '[', '*', '&', '!'])
}

/// The comment on the line of a key or of an item, with the space before it.
fn comment<'a>(source: &Source<'a>, (key, node): Member<'_>) -> &'a str {
    let is_one_line = key.span.start.line() == source.last_line((key, node));
    let end = match is_one_line {
        true => source.end(node),
        false => source.offset(key.span.end.index()),
    };
    let rest = source.text[end..].lines().next().unwrap_or_default();
    let rest = if is_one_line { rest } else { rest.trim_start_matches([' ', ':']) };
    match rest.trim_start().starts_with('#') {
        true => rest.trim_end(),
        false => "",
    }
}

/// Adds a comment to the first line of some.
fn with_comment(lines: String, comment: &str) -> String {
    match lines.split_once('\n') {
        Some((first, rest)) if !comment.is_empty() => {
            format!("{first} {}\n{rest}", comment.trim_start())
        }
        _ => lines,
    }
}
