//! Parameters that are no arguments: values that come with the request or from the server.

use mcp_core::jsonrpc::ProtocolError;

use super::inject::{Inject, Requirement};
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;
use crate::context::principal::Principal;
use crate::context::scope::Scope;
use crate::context::state::State;

/// A type whose values handlers are given beside their arguments.
///
/// It is implemented for `Context`, `&Context`, `State<T>`, `&State<T>`, `Principal`, `&Principal`,
/// and for every type with [`Inject`]. `Via` says which of these it is and is always inferred.
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

/// Why a value could not be injected.
#[derive(Debug)]
pub enum NotInjected {
    /// For a reason that the client may read.
    Refused(ToolError),
    /// Because the server is not what it should be.
    Internal(ProtocolError),
}

/// Marks what is the context of the request.
#[derive(Debug)]
pub enum ViaContext {}

/// Marks what comes from the state of the server.
#[derive(Debug)]
pub enum ViaState {}

/// Marks what is the sender of the request.
#[derive(Debug)]
pub enum ViaPrincipal {}

/// Marks what makes itself.
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

/// Servers are built with all the state that their components need, so this fails only where a
/// component was added later, and then for the server to mend.
fn state<T: Send + Sync + 'static>(scope: &Scope) -> Result<&State<T>, NotInjected> {
    let lacking = || ProtocolError::internal("the server lacks a value that this needs");
    scope.state().ok_or_else(|| NotInjected::Internal(lacking()))
}
