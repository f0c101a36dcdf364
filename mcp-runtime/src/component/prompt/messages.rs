//! Return types that are the messages of a prompt.
//!
//! Generated code calls `(&Returned::<R>::new()).messages()` with both traits of this file in
//! scope: a `Result` is split into its two types, also behind an alias, and each is asked for the
//! one thing it must be.

use std::borrow::Cow;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{Content, EmbeddedResource, GetPromptResult, PromptMessage, Resource};

use super::PromptReply;
use crate::component::strings::failure::{Failure, HandlerFailure};
use crate::component::strings::returned::StringReturns;
use crate::component::tool::outcome::media::{Audio, Image};
use crate::component::tool::outcome::returned::Returned;

/// A type that a prompt can return, alone or as the success of a `Result`.
///
/// Text and content become one message of the user.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the messages of a prompt",
    label = "neither text nor messages",
    note = "return `String`, `PromptMessage`, `Vec<PromptMessage>`, content, `GetPromptResult`, or a `Result` of one of those"
)]
pub trait Messages: Sized {
    #[doc(hidden)]
    fn into_result(self) -> GetPromptResult;
}

impl Messages for GetPromptResult {
    fn into_result(self) -> GetPromptResult {
        self
    }
}

impl Messages for PromptMessage {
    fn into_result(self) -> GetPromptResult {
        GetPromptResult::new([self])
    }
}

impl Messages for Vec<PromptMessage> {
    fn into_result(self) -> GetPromptResult {
        GetPromptResult::new(self)
    }
}

impl<const N: usize> Messages for [PromptMessage; N] {
    fn into_result(self) -> GetPromptResult {
        GetPromptResult::new(self)
    }
}

impl Messages for Vec<Content> {
    fn into_result(self) -> GetPromptResult {
        GetPromptResult::new(self.into_iter().map(PromptMessage::user))
    }
}

/// Types that become one message of the user.
macro_rules! said_by_the_user {
    ($($type:ty)*) => {$(
        impl Messages for $type {
            fn into_result(self) -> GetPromptResult {
                PromptMessage::user(Content::from(self)).into_result()
            }
        }
    )*};
}

said_by_the_user! { String &str Content Image Audio EmbeddedResource }

impl Messages for Cow<'_, str> {
    fn into_result(self) -> GetPromptResult {
        self.into_owned().into_result()
    }
}

impl Messages for Resource {
    fn into_result(self) -> GetPromptResult {
        Content::resource_link(self).into_result()
    }
}

pub(crate) fn fallible<T: Messages, E: HandlerFailure<Via>, Via>(
    result: Result<T, E>,
) -> PromptReply {
    match result.map_err(E::into_failure) {
        Ok(messages) => Ok(messages.into_result()),
        Err(Failure::Protocol(error)) => Err(error),
        Err(Failure::NotFound(because)) => {
            let because = because.unwrap_or_else(|| "there is nothing of that name".to_owned());
            Err(ProtocolError::invalid_params(because))
        }
    }
}

/// A handler that can fail.
pub trait FallibleMessages<T, E> {
    /// Creates the conversion of both variants of the `Result`.
    fn messages<Via>(&self) -> StringReturns<Result<T, E>, GetPromptResult>
    where
        T: Messages,
        E: HandlerFailure<Via>;
}

impl<T, E> FallibleMessages<T, E> for Returned<Result<T, E>> {
    fn messages<Via>(&self) -> StringReturns<Result<T, E>, GetPromptResult>
    where
        T: Messages,
        E: HandlerFailure<Via>,
    {
        StringReturns(fallible::<T, E, Via>)
    }
}

/// A handler that cannot fail.
pub trait PlainMessages<R> {
    /// Creates the conversion of the messages.
    fn messages(&self) -> StringReturns<R, GetPromptResult>
    where
        R: Messages;
}

impl<R> PlainMessages<R> for &Returned<R> {
    fn messages(&self) -> StringReturns<R, GetPromptResult>
    where
        R: Messages,
    {
        StringReturns(|value| Ok(value.into_result()))
    }
}
