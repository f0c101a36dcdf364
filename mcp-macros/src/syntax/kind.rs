//! The kind of component that an attribute declares.

use syn::Attribute;

/// A kind of component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tool,
    Resource,
    Prompt,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Tool, Self::Resource, Self::Prompt];

    /// The kind that an attribute such as `#[tool(…)]` declares.
    ///
    /// Only the name can decide, because `#[server]` sees its block before the attributes inside
    /// are resolved.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let last = attribute.path().segments.last()?;
        Self::ALL.into_iter().find(|kind| last.ident == kind.word())
    }

    /// Name of the kind, and of its attribute.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }
}
