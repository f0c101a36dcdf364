//! Resources that are created at run time.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use mcp_core::protocol::Annotations;

use super::{Contents, ListResources, ReadOutcome, ReadReply, ReadableSpec, ResourceBuilder};
use crate::component::completion::completer::{Complete, Completer};
use crate::component::presentation::component_setters;
use crate::component::strings::call::StringCall;
use crate::component::strings::failure::{HandlerFailure, ResourceError};
use crate::component::strings::signature::{StringArgument, Suggestions};
use crate::context::handle::Context;
use crate::shorten::reason;

/// A resource or resource template with a handler of its own, for definitions that are known only
/// at run time: an entry of a configuration, a resource of another server.
///
/// ```
/// use mcp_runtime::Context;
/// use mcp_runtime::resource::{Resource, ResourceError, Variables};
///
/// let report = Resource::new(
///     "reports://{year}",
///     "report",
///     async |_cx: Context, variables: Variables| {
///         let year: u16 = variables.parse("year")?;
///         Ok::<_, ResourceError>(format!("The year {year} was fine."))
///     },
/// )
/// .mime_type("text/plain");
/// # drop(report);
/// ```
pub struct Resource {
    builder: ResourceBuilder,
    completers: Vec<(String, Completer)>,
}

impl Resource {
    /// Creates a resource with a URI or URI template, a name and a handler.
    ///
    /// The handler returns text, bytes, [`Json`](crate::resource::Json), contents of the protocol,
    /// an `Option` of one of these, or a `Result` of them.
    pub fn new<F, Running, R, Via>(
        uri: impl Into<String>,
        name: impl Into<String>,
        handler: F,
    ) -> Self
    where
        F: Fn(Context, Variables) -> Running + Send + Sync + 'static,
        Running: Future<Output = R> + Send + 'static,
        R: DynamicContents<Via> + 'static,
    {
        let handler = Arc::new(handler);
        let builder = ResourceBuilder::new(uri, name).handler(move |call: StringCall| {
            let handler = Arc::clone(&handler);
            // Called when the future is polled, because it may block before it returns its own.
            Box::pin(async move {
                let context = call.scope.context().clone();
                handler(context, Variables(call)).await.into_reply()
            })
        });
        Self { builder, completers: Vec::new() }
    }

    component_setters!(builder);

    /// Sets the media type.
    #[must_use]
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.builder = self.builder.mime_type(mime_type);
        self
    }

    /// Sets the size in bytes.
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        self.builder = self.builder.size(size);
        self
    }

    /// Sets audience, priority and time of the last change.
    #[must_use]
    pub fn annotations(mut self, annotations: Annotations) -> Self {
        self.builder.card.annotations = annotations;
        self
    }

    /// Sets the time for which clients may cache the contents. They are not cached by default.
    #[must_use]
    pub fn cache_for(mut self, time: std::time::Duration) -> Self {
        let ttl_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.builder = self.builder.ttl_ms(ttl_ms);
        self
    }

    /// Allows caches to share the contents between users, because they are the same for all.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.builder = self.builder.private(false);
        self
    }

    /// Sets the function that lists the resources of the template.
    #[must_use]
    pub fn list<Via>(mut self, lister: impl ListResources<Via>) -> Self {
        self.builder = self.builder.list(lister);
        self
    }

    /// Sets the function that completes a variable.
    #[must_use]
    pub fn complete<Via>(
        mut self,
        variable: impl Into<String>,
        completer: impl Complete<Via>,
    ) -> Self {
        self.completers.push((variable.into(), Completer::new(completer)));
        self
    }

    /// Checks the resource.
    pub(crate) fn into_spec(self) -> Result<ReadableSpec, Vec<String>> {
        let Self { mut builder, completers } = self;
        if let Ok(uri) = mcp_core::uri::UriTemplate::parse(&builder.card.uri) {
            for variable in uri.variables() {
                builder.signature.push(StringArgument {
                    name: variable.to_owned(),
                    title: None,
                    description: None,
                    required: !uri.is_optional(variable),
                    list: uri.is_list(variable),
                    suggestions: Suggestions::None,
                });
            }
        }
        for (variable, completer) in completers {
            match builder.signature.table.find_mut(&variable) {
                Some(argument) => argument.suggestions = Suggestions::Completer(completer),
                None => builder
                    .signature
                    .errors
                    .push(format!("there is no variable `{variable}` to complete")),
            }
        }
        builder.finish()
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("uri", &self.builder.card.uri).finish_non_exhaustive()
    }
}

/// Variables of a requested URI.
pub struct Variables(StringCall);

impl Variables {
    /// Whole URI.
    pub fn uri(&self) -> &str {
        &self.0.subject
    }

    /// Returns the decoded value of a variable, the first one of a list.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.value(name)
    }

    /// Returns all values of a list variable, such as `tags` of `{?tags*}`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.every_value(name)
    }

    /// Parses the value of a variable.
    ///
    /// # Errors
    /// The resource does not exist if the value is absent or cannot be parsed.
    pub fn parse<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<T, ResourceError> {
        let value = self
            .get(name)
            .ok_or_else(|| ResourceError::not_found_because(format!("`{name}` is missing")))?;
        value.parse().map_err(|error| {
            ResourceError::not_found_because(format!("`{name}`: {}", reason(&error)))
        })
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Variables").field(&self.uri()).finish()
    }
}

/// Return type of the handler of a [`Resource`]. `Via` is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the contents of a resource",
    note = "return `String`, `Vec<u8>`, `Json<T>`, `ResourceContents`, an `Option` of those, or a `Result`"
)]
pub trait DynamicContents<Via> {
    #[doc(hidden)]
    fn into_reply(self) -> ReadReply;
}

/// Marks [`DynamicContents`] of a handler that cannot fail.
#[derive(Debug)]
pub enum ViaContents {}

/// Marks [`DynamicContents`] of a handler that can fail.
#[derive(Debug)]
pub struct ViaFallibleContents<Via>(Via);

impl<T: Contents> DynamicContents<ViaContents> for T {
    fn into_reply(self) -> ReadReply {
        self.into_outcome()
    }
}

impl<T, E, Via> DynamicContents<ViaFallibleContents<Via>> for Result<T, E>
where
    T: Contents,
    E: HandlerFailure<Via>,
{
    fn into_reply(self) -> ReadReply {
        match self {
            Ok(value) => value.into_outcome(),
            Err(error) => ReadOutcome::failed(error.into_failure()),
        }
    }
}
