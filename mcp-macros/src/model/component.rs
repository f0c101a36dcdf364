//! One checked component of any kind.

use proc_macro2::TokenStream;

use super::item::Item;
use super::prompt::{self, Prompt};
use super::resource::{self, Resource};
use super::signature::Place;
use super::tool::{self, Tool};
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::kind::Kind;

/// A component of some kind.
pub(crate) enum Component {
    Tool(Box<Tool>),
    Resource(Box<Resource>),
    Prompt(Box<Prompt>),
}

/// Checks a component. If anything is reported, the value must not be used.
pub(crate) fn component(
    kind: Kind,
    keys: TokenStream,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Component {
    match kind {
        Kind::Tool => Component::Tool(Box::new(tool::tool(keys, function, place, errors))),
        Kind::Resource => {
            Component::Resource(Box::new(resource::resource(keys, function, place, errors)))
        }
        Kind::Prompt => Component::Prompt(Box::new(prompt::prompt(keys, function, place, errors))),
    }
}

impl Component {
    /// The part that all kinds have in common.
    pub(crate) fn item(&self) -> &Item {
        match self {
            Self::Tool(tool) => &tool.item,
            Self::Resource(resource) => &resource.item,
            Self::Prompt(prompt) => &prompt.item,
        }
    }
}
