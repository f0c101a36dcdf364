//! String arguments: the variables of resource URIs and the arguments of prompts.

pub(crate) mod arguments;
pub(crate) mod beside_uri;
pub(crate) mod call;
pub(crate) mod failure;
pub(crate) mod kind;
pub(crate) mod list;
pub(crate) mod parameter;
pub(crate) mod probe;
pub(crate) mod returned;
pub(crate) mod signature;

pub(crate) use arguments::StringArguments;
pub(crate) use call::StringCall;
pub(crate) use parameter::{ParameterType, StringParameter};
pub(crate) use signature::Signature;
