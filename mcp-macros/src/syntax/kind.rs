//! The kind of component that an attribute declares.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

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
        Self::of_path(attribute.path())
    }

    fn of_path(path: &Path) -> Option<Self> {
        let last = path.segments.last()?;
        Self::ALL.into_iter().find(|kind| last.ident == kind.word())
    }

    /// The kind that an attribute such as `#[cfg_attr(feature = "x", tool(…))]` declares.
    ///
    /// The compiler resolves it after the attributes of the item around the function.
    pub(crate) fn behind_condition(attribute: &Attribute) -> Option<Self> {
        if !attribute.path().is_ident("cfg_attr") {
            return None;
        }
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        let parts = attribute.parse_args_with(parser).ok()?;
        parts.iter().skip(1).find_map(|meta| Self::of_path(meta.path()))
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

#[cfg(test)]
mod tests {
    use syn::{Attribute, parse_quote};

    use super::Kind;

    fn check(attribute: &Attribute, plain: Option<Kind>, behind_condition: Option<Kind>) {
        assert_eq!(Kind::of(attribute), plain);
        assert_eq!(Kind::behind_condition(attribute), behind_condition);
    }

    #[test]
    fn attributes_of_components() {
        check(&parse_quote!(#[tool]), Some(Kind::Tool), None);
        check(&parse_quote!(#[mcp_runtime::prompt(title = "a")]), Some(Kind::Prompt), None);
        check(&parse_quote!(#[cfg_attr(all(), tool)]), None, Some(Kind::Tool));
        check(
            &parse_quote!(#[cfg_attr(feature = "a", allow(dead_code), mcp::resource("a:b"))]),
            None,
            Some(Kind::Resource),
        );
        check(&parse_quote!(#[cfg_attr(tool, allow(dead_code))]), None, None);
        check(&parse_quote!(#[cfg(tool)]), None, None);
    }
}
