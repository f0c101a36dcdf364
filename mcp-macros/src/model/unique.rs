//! Rule: the names and URIs of a server's components are unique.

use proc_macro2::Span;
use syn::Attribute;
use syn::ext::IdentExt;

use super::component::Component;
use super::resource;
use crate::errors::Errors;
use crate::syntax::function::{Function, contents};
use crate::syntax::keys;
use crate::syntax::kind::Kind;

/// Identity of a component for clients: its name, or its URI.
pub(crate) struct Identity {
    kind: Kind,
    text: String,
    span: Span,
    /// The item has `#[cfg]`. Only one of two such items may be compiled, so the runtime checks
    /// them.
    depends: bool,
}

impl Identity {
    /// The identity of a checked component.
    pub(crate) fn of(component: &Component) -> Option<Self> {
        let item = component.item();
        let (text, span) = match component {
            Component::Resource(resource) => {
                let uri = resource.uri.text.as_ref()?;
                (uri.value(), uri.span())
            }
            _ => (item.name.text.clone(), item.name.span),
        };
        Some(Self { kind: item.kind, text, span, depends: depends(&item.attributes) })
    }

    /// The identity of a function that is checked by its own attribute.
    pub(crate) fn of_function(
        kind: Kind,
        attribute: &Attribute,
        function: &Function,
    ) -> Option<Self> {
        let tokens = contents(attribute);
        let given = match kind {
            Kind::Resource => Some(resource::uri_of(tokens)?),
            Kind::Tool | Kind::Prompt => {
                let mut ignored = Errors::about("");
                let keys = keys::parse(tokens, &["name"], &mut ignored);
                keys.first().and_then(|key| key.string(&mut ignored))
            }
        };
        let ident = &function.signature.ident;
        let (text, span) = match given {
            Some(text) => (text.value(), text.span()),
            None => (ident.unraw().to_string(), ident.span()),
        };
        Some(Self { kind, text, span, depends: depends(&function.attributes) })
    }
}

fn depends(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// Reports every identity that occurs twice.
pub(crate) fn check(identities: impl Iterator<Item = Identity>, errors: &mut Errors) {
    let mut seen: Vec<Identity> = Vec::new();
    for identity in identities.filter(|identity| !identity.depends) {
        let Identity { kind, text, span, .. } = &identity;
        if seen.iter().any(|other| other.kind == *kind && other.text == *text) {
            let message = match kind {
                Kind::Resource => {
                    format!("two resources have the URI {text:?}; change one of them")
                }
                Kind::Tool | Kind::Prompt => {
                    let kind = kind.word();
                    format!("two {kind}s are named `{text}`; rename one with `name = \"…\"`")
                }
            };
            errors.at_span(*span, message);
        }
        seen.push(identity);
    }
}
