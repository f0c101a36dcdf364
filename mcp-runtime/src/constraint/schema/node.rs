//! A compiled schema: a table of nodes, in which a type that contains itself refers to its own node.

use regex_lite::Regex;
use serde_json::Value;

use super::number::NumberRules;
use crate::constraint::format::Format;

/// Index of a [`Node`].
pub(super) type NodeId = usize;

/// One schema. A value fits if all parts accept it.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) types: Types,
    /// Values of `const` or `enum`.
    pub(super) values: Option<Vec<Value>>,
    pub(super) number: NumberRules,
    pub(super) text: TextRules,
    pub(super) array: ArrayRules,
    pub(super) object: ObjectRules,
    pub(super) applied: Option<Box<Applied>>,
    /// `true` if every value that deserializes fits.
    pub(super) trusted: bool,
}

/// Rules for strings.
#[derive(Debug, Default)]
pub(super) struct TextRules {
    pub(super) size: Size,
    pub(super) format: Option<Format>,
    pub(super) pattern: Option<Regex>,
}

/// Rules for arrays.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) size: Size,
    /// Schemas of the first elements.
    pub(super) positions: Vec<NodeId>,
    /// Schema of the other elements.
    pub(super) items: Option<NodeId>,
    /// Schema that some elements fit, and their number.
    pub(super) contains: Option<(NodeId, Size)>,
}

/// Rules for objects.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) size: Size,
    /// Members with a schema or a requirement, sorted by name.
    pub(super) members: Vec<Member>,
    /// Number of required members.
    pub(super) required: usize,
    /// Schemas of members whose names match.
    pub(super) patterns: Vec<(Regex, NodeId)>,
    /// Schema of all other members.
    pub(super) others: Others,
    /// Schema of members that no other schema covers.
    pub(super) unevaluated: Others,
    /// Schema of the names.
    pub(super) names: Option<NodeId>,
    /// Members that others require.
    pub(super) dependent: Vec<(Box<str>, Vec<Box<str>>)>,
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Box<str>,
    /// `None` for a member that is only required.
    pub(super) node: Option<NodeId>,
    pub(super) required: bool,
}

/// Members without a schema of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Others {
    #[default]
    Any,
    None,
    Fit(NodeId),
}

/// Schemas that the same value is compared with.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) all: Vec<NodeId>,
    pub(super) any: Vec<NodeId>,
    pub(super) one: Vec<NodeId>,
    pub(super) not: Option<NodeId>,
    /// Condition, and the schemas of values that fit it and that do not.
    pub(super) choice: Option<(NodeId, Option<NodeId>, Option<NodeId>)>,
    /// Schemas that apply if a member is present.
    pub(super) dependent: Vec<(Box<str>, NodeId)>,
}

/// Limits of a length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) minimum: Option<u64>,
    pub(super) maximum: Option<u64>,
}

impl Size {
    pub(super) fn is_limited(self) -> bool {
        self != Self::default()
    }

    pub(super) fn accepts(self, length: usize) -> bool {
        let length = length as u64;
        self.minimum.is_none_or(|minimum| length >= minimum)
            && self.maximum.is_none_or(|maximum| length <= maximum)
    }
}

impl ObjectRules {
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        let found = self.members.binary_search_by(|member| (*member.name).cmp(name));
        found.ok().map(|index| &self.members[index])
    }

    /// Returns `true` if nothing is stated about members.
    pub(super) fn is_empty(&self) -> bool {
        !self.size.is_limited()
            && self.members.is_empty()
            && self.patterns.is_empty()
            && self.others == Others::Any
            && self.unevaluated == Others::Any
            && self.names.is_none()
            && self.dependent.is_empty()
    }

    /// Names of the members that are described.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let described = self.members.iter().filter(|member| member.node.is_some());
        described.map(|member| &*member.name)
    }

    /// Names of the members that are required.
    pub(super) fn required_names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter(|member| member.required).map(|member| &*member.name)
    }
}

/// Set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);

    /// Type with a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The empty set.
    pub(super) fn none() -> Self {
        Self(0)
    }

    /// Returns `true` if there is exactly one type.
    pub(super) fn is_one(self) -> bool {
        self.0.is_power_of_two()
    }

    /// Returns `true` if every type is in the set.
    pub(super) fn is_all(self) -> bool {
        self == Self::default()
    }
}

/// The set of all types.
impl Default for Types {
    fn default() -> Self {
        Self(127)
    }
}
