//! Return types of handlers.

use std::fmt;
use std::marker::PhantomData;

use super::{ResultSchema, Shape, ToolReply, ToolResult};
use crate::component::tool::call::Call;
use crate::component::tool::failure::ToolFailure;

/// The return type of a handler.
///
/// With [`FallibleReturn`] and [`PlainReturn`] in scope, `Returned::<R>::new().returns()` splits a
/// `Result` into its two types, also behind an alias, and asks each for the one thing it must be.
pub struct Returned<R>(PhantomData<fn() -> R>);

impl<R> Returned<R> {
    /// The return type `R`.
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> fmt::Debug for Returned<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned")
    }
}

/// Description and conversion of a return type.
pub struct Returns<R> {
    describe: fn() -> ResultSchema,
    reply: fn(R, Shape) -> ToolReply,
}

impl<R> Returns<R> {
    pub(crate) fn describe(&self) -> ResultSchema {
        (self.describe)()
    }

    /// Converts the value that a handler has returned.
    pub fn reply(&self, call: &Call, value: R) -> ToolReply {
        (self.reply)(value, call.spec().shape)
    }
}

impl<R> Clone for Returns<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Returns<R> {}

impl<R> fmt::Debug for Returns<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returns")
    }
}

/// A handler that can fail.
pub trait FallibleReturn<T, E> {
    /// Creates the conversion of both variants of the `Result`.
    fn returns<Via, ErrorVia>(self) -> Returns<Result<T, E>>
    where
        T: ToolResult<Via>,
        E: ToolFailure<ErrorVia>;
}

impl<T, E> FallibleReturn<T, E> for Returned<Result<T, E>> {
    fn returns<Via, ErrorVia>(self) -> Returns<Result<T, E>>
    where
        T: ToolResult<Via>,
        E: ToolFailure<ErrorVia>,
    {
        Returns {
            describe: T::describe,
            reply: |result, shape| match result {
                Ok(value) => value.into_reply(shape),
                Err(error) => error.into_reply(),
            },
        }
    }
}

/// A handler that cannot fail. Method lookup tries it after [`FallibleReturn`], because it takes a
/// reference.
pub trait PlainReturn<T> {
    /// Creates the conversion of the value.
    fn returns<Via>(&self) -> Returns<T>
    where
        T: ToolResult<Via>;
}

impl<T> PlainReturn<T> for Returned<T> {
    fn returns<Via>(&self) -> Returns<T>
    where
        T: ToolResult<Via>,
    {
        Returns { describe: T::describe, reply: T::into_reply }
    }
}
