//! Return types that are the contents of a resource.
//!
//! Generated code calls `(&&&Returned::<R>::new()).contents()` with all traits of this file in
//! scope. Method lookup takes the one for the most references whose type fits: contents of their
//! own, then a `Result` of anything else, then anything else, which is sent as JSON.

use std::borrow::Cow;
use std::fmt::Display;

use bytes::Bytes;
use mcp_core::json::{self, not_finite};
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{ReadResourceResult, ResourceContents};
use serde::Serialize;

use super::{Json, ReadOutcome, ReadReply};
use crate::component::strings::failure::HandlerFailure;
use crate::component::strings::returned::StringReturns;
use crate::component::tool::outcome::returned::Returned;

/// A type with its own representation as the contents of a resource: text, bytes, and contents of
/// the protocol. `None` means that the resource does not exist.
pub trait Contents: Sized {
    #[doc(hidden)]
    fn into_outcome(self) -> ReadReply;
}

macro_rules! contents {
    ($(($($generic:tt)*) $type:ty, |$value:ident| $outcome:expr;)*) => {$(
        impl<$($generic)*> Contents for $type {
            fn into_outcome(self) -> ReadReply {
                let $value = self;
                Ok($outcome)
            }
        }
    )*};
}

contents! {
    () String, |text| ReadOutcome::Text(text);
    () &str, |text| ReadOutcome::Text(text.to_owned());
    () Cow<'_, str>, |text| ReadOutcome::Text(text.into_owned());
    () Vec<u8>, |bytes| ReadOutcome::Blob(bytes);
    () &[u8], |bytes| ReadOutcome::Blob(bytes.to_vec());
    (const N: usize) [u8; N], |bytes| ReadOutcome::Blob(bytes.to_vec());
    (const N: usize) &[u8; N], |bytes| ReadOutcome::Blob(bytes.to_vec());
    () Bytes, |bytes| ReadOutcome::Blob(bytes.into());
    () ResourceContents, |contents| ReadOutcome::composed(vec![contents]);
    () Vec<ResourceContents>, |contents| ReadOutcome::composed(contents);
    () ReadResourceResult, |result| ReadOutcome::Composed(Box::new(result));
}

#[cfg(feature = "files")]
impl Contents for crate::files::File {
    fn into_outcome(self) -> ReadReply {
        Ok(ReadOutcome::File(self))
    }
}

impl<T: Serialize> Contents for Json<T> {
    fn into_outcome(self) -> ReadReply {
        const UNWRITABLE: &str = "the contents cannot be written as JSON";
        let logged = |error: &dyn Display| {
            tracing::error!(%error, "the contents of a resource cannot be written as JSON");
        };
        match json::try_to_string(&self.0) {
            Ok(json) => match not_finite(&self.0, json.as_bytes()) {
                Some(found) => {
                    logged(&found);
                    Err(ProtocolError::internal(format!("{UNWRITABLE}: {found}")))
                }
                None => Ok(ReadOutcome::Json(json)),
            },
            Err(error) => {
                logged(&error);
                Err(ProtocolError::internal(UNWRITABLE))
            }
        }
    }
}

impl<T: Contents> Contents for Option<T> {
    fn into_outcome(self) -> ReadReply {
        self.map_or(Ok(ReadOutcome::NotFound(None)), T::into_outcome)
    }
}

/// A type that is sent as JSON. `null` means that the resource does not exist.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the contents of a resource",
    label = "neither contents nor data",
    note = "return `String`, `Vec<u8>`, `ResourceContents`, a `Vec` of those, or what derives `serde::Serialize`, which is sent as JSON"
)]
pub trait JsonContents: Sized {
    #[doc(hidden)]
    fn into_outcome(self) -> ReadReply;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> JsonContents for T {
    fn into_outcome(self) -> ReadReply {
        Ok(match Contents::into_outcome(Json(self))? {
            ReadOutcome::Json(json) if json == "null" => ReadOutcome::NotFound(None),
            other => other,
        })
    }
}

fn fallible<T, E: HandlerFailure<Via>, Via>(
    result: Result<T, E>,
    into_outcome: fn(T) -> ReadReply,
) -> ReadReply {
    match result {
        Ok(value) => into_outcome(value),
        Err(error) => ReadOutcome::failed(error.into_failure()),
    }
}

/// Contents with their own representation.
pub trait PlainContents<R> {
    /// Creates the conversion of the contents.
    fn contents(&self) -> StringReturns<R, ReadOutcome>;
}

impl<R: Contents> PlainContents<R> for &&Returned<R> {
    fn contents(&self) -> StringReturns<R, ReadOutcome> {
        StringReturns(R::into_outcome)
    }
}

/// Contents with their own representation, or a failure.
pub trait FallibleContents<T, E> {
    /// Creates the conversion of both variants of the `Result`.
    fn contents<Via>(&self) -> StringReturns<Result<T, E>, ReadOutcome>
    where
        E: HandlerFailure<Via>;
}

impl<T: Contents, E> FallibleContents<T, E> for &&Returned<Result<T, E>> {
    fn contents<Via>(&self) -> StringReturns<Result<T, E>, ReadOutcome>
    where
        E: HandlerFailure<Via>,
    {
        StringReturns(|result| fallible(result, T::into_outcome))
    }
}

/// JSON, or a failure.
pub trait FallibleJson<T, E> {
    /// Creates the conversion of both variants of the `Result`.
    fn contents<Via>(&self) -> StringReturns<Result<T, E>, ReadOutcome>
    where
        T: JsonContents,
        E: HandlerFailure<Via>;
}

impl<T, E> FallibleJson<T, E> for &Returned<Result<T, E>> {
    fn contents<Via>(&self) -> StringReturns<Result<T, E>, ReadOutcome>
    where
        T: JsonContents,
        E: HandlerFailure<Via>,
    {
        StringReturns(|result| fallible(result, T::into_outcome))
    }
}

/// JSON.
pub trait PlainJson<R> {
    /// Creates the conversion to JSON.
    fn contents(&self) -> StringReturns<R, ReadOutcome>
    where
        R: JsonContents;
}

impl<R> PlainJson<R> for Returned<R> {
    fn contents(&self) -> StringReturns<R, ReadOutcome>
    where
        R: JsonContents,
    {
        StringReturns(R::into_outcome)
    }
}
