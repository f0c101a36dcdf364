//! Everything that generated code may touch, and the types that the signatures of it name. Nothing
//! here is part of the public interface.

pub use mcp_core::protocol::{Icon, IconTheme, Role};
pub use mcp_core::schema::Schema;

/// What was filled into a form.
pub type Content = serde_json::Map<String, serde_json::Value>;

pub use crate::ask::form::choice::{Choice, Offer};
pub use crate::ask::form::format::Format;
pub use crate::ask::form::reading::{Fields, Fill, form_schema, read_form};
pub use crate::ask::form::spec::FieldSpec;
pub use crate::ask::form::{Elicit, field};
pub use crate::component::arguments::slot::Slot;
pub use crate::component::ask_parameter::{Ask, NotAccepted, ViaAccepted, ViaOutcome, ask};
pub use crate::component::completion::candidates::{
    Candidates, ViaFallible as ViaFallibleList, ViaList,
};
pub use crate::component::completion::completer::{
    AsyncOf1, AsyncOf2, Complete, Completer, Fuzzy, IsAsync, IsPlain, ViaForm, ViaFuzzy,
};
pub use crate::component::injected::{
    Injected, NotInjected, Unnamed, ViaContext, ViaInject, ViaPrincipal, ViaState,
};
pub use crate::component::prompt::builder::PromptBuilder;
pub use crate::component::prompt::dynamic::{DynamicMessages, ViaFallibleMessages, ViaMessages};
pub use crate::component::prompt::messages::Messages;
pub use crate::component::prompt::spec::{PromptFuture, PromptReply};
pub use crate::component::registration::Registration;
pub use crate::component::resource::builder::ResourceBuilder;
pub use crate::component::resource::contents::{Contents, JsonContents};
pub use crate::component::resource::dynamic::{DynamicContents, ViaContents, ViaFallibleContents};
pub use crate::component::resource::lister::{Links, List as ListResources, Lister};
pub use crate::component::resource::outcome::ReadOutcome;
pub use crate::component::resource::spec::{ReadFuture, ReadReply};
pub use crate::component::strings::arguments::StringArguments;
pub use crate::component::strings::beside_uri::BesideUri;
pub use crate::component::strings::call::StringCall;
pub use crate::component::strings::failure::{Failure, HandlerFailure, ViaResourceError};
pub use crate::component::strings::kind::FromString;
pub use crate::component::strings::list::FromStrings;
pub use crate::component::strings::parameter::{ParameterType, StringParameter};
pub use crate::component::strings::returned::StringReturns;
pub use crate::component::tool::arguments::ToolArguments;
pub use crate::component::tool::blocking::blocking;
pub use crate::component::tool::builder::ToolBuilder;
pub use crate::component::tool::call::Call;
pub use crate::component::tool::dynamic::{DynamicResult, ViaFallible, ViaPlain};
pub use crate::component::tool::failure::{ViaBox, ViaError, ViaToolError};
pub use crate::component::tool::outcome::ToolReply;
pub use crate::component::tool::outcome::content::ViaResult;
pub use crate::component::tool::outcome::extended::ViaExtended;
pub use crate::component::tool::outcome::returned::{
    FallibleReturn, PlainReturn, Returned, Returns,
};
pub use crate::component::tool::outcome::structured::{
    ResultSchema, Shape, ViaContent, ViaStructured,
};
pub use crate::component::tool::parameter::{
    Declaration, ParameterSpec, ViaArgument, example, parameter, unnamed,
};
pub use crate::component::tool::spec::ToolFuture;
pub use crate::component::tool::task::TaskSettings;
pub use crate::component::{Component, ServerMethods};
pub use crate::constraint::rules::{AdvertisedDefault, Rules};
pub use crate::context::handle::Context;
pub use crate::context::scope::Scope;
pub use crate::server::builder::Server;

/// The text of doc attributes that are macros.
pub mod docs {
    pub use crate::component::doc_text::{DocPart, bytes, length, text};
}

/// What generated clients touch.
#[cfg(feature = "client")]
pub mod client {
    pub use crate::client::typed::{
        ClientArgument, ClientReturn, ExpectedSchema, ExpectedTool, SchemaProbe, ToolCall, call,
        check,
    };
    pub use crate::client::{Client, Error};

    /// The traits that find out whether types have a schema.
    pub mod by_schema {
        pub use crate::client::typed::{
            OutputWithSchema as _, OutputWithoutSchema as _, TypeWithSchema as _,
            TypeWithoutSchema as _,
        };
    }
}

/// The traits that judge the types of resources and prompts, for generated code to have in scope.
/// They have no names there, which could hide those of a user's types.
pub mod string_traits {
    pub use crate::component::prompt::messages::{FallibleMessages as _, PlainMessages as _};
    pub use crate::component::resource::contents::{
        FallibleContents as _, FallibleJson as _, PlainContents as _, PlainJson as _,
    };
    pub use crate::component::strings::kind::{
        ContainerParameter as _, InjectedParameter as _, OptionalByFromStr as _,
        ParameterByDeserialize as _, ParameterByFromStr as _,
    };
    pub use crate::component::strings::list::{
        ListByDeserialize as _, ListByFromStr as _, NoList as _,
    };
}
