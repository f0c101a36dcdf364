//! Compares the expectations of a method with the tool that a server lists.
//!
//! Only the JSON types of arguments and outputs and their required members are compared. Nothing
//! differs where a schema does not state them.

use mcp_core::protocol::Tool;

use super::expected::{ExpectedSchema, ExpectedTool, MEMBER};
use super::schemas::{Node, disagree};
use crate::client::error::{Difference, DifferenceKind};

/// Largest number of parts of an output that are compared. Recursive types have any number.
const MAX_PARTS: usize = 1000;

/// Returns all differences between an expected tool and the listed one.
pub(super) fn compare(expected: &ExpectedTool, tool: Option<&Tool>) -> Vec<Difference> {
    let kinds = match tool {
        None => vec![DifferenceKind::NoTool],
        Some(tool) => {
            let mut kinds = arguments(expected, tool);
            kinds.extend(output(expected, tool));
            kinds
        }
    };
    let difference = |kind| Difference { tool: expected.tool.to_owned(), kind };
    kinds.into_iter().map(difference).collect()
}

fn arguments(expected: &ExpectedTool, tool: &Tool) -> Vec<DifferenceKind> {
    let schema = tool.input_schema.to_value();
    let taken = Node::root(&schema);
    let mut kinds = Vec::new();
    for (name, expected) in &expected.arguments {
        let name = (*name).to_owned();
        let Some(argument) = taken.member(&name) else {
            if taken.lists_all_members() {
                kinds.push(DifferenceKind::UnknownArgument { name });
            }
            continue;
        };
        let Some(expected) = expected else { continue };
        if taken.requires(&name) && !expected.is_required {
            kinds.push(DifferenceKind::RequiredArgument { name: name.clone() });
        }
        if let Some((sent, taken)) = types(value_of(expected), Some(argument)) {
            kinds.push(DifferenceKind::ArgumentType { name, sent, taken });
        }
    }
    let given = |name: &str| expected.arguments.iter().any(|(given, _)| *given == name);
    let missing = taken.required().filter(|name| !given(name));
    kinds.extend(missing.map(|name| DifferenceKind::MissingArgument { name: name.to_owned() }));
    kinds
}

fn value_of(schema: &ExpectedSchema) -> Option<Node<'_>> {
    Node::root(&schema.root).member(MEMBER)
}

fn types(written: Option<Node<'_>>, read: Option<Node<'_>>) -> Option<(String, String)> {
    disagree(&written?.types()?, &read?.types()?)
}

fn output(expected: &ExpectedTool, tool: &Tool) -> Vec<DifferenceKind> {
    let (Some(expected), Some(schema)) = (&expected.output, &tool.output_schema) else {
        return Vec::new();
    };
    let Some(value) = value_of(expected) else { return Vec::new() };
    let schema = schema.to_value();
    let returned = Node::root(&schema);
    // A method that returns `()` takes any output.
    if value.types().is_some_and(|types| types.into_iter().eq(["null"])) {
        return Vec::new();
    }
    let kinds = Output::compare(returned, value, expected.is_required);
    // Before 2026-07-28, values that are no objects are wrapped in one.
    match returned.member("result").filter(|_| returned.members().count() == 1) {
        Some(inner) if !kinds.is_empty() => {
            let unwrapped = Output::compare(inner, value, expected.is_required);
            if unwrapped.is_empty() || value.member("result").is_none() { unwrapped } else { kinds }
        }
        _ => kinds,
    }
}

/// The comparison of an output with the type that is read from it.
struct Output {
    kinds: Vec<DifferenceKind>,
    left: usize,
}

impl Output {
    fn compare(returned: Node<'_>, read: Node<'_>, is_required: bool) -> Vec<DifferenceKind> {
        let mut output = Self { kinds: Vec::new(), left: MAX_PARTS };
        output.value(returned, read, is_required, "");
        output.kinds
    }

    fn value(&mut self, returned: Node<'_>, read: Node<'_>, is_required: bool, at: &str) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        if let (Some(returned), Some(mut read)) = (returned.types(), read.types()) {
            if !is_required {
                // An `Option` takes `null`, which its schema leaves out.
                read.insert("null");
            }
            if let Some((returned, read)) = disagree(&returned, &read) {
                self.kinds.push(DifferenceKind::OutputType { at: at.to_owned(), returned, read });
                return;
            }
        }
        self.members(returned, read, at);
        if let (Some(returned), Some(read)) = (returned.items(), read.items()) {
            self.value(returned, read, true, &format!("{at}[]"));
        }
    }

    fn members(&mut self, returned: Node<'_>, read: Node<'_>, at: &str) {
        if !returned.has_members() {
            return;
        }
        for (name, member) in read.members() {
            let at = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
            let is_required = read.requires(name);
            if is_required && !returned.requires(name) {
                self.kinds.push(DifferenceKind::OutputMember { at });
            } else if let Some(returned) = returned.member(name) {
                self.value(returned, member, is_required, &at);
            }
        }
    }
}
