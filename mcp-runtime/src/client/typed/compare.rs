//! Compares what a method expects with the tool that a server lists.
//!
//! Schemas say more than is compared: the JSON types of arguments and outputs, and which members have
//! to be there. Where a schema does not say, nothing differs.

use mcp_core::protocol::Tool;

use super::difference::{Difference, DifferenceKind};
use super::expected::{Expected, MEMBER, Shape};
use super::schemas::{Node, disagree};

/// How many parts of an output are compared, in which types that contain themselves have any number.
const MOST: usize = 1000;

/// Every difference between what is expected and the tool of its name.
pub(super) fn compare(expected: &Expected, tool: Option<&Tool>) -> Vec<Difference> {
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

fn arguments(expected: &Expected, tool: &Tool) -> Vec<DifferenceKind> {
    let schema = tool.input_schema.to_value();
    let taken = Node::root(&schema);
    let mut kinds = Vec::new();
    for (name, shape) in &expected.arguments {
        let name = (*name).to_owned();
        let Some(argument) = taken.member(&name) else {
            if taken.lists_all_members() {
                kinds.push(DifferenceKind::UnknownArgument { name });
            }
            continue;
        };
        let Some(shape) = shape else { continue };
        if taken.requires(&name) && !shape.is_required {
            kinds.push(DifferenceKind::RequiredArgument { name: name.clone() });
        }
        if let Some((sent, taken)) = types(value_of(shape), Some(argument)) {
            kinds.push(DifferenceKind::ArgumentType { name, sent, taken });
        }
    }
    let given = |name: &str| expected.arguments.iter().any(|(given, _)| *given == name);
    let missing = taken.required().filter(|name| !given(name));
    kinds.extend(missing.map(|name| DifferenceKind::MissingArgument { name: name.to_owned() }));
    kinds
}

fn value_of(shape: &Shape) -> Option<Node<'_>> {
    Node::root(&shape.root).member(MEMBER)
}

fn types(written: Option<Node<'_>>, read: Option<Node<'_>>) -> Option<(String, String)> {
    disagree(&written?.types()?, &read?.types()?)
}

fn output(expected: &Expected, tool: &Tool) -> Vec<DifferenceKind> {
    let (Some(shape), Some(schema)) = (&expected.output, &tool.output_schema) else {
        return Vec::new();
    };
    let Some(value) = value_of(shape) else { return Vec::new() };
    let schema = schema.to_value();
    let returned = Node::root(&schema);
    // A method that reads nothing takes everything.
    if value.types().is_some_and(|types| types.into_iter().eq(["null"])) {
        return Vec::new();
    }
    let kinds = Output::compare(returned, value, shape.is_required);
    // Before 2026-07-28, what is no object is wrapped in one.
    match returned.member("result").filter(|_| returned.members().count() == 1) {
        Some(inner) if !kinds.is_empty() => {
            let unwrapped = Output::compare(inner, value, shape.is_required);
            if unwrapped.is_empty() || value.member("result").is_none() { unwrapped } else { kinds }
        }
        _ => kinds,
    }
}

/// The comparison of an output with what is read of it.
struct Output {
    kinds: Vec<DifferenceKind>,
    left: usize,
}

impl Output {
    fn compare(returned: Node<'_>, read: Node<'_>, is_required: bool) -> Vec<DifferenceKind> {
        let mut output = Self { kinds: Vec::new(), left: MOST };
        output.value(returned, read, is_required, "");
        output.kinds
    }

    fn value(&mut self, returned: Node<'_>, read: Node<'_>, is_required: bool, at: &str) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        if let (Some(returned), Some(mut read)) = (returned.types(), read.types()) {
            if !is_required {
                // An `Option` reads `null`, which its schema leaves out.
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
