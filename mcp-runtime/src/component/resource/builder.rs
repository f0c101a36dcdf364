//! Builder of a resource or resource template.

use std::fmt;
use std::sync::Arc;

use mcp_core::protocol::{self, Annotations, Role};
use mcp_core::revision::CacheHint;
use mcp_core::uri::{self, UriTemplate};

use super::spec::ReadHandler;
use super::{
    ListResources, Lister, ReadFuture, ReadOutcome, ReadableSpec, Reader, ResourceSpec,
    TemplateSpec,
};
use crate::component::poll_budget::PollBudget;
use crate::component::presentation::{Presentation, builder_setters, name_errors};
use crate::component::strings::call::StringCall;
use crate::component::strings::parameter::StringParameter;
use crate::component::strings::returned::StringReturns;
use crate::component::strings::signature::Signature;
use crate::component::unknown_members::UnknownMembers;

/// Builder of a resource or resource template. Errors are collected until the server is
/// built.
pub struct ResourceBuilder {
    pub(crate) presentation: Presentation,
    pub(crate) card: Card,
    pub(crate) signature: Signature,
    pub(crate) hint: CacheHint,
    pub(crate) lister: Option<Lister>,
    pub(crate) handler: Option<ReadHandler>,
    errors: Vec<String>,
}

/// Members of a resource in lists that only resources have.
#[derive(Default)]
pub(crate) struct Card {
    pub(crate) uri: String,
    pub(crate) name: String,
    pub(crate) mime_type: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) annotations: Annotations,
}

impl ResourceBuilder {
    /// Creates a resource with a URI or template and a name.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            presentation: Presentation::default(),
            card: Card { uri: uri.into(), name: name.into(), ..Card::default() },
            signature: Signature::default(),
            hint: CacheHint::private(0),
            lister: None,
            handler: None,
            errors: Vec::new(),
        }
    }

    builder_setters!();

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.errors.extend(self.presentation.describe(description.into()).err());
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.card.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the size in bytes.
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        self.card.size = Some(size);
        self
    }

    /// Sets the audience.
    #[must_use]
    pub fn audience(mut self, audience: impl IntoIterator<Item = Role>) -> Self {
        self.card.annotations.audience = Some(audience.into_iter().collect());
        self
    }

    /// Sets the priority, from 0 to 1.
    #[must_use]
    pub fn priority(mut self, priority: f64) -> Self {
        if !(0.0..=1.0).contains(&priority) {
            self.errors.push("its priority is not between 0 and 1".into());
        }
        self.card.annotations.priority = Some(priority);
        self
    }

    /// Sets the time of the last change, in the format of ISO 8601.
    #[must_use]
    pub fn last_modified(mut self, time: impl Into<String>) -> Self {
        self.card.annotations.last_modified = Some(time.into());
        self
    }

    /// Sets the time for which clients may cache the contents, in milliseconds.
    #[must_use]
    pub fn ttl_ms(mut self, ttl_ms: u64) -> Self {
        self.hint.ttl_ms = ttl_ms;
        self
    }

    /// Sets the cache scope: `true` forbids sharing between users.
    #[must_use]
    pub fn private(mut self, yes: bool) -> Self {
        self.hint.private = yes;
        self
    }

    /// Sets the function that lists the resources of the template.
    #[must_use]
    pub fn list<Via>(mut self, lister: impl ListResources<Via>) -> Self {
        self.lister = Some(Lister::new(lister));
        self
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter<T>(mut self, parameter: StringParameter<'_, T>) -> Self {
        self.signature.declare(parameter);
        self
    }

    /// Checks the return type of the handler at compile time.
    #[must_use]
    pub fn contents<R>(self, _: StringReturns<R, ReadOutcome>) -> Self {
        self
    }

    /// Sets the handler.
    #[must_use]
    pub fn handler(
        mut self,
        handler: impl Fn(StringCall) -> ReadFuture + Send + Sync + 'static,
    ) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Checks the resource.
    pub(crate) fn finish(mut self) -> Result<ReadableSpec, Vec<String>> {
        let uri = UriTemplate::parse(&self.card.uri);
        match &uri {
            Ok(uri) => self.check(uri),
            Err(error) => self.errors.push(error.to_string()),
        }
        if uri::has_dot_segment(&self.card.uri) {
            self.errors
                .push("its path has a segment `.` or `..`, and no URI with one is read".into());
        }
        self.errors.append(&mut self.signature.errors);
        let noun = if uri.as_ref().is_ok_and(UriTemplate::is_literal) {
            "resource"
        } else {
            "resource template"
        };
        match (uri, self.handler) {
            (Ok(uri), Some(handler)) if self.errors.is_empty() => {
                let reader = Reader {
                    signature: Arc::new(self.signature),
                    handler,
                    time_limit: self.presentation.time_limit,
                    mime_type: self.card.mime_type.clone(),
                    mount_scope: None,
                    scopes: std::mem::take(&mut self.presentation.scopes),
                    hint: self.hint,
                    poll_budget: Arc::new(PollBudget::default()),
                    #[cfg(feature = "client")]
                    watch: None,
                };
                Ok(self.card.into_spec(self.presentation, uri, reader, self.lister))
            }
            (_, None) => {
                Err(name_errors(noun, &self.card.uri, vec!["it has no handler".to_owned()]))
            }
            _ => Err(name_errors(noun, &self.card.uri, self.errors)),
        }
    }

    /// Checks that the URI agrees with the parameters and options.
    fn check(&mut self, uri: &UriTemplate) {
        for variable in uri.variables() {
            if !self.signature.table.names().any(|name| name == variable) {
                self.errors.push(format!("no parameter takes its variable `{variable}`"));
            }
        }
        for argument in self.signature.table.arguments() {
            let name = &argument.name;
            if !uri.variables().any(|variable| variable == name) {
                self.errors.push(format!("its parameter `{name}` is no variable of the URI"));
            } else if uri.is_list(name) != argument.list {
                self.errors.push(match argument.list {
                    true => format!("its parameter `{name}` is a list, its variable is not"),
                    false => format!("its variable `{name}` is a list, its parameter is not"),
                });
            }
        }
        if uri.is_literal() {
            if self.lister.is_some() {
                self.errors.push("it has no variables, so there is nothing to list".into());
            }
        } else if self.card.size.is_some() {
            self.errors.push("resources of a template have no common size".into());
        }
    }
}

impl Card {
    fn into_spec(
        self,
        presentation: Presentation,
        uri: UriTemplate,
        reader: Reader,
        lister: Option<Lister>,
    ) -> ReadableSpec {
        let annotations = Some(self.annotations).filter(|given| *given != Annotations::default());
        let unknown = UnknownMembers::default();
        if uri.is_literal() {
            let mut resource = protocol::Resource::new(self.uri, self.name);
            resource.mime_type = self.mime_type;
            resource.size = self.size;
            resource.annotations = annotations;
            presentation.write_to(
                &mut resource.title,
                &mut resource.description,
                &mut resource.icons,
                &mut resource.meta,
            );
            return ReadableSpec::Resource(ResourceSpec { resource, unknown, reader });
        }
        let mut template = protocol::ResourceTemplate::new(self.uri, self.name);
        template.mime_type = self.mime_type;
        template.annotations = annotations;
        presentation.write_to(
            &mut template.title,
            &mut template.description,
            &mut template.icons,
            &mut template.meta,
        );
        ReadableSpec::Template(TemplateSpec { template, unknown, uri, reader, lister })
    }
}

impl fmt::Debug for ResourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceBuilder").field("uri", &self.card.uri).finish_non_exhaustive()
    }
}
