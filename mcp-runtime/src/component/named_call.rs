//! Name and arguments of a request for a tool or a prompt.

use std::borrow::Cow;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;

use crate::ask::retry::Retry;
use crate::component::app::App;
use crate::context::exchange::{Exchange, Named, Span, repeated_param};

/// Parameters of a request for a component that has a name.
pub(crate) struct NamedCall<'a> {
    pub(crate) name: Cow<'a, str>,
    /// Position of the arguments, an object; empty if there are none.
    pub(crate) arguments: Span,
    /// Members that continue an earlier round.
    pub(crate) retry: Retry<'a>,
}

impl<'a> NamedCall<'a> {
    /// Reads the parameters of a method. `noun` is the kind of component in messages.
    ///
    /// # Errors
    /// `-32602` if the parameters are not those of the method.
    pub(crate) fn read(
        app: &App,
        exchange: &'a Exchange,
        method: Method,
        noun: &str,
    ) -> Result<Self, ProtocolError> {
        let read = match exchange.named() {
            Some(Named { name, arguments }) if arguments.is_object(&exchange.frame) => {
                Self::of(name.raw(&exchange.frame), arguments, Retry::default())
            }
            // Anything unusual.
            _ => Self::walk(app, exchange, method)?,
        };
        read.ok_or_else(|| {
            let method = method.as_str();
            let message = format!("{method}: expected `name`, the name of {noun}, as a string");
            ProtocolError::invalid_params(message)
        })
    }

    fn of(name: Option<Raw<'a>>, arguments: Span, retry: Retry<'a>) -> Option<Self> {
        name.and_then(Raw::string).map(|name| Self { name, arguments, retry })
    }

    /// Walks the parameters. `None` if they have no name.
    fn walk(
        app: &App,
        exchange: &'a Exchange,
        method: Method,
    ) -> Result<Option<Self>, ProtocolError> {
        let (mut name, mut arguments, mut retry) = (None, None, Retry::default());
        for (key, value) in exchange.param_members() {
            let earlier = match &*key {
                "name" => name.replace(value),
                "arguments" => arguments.replace(value),
                other => {
                    retry.take(other, value);
                    None
                }
            };
            if earlier.is_some() {
                // Headers were compared with one of the two, and others on the way may read the other.
                return Err(repeated_param(method.as_str(), &key));
            }
        }
        if name.is_none_or(|name| name.quoted().is_none()) {
            return Ok(None);
        }
        let arguments = app.arguments(arguments, method)?;
        let arguments = arguments.map(|text| Span::of(text.as_str(), &exchange.frame));
        Ok(Self::of(name, arguments.unwrap_or_default(), retry))
    }
}
