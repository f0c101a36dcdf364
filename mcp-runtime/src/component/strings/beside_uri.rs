//! Parameters of a resource that no variable of its URI names.

use super::parameter::ParameterKind;
use super::{ParameterType, StringParameter};
use crate::component::injected::Injected;

/// Types of parameters that no variable names: those that are injected.
///
/// It is [`Injected`] with other words for those who have mistaken a name.
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
    /// The parameter, injected whatever else its type could be.
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
}
