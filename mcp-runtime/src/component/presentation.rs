//! Members that tools, prompts and resources have in common in lists, and their setters.

use mcp_core::protocol::{Icon, Meta};
use serde::Serialize;
use serde_json::Value;

use super::scopes::RequiredScopes;
use super::time_limit::TimeLimit;

/// Title, description, icons and metadata of a component, and what else all kinds have.
#[derive(Clone, Default)]
pub(crate) struct Presentation {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) icons: Vec<Icon>,
    pub(crate) meta: Option<Meta>,
    /// Scopes that callers have to have. They are not listed.
    pub(crate) scopes: RequiredScopes,
    /// Time limit of the handler. It is not listed.
    pub(crate) time_limit: TimeLimit,
}

impl Presentation {
    /// Sets the metadata.
    ///
    /// # Errors
    /// The value is not a JSON object.
    pub(crate) fn set_meta(&mut self, meta: impl Serialize) -> Result<(), String> {
        match serde_json::to_value(meta) {
            Ok(Value::Object(members)) => self.meta = Some(members.into()),
            _ => return Err("its `meta` is not a JSON object".into()),
        }
        Ok(())
    }

    /// Sets the description that a component of a function must have.
    ///
    /// # Errors
    /// The description is blank.
    pub(crate) fn describe(&mut self, description: String) -> Result<(), String> {
        if description.trim().is_empty() {
            return Err("it has no description; write a doc comment above the function, or \
                        `description = \"…\"`"
                .into());
        }
        self.description = Some(description);
        Ok(())
    }

    /// Moves the members into a type of the protocol. A blank description is none.
    pub(crate) fn write_to(
        self,
        title: &mut Option<String>,
        description: &mut Option<String>,
        icons: &mut Vec<Icon>,
        meta: &mut Option<Meta>,
    ) {
        let given = self.description.filter(|text| !text.trim().is_empty());
        (*title, *description, *icons, *meta) = (self.title, given, self.icons, self.meta);
    }
}

/// Setters of a builder with the fields `presentation` and `errors`, for generated code.
macro_rules! builder_setters {
    () => {
        /// Sets the name for display.
        #[must_use]
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.presentation.title = Some(title.into());
            self
        }

        /// Adds an icon.
        #[must_use]
        pub fn icon(mut self, icon: mcp_core::protocol::Icon) -> Self {
            self.presentation.icons.push(icon);
            self
        }

        /// Sets the metadata, which must be a JSON object.
        #[must_use]
        pub fn meta(mut self, meta: impl serde::Serialize) -> Self {
            self.errors.extend(self.presentation.set_meta(meta).err());
            self
        }

        /// Adds scopes that callers have to have.
        #[must_use]
        pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.errors.extend(self.presentation.scopes.add(scopes).err());
            self
        }

        /// Sets the time limit of the handler, in milliseconds; `None` for no limit.
        #[must_use]
        pub fn timeout(mut self, milliseconds: Option<u64>) -> Self {
            self.presentation.time_limit = milliseconds.into();
            self
        }
    };
}

/// Setters of a component that is created at run time and holds its builder in a field.
macro_rules! component_setters {
    ($builder:tt) => {
        /// Sets the name for display.
        #[must_use]
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.$builder.presentation.title = Some(title.into());
            self
        }

        /// Sets the description.
        #[must_use]
        pub fn description(mut self, description: impl Into<String>) -> Self {
            self.$builder.presentation.description = Some(description.into());
            self
        }

        /// Adds icons.
        #[must_use]
        pub fn icons(mut self, icons: impl IntoIterator<Item = mcp_core::protocol::Icon>) -> Self {
            self.$builder.presentation.icons.extend(icons);
            self
        }

        /// Sets the metadata.
        #[must_use]
        pub fn meta(mut self, meta: mcp_core::protocol::Meta) -> Self {
            self.$builder.presentation.meta = Some(meta);
            self
        }

        /// Adds scopes that callers have to have. Callers without one of them do not find the component
        /// in lists, and are asked to log in with more scopes if they use it.
        #[must_use]
        pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.$builder = self.$builder.scopes(scopes);
            self
        }

        /// Sets the time limit of the handler, in place of that of the server. See
        /// [`Server::handler_timeout`](crate::Server::handler_timeout).
        #[must_use]
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.$builder.presentation.time_limit =
                crate::component::time_limit::TimeLimit::Own(limit);
            self
        }
    };
}

pub(crate) use {builder_setters, component_setters};

/// Errors of a component, with its kind and name in front.
pub(crate) fn name_errors(noun: &str, name: &str, errors: Vec<String>) -> Vec<String> {
    errors.into_iter().map(|error| format!("{noun} `{name}`: {error}")).collect()
}
