//! Parameters of tools: arguments and injected values.
//!
//! The type of a parameter decides. One trait with an inferred marker covers all kinds, so that an
//! alias of an injected type is injected, and so that a type which is neither gets one error.

use std::fmt;

use mcp_core::schema::InputSchema;
use regex_lite::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arguments::{ArgumentTable, JsonArgument, ToolArguments};
use crate::component::arguments::when_absent;
use crate::component::inject::{Inject, Requirement};
use crate::component::injected::{
    Injected, Unnamed, ViaContext, ViaInject, ViaPrincipal, ViaState,
};
use crate::constraint::header::HeaderValue;
use crate::constraint::rules::Rules;
use crate::constraint::schema::{CompiledSchema, NotCompiled};
use crate::context::handle::Context;
use crate::context::principal::Principal;
use crate::context::state::State;

/// A type that a handler can take as a parameter.
///
/// It is implemented for every argument type, which is `Deserialize + JsonSchema`, and for what is
/// injected: `Context`, `&Context`, `State<T>`, `&State<T>`, `Principal`, `&Principal`, and every
/// type with [`Inject`]. `Via` distinguishes them and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a tool",
    label = "neither an argument nor an injected value",
    note = "an argument type needs `#[derive(serde::Deserialize, schemars::JsonSchema)]`",
    note = "`Uuid`, `DateTime` and `Url` need the feature `uuid`, `chrono` or `url` of `mcp-runtime`, which enables `uuid1`, `chrono04` or `url2` of `schemars`",
    note = "`Decimal` needs the feature `rust_decimal1` of `schemars`, and `serde` of its crate",
    note = "injected are `Context`, `State<T>` and `Principal`, also by reference, and types that implement `mcp_runtime::Inject`"
)]
pub trait Parameter<'c, Via>: Sized {
    #[doc(hidden)]
    fn declare(parameter: &ParameterSpec<'c, Self>, declaration: &mut Declaration<'_>);

    #[doc(hidden)]
    fn take(
        parameter: &ParameterSpec<'c, Self>,
        inputs: &ToolArguments<'c>,
        place: usize,
    ) -> Option<Self>;
}

/// Marks a [`Parameter`] that is an argument.
#[derive(Debug)]
pub enum ViaArgument {}

/// A parameter of a tool, with the options of its attribute.
///
/// Generated code creates it when the tool is declared and in every call, so it is a few
/// plain pointers.
pub struct ParameterSpec<'c, T> {
    pub(crate) name: &'static str,
    pub(crate) rules: Rules<T>,
    description: Option<&'static str>,
    examples: Option<fn() -> Vec<Value>>,
    header: Option<&'static str>,
    secret: bool,
    declare: fn(&Self, &mut Declaration<'_>),
    take: fn(&Self, &ToolArguments<'c>, usize) -> Option<T>,
}

impl<T> Clone for ParameterSpec<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ParameterSpec<'_, T> {}

/// Creates the parameter of a name and a type. Only this function has a bound on the type of a
/// parameter.
pub const fn parameter<'c, T, Via>(name: &'static str) -> ParameterSpec<'c, T>
where
    T: Parameter<'c, Via>,
{
    ParameterSpec {
        name,
        rules: Rules::new(),
        description: None,
        examples: None,
        header: None,
        secret: false,
        declare: T::declare,
        take: T::take,
    }
}

/// Creates a parameter without a name, such as `_: &Context`, whose type must be injected.
pub const fn unnamed<'c, T, Via>() -> ParameterSpec<'c, T>
where
    T: Unnamed<'c, Via>,
{
    ParameterSpec {
        name: "_",
        rules: Rules::new(),
        description: None,
        examples: None,
        header: None,
        secret: false,
        declare: |parameter, declaration| declaration.injected(parameter, T::requires()),
        take: |_, inputs, _| inputs.injected::<T, Via>(),
    }
}

/// Converts an example value to JSON, `null` if that fails.
pub fn example<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl<'c, T> ParameterSpec<'c, T> {
    /// Sets the description of the argument; a blank one is none.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = (!description.trim().is_empty()).then_some(description);
        self
    }

    /// Sets example values.
    #[must_use]
    pub fn examples(mut self, examples: fn() -> Vec<Value>) -> Self {
        self.examples = Some(examples);
        self
    }

    /// Sets the name of the header in which clients repeat the argument.
    #[must_use]
    pub fn header(mut self, name: &'static str) -> Self
    where
        T: HeaderValue,
    {
        self.header = Some(name);
        self.rules = self.rules.safe_integers();
        self
    }

    /// Keeps the value out of error messages, logs and records.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Sets the rules of the argument.
    #[must_use]
    pub fn rules(mut self, rules: impl FnOnce(Rules<T>) -> Rules<T>) -> Self {
        self.rules = rules(self.rules);
        self
    }

    #[inline]
    pub(crate) fn take(&self, inputs: &ToolArguments<'c>, place: usize) -> Option<T> {
        (self.take)(self, inputs, place)
    }

    pub(crate) fn declare(&self, declaration: &mut Declaration<'_>) {
        (self.declare)(self, declaration);
    }
}

impl<T> fmt::Debug for ParameterSpec<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Declarations of a tool's parameters during registration.
#[derive(Debug)]
pub struct Declaration<'a> {
    pub(crate) schema: &'a mut InputSchema,
    pub(crate) table: &'a mut ArgumentTable,
    /// Keywords in the schemas of types that are not compiled.
    pub(crate) not_compiled: &'a mut Vec<(String, NotCompiled)>,
    pub(crate) errors: &'a mut Vec<String>,
}

impl Declaration<'_> {
    fn argument<'c, T: Deserialize<'c> + JsonSchema>(&mut self, parameter: &ParameterSpec<'c, T>) {
        let name = parameter.name;
        let pattern = self.pattern(name, parameter.rules.pattern_source());
        let contradiction = parameter.rules.contradiction(pattern.as_ref());
        let argument = self.schema.argument::<T>(name);
        argument.required = when_absent::<T>().is_none();
        let described = argument.described.clone();
        parameter.rules.advertise(argument);
        let constrained = argument.described.clone();
        if let Some(description) = parameter.description {
            argument.description = Some(description.to_owned());
        }
        if let Some(examples) = parameter.examples {
            argument.set("examples", examples());
        }
        if let Some(header) = parameter.header {
            argument.set(mcp_core::schema::headers::KEYWORD, header);
        }
        if parameter.secret {
            argument.set("writeOnly", true);
        }
        let schema =
            self.compile(name, &described, &constrained, parameter.rules.counts_elements());
        if !self.table.push(JsonArgument {
            name: name.into(),
            pattern,
            schema,
            is_secret: parameter.secret,
        }) {
            self.errors.push(format!("two arguments are named `{name}`"));
        }
        if let Some(contradiction) = contradiction {
            self.errors.push(format!("argument `{name}`: {contradiction}"));
        }
    }

    /// Compiles the schema of an argument. Its own rules are checked on the deserialized value, but for
    /// those on the number of elements, because a set drops some.
    fn compile(
        &mut self,
        name: &str,
        described: &Value,
        constrained: &Value,
        counts_elements: bool,
    ) -> CompiledSchema {
        let definitions = self.schema.definitions();
        let (of_type, not_compiled) = CompiledSchema::compile(described, definitions);
        let (mut schema, _) = CompiledSchema::compile(constrained, definitions);
        if of_type.is_trusted() && !counts_elements {
            schema.trust();
        }
        self.not_compiled
            .extend(not_compiled.into_iter().map(|keyword| (name.to_owned(), keyword)));
        schema
    }

    fn pattern(&mut self, name: &str, source: Option<&str>) -> Option<Regex> {
        match Regex::new(source?) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.errors.push(format!("argument `{name}`: its pattern is not valid: {error}"));
                None
            }
        }
    }

    fn injected<T>(
        &mut self,
        parameter: &ParameterSpec<'_, T>,
        requires: impl IntoIterator<Item = Requirement>,
    ) {
        let name = parameter.name;
        if parameter.rules.has_default() || parameter.examples.is_some() {
            self.errors.push(format!(
                "parameter `{name}` is injected; `default` and `examples` are for arguments"
            ));
        }
        self.table.push_injected(requires);
    }
}

impl<'c, T: Deserialize<'c> + JsonSchema> Parameter<'c, ViaArgument> for T {
    fn declare(parameter: &ParameterSpec<'c, T>, declaration: &mut Declaration<'_>) {
        declaration.argument(parameter);
    }

    #[inline]
    fn take(
        parameter: &ParameterSpec<'c, T>,
        inputs: &ToolArguments<'c>,
        place: usize,
    ) -> Option<T> {
        inputs.argument(place, parameter)
    }
}

/// Injected parameter types.
macro_rules! injected {
    ($(($($generic:tt)*) $type:ty, $via:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'c, $($generic)*> Parameter<'c, $via> for $type {
            fn declare(parameter: &ParameterSpec<'c, Self>, declaration: &mut Declaration<'_>) {
                declaration.injected(parameter, <Self as Injected<'c, $via>>::requires());
            }

            fn take(_: &ParameterSpec<'c, Self>, inputs: &ToolArguments<'c>, _: usize) -> Option<Self> {
                inputs.injected::<Self, $via>()
            }
        }
    )*};
}

injected! {
    () Context, ViaContext;
    () &'c Context, ViaContext;
    () Principal, ViaPrincipal;
    () &'c Principal, ViaPrincipal;
    (T: Send + Sync + 'static) State<T>, ViaState;
    (T: Send + Sync + 'static) &'c State<T>, ViaState;
}

impl<'c, T: Inject> Parameter<'c, ViaInject> for T {
    fn declare(parameter: &ParameterSpec<'c, T>, declaration: &mut Declaration<'_>) {
        declaration.injected(parameter, <T as Injected<'c, ViaInject>>::requires());
    }

    fn take(_: &ParameterSpec<'c, T>, inputs: &ToolArguments<'c>, _: usize) -> Option<T> {
        inputs.injected::<T, ViaInject>()
    }
}
