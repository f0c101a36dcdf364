//! Parameters whose values arrive as text: the variables of resources and the arguments of prompts.

mod beside_uri;
mod call;
mod failure;
mod kind;
mod list;
mod parameter;
mod probe;
mod returned;
mod signature;
mod texts;

pub use beside_uri::BesideUri;
pub use call::TextCall;
pub(crate) use call::Values;
pub(crate) use failure::Failure;
pub use failure::{HandlerFailure, ResourceError, ViaResourceError};
pub use kind::{
    FromText, TextByDeserialize, TextByFromStr, TextContainer, TextInjected, TextOptional,
};
pub use list::{FromTexts, ListByDeserialize, ListByFromStr, NoList};
pub use parameter::{Text, TextParameter};
pub use returned::TextReturns;
pub(crate) use signature::{Signature, Suggestions, TextArgument};
pub use texts::Texts;
pub(crate) use texts::refused;
