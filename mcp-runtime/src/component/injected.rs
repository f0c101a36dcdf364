//! Injected parameters: values of the request or the server.

use mcp_core::jsonrpc::ProtocolError;

use super::inject::{Inject, Requirement};
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;
use crate::context::principal::Principal;
use crate::context::scope::Scope;
use crate::context::state::State;

/// A type of parameters that are injected instead of read from arguments.
///
/// It is implemented for `Context`, `&Context`, `State<T>`, `&State<T>`, `Principal`, `&Principal`,
/// and for every type with [`Inject`]. `Via` distinguishes them and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from text",
    label = "neither read from text nor an injected value",
    note = "variables of resources and arguments of prompts are text: their types implement `serde::Deserialize` or `std::str::FromStr`",
    note = "injected are `Context`, `State<T>` and `Principal`, also by reference, and types that implement `mcp_runtime::Inject`"
)]
pub trait Injected<'c, Via>: Sized {
    #[doc(hidden)]
    fn requires() -> Vec<Requirement> {
        Vec::new()
    }

    #[doc(hidden)]
    fn injected(scope: &'c Scope) -> Result<Self, NotInjected>;
}

/// A type of parameters that have no name: injected types.
///
/// It is [`Injected`] with a message for an argument, which needs a name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not injected, and as an argument this parameter needs a name",
    label = "not an injected value",
    note = "name the parameter and take it apart in the body, or write `#[arg(rename = \"…\")]` before it",
    note = "injected are `Context`, `State<T>` and `Principal`, also by reference, and types that implement `mcp_runtime::Inject`"
)]
pub trait Unnamed<'c, Via>: Injected<'c, Via> {}

#[diagnostic::do_not_recommend]
impl<'c, Via, T: Injected<'c, Via>> Unnamed<'c, Via> for T {}

/// Error of an injection.
#[derive(Debug)]
pub enum NotInjected {
    /// A reason that the client may read.
    Refused(ToolError),
    /// A mistake in the setup of the server.
    Internal(ProtocolError),
}

/// Marks the context of the request.
#[derive(Debug)]
pub enum ViaContext {}

/// Marks values of the server's state.
#[derive(Debug)]
pub enum ViaState {}

/// Marks the sender of the request.
#[derive(Debug)]
pub enum ViaPrincipal {}

/// Marks types with [`Inject`].
#[derive(Debug)]
pub enum ViaInject {}

#[diagnostic::do_not_recommend]
impl<T: Inject> Injected<'_, ViaInject> for T {
    fn requires() -> Vec<Requirement> {
        <T as Inject>::requires()
    }

    fn injected(scope: &Scope) -> Result<Self, NotInjected> {
        T::inject(scope.context()).map_err(NotInjected::Refused)
    }
}

#[diagnostic::do_not_recommend]
impl Injected<'_, ViaContext> for Context {
    fn injected(scope: &Scope) -> Result<Self, NotInjected> {
        Ok(scope.context().clone())
    }
}

#[diagnostic::do_not_recommend]
impl<'c> Injected<'c, ViaContext> for &'c Context {
    fn injected(scope: &'c Scope) -> Result<Self, NotInjected> {
        Ok(scope.context())
    }
}

#[diagnostic::do_not_recommend]
impl Injected<'_, ViaPrincipal> for Principal {
    fn injected(scope: &Scope) -> Result<Self, NotInjected> {
        Ok(scope.principal().clone())
    }
}

#[diagnostic::do_not_recommend]
impl<'c> Injected<'c, ViaPrincipal> for &'c Principal {
    fn injected(scope: &'c Scope) -> Result<Self, NotInjected> {
        Ok(scope.principal())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Injected<'_, ViaState> for State<T> {
    fn requires() -> Vec<Requirement> {
        vec![Requirement::state::<T>()]
    }

    fn injected(scope: &Scope) -> Result<Self, NotInjected> {
        state(scope).cloned()
    }
}

#[diagnostic::do_not_recommend]
impl<'c, T: Send + Sync + 'static> Injected<'c, ViaState> for &'c State<T> {
    fn requires() -> Vec<Requirement> {
        vec![Requirement::state::<T>()]
    }

    fn injected(scope: &'c Scope) -> Result<Self, NotInjected> {
        state(scope)
    }
}

/// Returns a value of the state. A server that lacks required state does not build, so this fails
/// only if a component was added later.
fn state<T: Send + Sync + 'static>(scope: &Scope) -> Result<&State<T>, NotInjected> {
    let lacking = || ProtocolError::internal("the server lacks a value that this needs");
    scope.state().ok_or_else(|| NotInjected::Internal(lacking()))
}
