//! Which component an attribute makes of its function.

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

    /// What an attribute such as `#[tool(…)]` makes of its function.
    ///
    /// Here a name has to decide, for `#[server]` sees its block before any attribute in it
    /// resolves.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let last = attribute.path().segments.last()?;
        Self::ALL.into_iter().find(|kind| last.ident == kind.word())
    }

    /// Its name, which is also that of its attribute.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }
}
