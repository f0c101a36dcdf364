//! Components: tools, resources, prompts and extensions of a server, and their registration.

pub(crate) mod app;
pub(crate) mod arguments;
pub(crate) mod ask_parameter;
#[cfg(feature = "audit")]
pub(crate) mod audit;
pub(crate) mod completion;
pub(crate) mod doc_text;
pub(crate) mod extension;
pub(crate) mod handler;
pub(crate) mod hook;
pub(crate) mod inject;
pub(crate) mod injected;
mod key_hash;
pub(crate) mod limits;
#[cfg(feature = "client")]
pub(crate) mod list_hints;
pub(crate) mod model_tools;
#[cfg(all(test, shuttle))]
mod models;
pub(crate) mod mount_scope;
pub(crate) mod named_call;
#[cfg_attr(
    not(all(feature = "audit", any(feature = "metrics", feature = "otel"))),
    allow(dead_code, reason = "no feature alone reads all of it")
)]
pub(crate) mod observer;
#[cfg(feature = "otel")]
pub(crate) mod otel;
pub(crate) mod page;
pub(crate) mod policy;
pub(crate) mod poll_budget;
pub(crate) mod presentation;
#[cfg(feature = "metrics")]
pub(crate) mod prometheus;
pub(crate) mod prompt;
pub(crate) mod registration;
pub(crate) mod registry;
pub(crate) mod rendered;
pub(crate) mod resource;
pub(crate) mod running_tasks;
mod scoped;
pub(crate) mod scopes;
pub(crate) mod strings;
#[cfg(test)]
mod tests;
pub(crate) mod time_limit;
pub(crate) mod tool;
pub(crate) mod unknown_members;
pub(crate) mod visibility;
pub(crate) mod visible;

use std::sync::Arc;

pub(crate) use crate::component::tool::builder::ToolBuilder;
pub(crate) use crate::component::tool::dynamic::Tool;
pub(crate) use crate::component::tool::spec::ToolSpec;
pub(crate) use registration::Registration;

/// One tool, resource or prompt, or a module of them.
///
/// The attributes implement it for a type of the same name as the function they are on.
pub trait Component {
    /// Adds the item to a server.
    fn register(components: &mut Registration);
}

/// A component, or a tuple of components, nested to any depth. The parameter of `Server::with`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component of a server",
    label = "no `#[tool]` and no tuple of tools",
    note = "put `#[tool]` on the function, or `#[server]` on the module, and bring its name into scope",
    note = "a tuple holds up to 32, and tuples may hold tuples"
)]
pub trait Components {
    /// Adds every item to a server.
    fn register_all(components: &mut Registration);
}

#[diagnostic::do_not_recommend]
impl<C: Component> Components for C {
    fn register_all(components: &mut Registration) {
        C::register(components);
    }
}

/// A value whose methods are components: its `impl` block carries `#[server]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no components",
    label = "no `#[server]` on an `impl` block of this type",
    note = "put `#[server]` on the `impl` block and `#[tool]` on its methods"
)]
pub trait ServerMethods: Send + Sync + 'static {
    /// Adds every method to a server.
    fn register(self: Arc<Self>, components: &mut Registration);
}

/// Tuples of these and of every shorter list.
macro_rules! tuples {
    () => {
        #[diagnostic::do_not_recommend]
        impl Components for () {
            fn register_all(_: &mut Registration) {}
        }
    };
    ($first:ident $($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$first: Components, $($rest: Components),*> Components for ($first, $($rest,)*) {
            fn register_all(components: &mut Registration) {
                $first::register_all(components);
                $($rest::register_all(components);)*
            }
        }

        tuples! { $($rest)* }
    };
}

tuples! {
    A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16
    A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27 A28 A29 A30 A31 A32
}
