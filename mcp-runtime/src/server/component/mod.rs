//! Components: what a server offers, and how it is registered.

mod blocking;
mod builder;
mod dynamic;
mod registration;
mod spec;

use std::sync::Arc;

pub use blocking::blocking;
pub use builder::ToolBuilder;
pub use dynamic::{Arguments, DynamicResult, IntoSchema, Tool, ViaFallible, ViaPlain};
pub use registration::Registration;
pub use spec::{ToolFuture, ToolHandler, ToolSpec};

pub use super::outcome::ToolReply;

/// One item that a server can offer, or a module of them.
///
/// The attributes implement it for a type of the same name as the function they are on.
pub trait Component {
    /// Adds the item to a server.
    fn register(components: &mut Registration);
}

/// What `Server::with` takes: a component, or a tuple of them, nested at will.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component of a server",
    label = "no `#[tool]` and no tuple of tools",
    note = "put `#[tool]` on the function, or `#[server]` on the module, and bring its name into scope"
)]
pub trait Components {
    /// Adds every item to a server.
    fn register_all(components: &mut Registration);
}

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
pub trait Instance: Send + Sync + 'static {
    /// Adds every method to a server.
    fn register(self: Arc<Self>, components: &mut Registration);
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Components),*> Components for ($($name,)*) {
            fn register_all(_components: &mut Registration) {
                $($name::register_all(_components);)*
            }
        }
    };
}

tuples! {}
tuples! { A }
tuples! { A B }
tuples! { A B C }
tuples! { A B C D }
tuples! { A B C D E }
tuples! { A B C D E F }
tuples! { A B C D E F G }
tuples! { A B C D E F G H }
tuples! { A B C D E F G H I }
tuples! { A B C D E F G H I J }
tuples! { A B C D E F G H I J K }
tuples! { A B C D E F G H I J K L }
tuples! { A B C D E F G H I J K L M }
tuples! { A B C D E F G H I J K L M N }
tuples! { A B C D E F G H I J K L M N O }
tuples! { A B C D E F G H I J K L M N O P }
