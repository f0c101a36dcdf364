//! Everything that generated code may touch, and the types that the signatures of it name. Nothing
//! here is part of the public interface.

pub use mcp_core::protocol::{Icon, IconTheme, Role};
pub use mcp_core::schema::Schema;

/// What was filled into a form.
pub type Content = serde_json::Map<String, serde_json::Value>;

pub use crate::server::arguments::{Inputs, Slot};
pub use crate::server::asked::{Ask, NotAccepted, ViaAccepted, ViaOutcome, ask};
pub use crate::server::completion::{
    AsyncOf1, AsyncOf2, Candidates, Complete, Completer, IsAsync, IsPlain,
    ViaFallible as ViaFallibleList, ViaForm, ViaList,
};
pub use crate::server::component::{
    Component, DynamicResult, Instance, Registration, ToolBuilder, ToolFuture, ToolReply,
    ViaFallible, ViaPlain, blocking,
};
pub use crate::server::constraint::{OpaqueDefault, Rules, ShownDefault};
pub use crate::server::failure::{ViaBox, ViaError, ViaToolError};
pub use crate::server::form::{
    Choice, Elicit, FieldSpec, Fields, Fill, Format, Offer, field, form_schema, read_form,
};
pub use crate::server::injected::{
    Injected, NotInjected, ViaContext, ViaInject, ViaPrincipal, ViaState,
};
pub use crate::server::outcome::{
    FallibleReturn, PlainReturn, ResultSchema, Returned, Returns, Shape, ViaContent, ViaResult,
    ViaStructured,
};
pub use crate::server::parameter::{Declaration, ParameterSpec, ViaArgument, example, parameter};
pub use crate::server::prompt::{
    DynamicMessages, Messages, PromptBuilder, PromptFuture, PromptReply, ViaFallibleMessages,
    ViaMessages,
};
pub use crate::server::resource::{
    Contents, DynamicContents, JsonContents, Links, ListResources, Lister, ReadFuture, ReadOutcome,
    ReadReply, ResourceBuilder, ViaContents, ViaFallibleContents,
};
pub use crate::server::text::{
    BesideUri, FromText, FromTexts, HandlerFailure, Text, TextCall, TextParameter, TextReturns,
    Texts, ViaResourceError,
};
pub use crate::server::{Call, Context, Server};

/// What generated clients touch.
#[cfg(feature = "client")]
pub mod client {
    pub use crate::client::typed::{
        Described, Expected, Returns, Sent, Shape, ToolCall, call, check,
    };
    pub use crate::client::{Client, Error};

    /// The traits that find out whether types have a schema.
    pub mod by_schema {
        pub use crate::client::typed::{
            OpaqueOutput as _, OpaqueType as _, ShownOutput as _, ShownType as _,
        };
    }
}

/// The traits that judge the types of resources and prompts, for generated code to have in scope.
/// They have no names there, which could hide those of a user's types.
pub mod by_text {
    pub use crate::server::prompt::{FallibleMessages as _, PlainMessages as _};
    pub use crate::server::resource::{
        FallibleContents as _, FallibleJson as _, PlainContents as _, PlainJson as _,
    };
    pub use crate::server::text::{
        ListByDeserialize as _, ListByFromStr as _, NoList as _, TextByDeserialize as _,
        TextByFromStr as _, TextContainer as _, TextInjected as _, TextOptional as _,
    };
}
