//! Parameters that must be injected: those of a resource that are not variables of its URI, and those
//! without a name.

use super::parameter::ParameterKind;
use super::{ParameterType, StringParameter};
use crate::component::injected::{Injected, Unnamed};

/// Types of parameters that are not variables of the URI: injected types.
///
/// It is [`Injected`] with a message for a mistyped name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not injected, and the URI has no variable of this parameter's name",
    label = "neither a variable of the URI nor an injected value",
    note = "write the parameter's name into the URI, as in `users://{{id}}`, or the variable's into `#[arg(rename = \"id\")]` before the parameter",
    note = "injected are `Context`, `State<T>` and `Principal`, also by reference, and types that implement `mcp_runtime::Inject`"
)]
pub trait BesideUri<'c, Via>: Injected<'c, Via> {}

#[diagnostic::do_not_recommend]
impl<'c, Via, T: Injected<'c, Via>> BesideUri<'c, Via> for T {}

impl<'c, T> ParameterType<'c, T> {
    /// Creates the parameter as an injected one, even if its type could be read from a string.
    pub fn beside_uri<Via>(&self) -> StringParameter<'c, T>
    where
        T: BesideUri<'c, Via>,
    {
        StringParameter::new(
            self,
            || ParameterKind::Injected(T::requires()),
            |arguments, _, _| arguments.injected::<T, Via>(),
        )
    }

    /// Creates a parameter without a name, such as `_: &Context`, whose type must be injected.
    pub fn unnamed<Via>(&self) -> StringParameter<'c, T>
    where
        T: Unnamed<'c, Via>,
    {
        StringParameter::new(
            self,
            || ParameterKind::Injected(T::requires()),
            |arguments, _, _| arguments.injected::<T, Via>(),
        )
    }
}
