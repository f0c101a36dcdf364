//! Conversion of the components of an upstream server into components of this one.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::name::ToolName;
use mcp_core::protocol::{
    self, CompleteParams, CompletionArgument, CompletionContext, CompletionReference,
};
use mcp_core::revision::CacheHint;
use mcp_core::schema::headers::HeaderBinding;
use mcp_core::schema::{headers, is_object};
use mcp_core::uri::UriTemplate;

use super::forwarding::Forwarding;
#[cfg(feature = "providers")]
use super::listing::Filter;
use super::listing::{Item, ItemList, Listing};
use super::naming::Naming;
use super::offerable::Omissions;
use super::upstream::{Upstream, is_not_found, member};
use crate::component::completion::completer::Completing;
use crate::component::completion::upstream_completer::UpstreamCompleter;
use crate::component::handler::{HandlerFuture, HandlerOutput};
use crate::component::prompt::spec::{PromptHandler, PromptSpec};
use crate::component::registration::CheckedComponents;
use crate::component::resource::outcome::ReadOutcome;
use crate::component::resource::spec::{ReadFuture, ReadReply, Reader, ResourceSpec, TemplateSpec};
use crate::component::scopes::RequiredScopes;
use crate::component::strings::call::StringCall;
use crate::component::strings::failure::{Failure, HandlerFailure};
use crate::component::strings::signature::{Signature, StringArgument, Suggestions};
use crate::component::time_limit::TimeLimit;
#[cfg(feature = "providers")]
use crate::component::tool::builder::ListedTool;
use crate::component::tool::call::Call;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::outcome::structured::ResultSchema;
use crate::component::tool::spec::{ToolFuture, ToolSpec};
#[cfg(feature = "providers")]
use crate::component::visibility::ComponentRef;
use crate::context::handle::Context;
use crate::context::members::Members;

impl Upstream {
    /// Converts the listed components. Those that are invalid here are left out, with a warning.
    pub(crate) fn components(self: &Arc<Self>, listing: &Listing) -> CheckedComponents {
        let Listing { tools, resources, templates, prompts } = listing;
        CheckedComponents {
            tools: each("tool", tools, |it| &it.name, |it| self.tool(it)),
            resources: each("resource", resources, |it| &it.uri, |it| self.resource(it)),
            templates: each(
                "resource template",
                templates,
                |it| &it.uri_template,
                |it| self.template(it),
            ),
            prompts: each("prompt", prompts, |it| &it.name, |it| self.prompt(it)),
        }
    }

    fn tool(self: &Arc<Self>, item: &Item<protocol::Tool>) -> Result<ToolSpec, String> {
        let OfferedTool { tool, headers, result } = OfferedTool::new(&self.naming, &item.value)?;
        let (upstream, name) = (Arc::clone(self), item.value.name.clone());
        let wrapped = result.shape.is_wrapped();
        let handler = move |call: Call| -> ToolFuture {
            let (upstream, cx) = (Arc::clone(&upstream), call.context().clone());
            let arguments = json::one_line(call.arguments());
            let params = json::object_string(|params| {
                params.value("name", &*name);
                params.raw("arguments", &arguments);
            });
            Box::pin(async move { upstream.call(&cx, params, wrapped).await })
        };
        // The upstream server validates its arguments itself.
        let spec = ToolSpec::unread(tool, headers, result.shape, Arc::new(handler));
        Ok(ToolSpec { unknown: item.unknown.clone(), ..spec })
    }

    async fn call(self: &Arc<Self>, cx: &Context, params: String, wrapped: bool) -> ToolReply {
        let result = match self.request(cx, Method::ToolsCall, params).await {
            Ok(result) => result,
            Err(error) => return error.into_reply(),
        };
        self.forward(&result, |result| self.forwarding(cx).tool(result, wrapped))
    }

    /// Conversion of results for the client of a request.
    fn forwarding(&self, cx: &Context) -> Forwarding<'_> {
        Forwarding { naming: &self.naming, facts: cx.exchange().facts() }
    }

    fn resource(self: &Arc<Self>, item: &Item<protocol::Resource>) -> Result<ResourceSpec, String> {
        let mut resource = item.value.clone();
        resource.uri = self.naming.uri(&resource.uri)?;
        let (unknown, reader) = (item.unknown.clone(), self.reader(Signature::default()));
        Ok(ResourceSpec { resource, unknown, reader })
    }

    fn template(
        self: &Arc<Self>,
        item: &Item<protocol::ResourceTemplate>,
    ) -> Result<TemplateSpec, String> {
        let offered = &item.value;
        let mut template = offered.clone();
        template.uri_template = self.naming.uri(&offered.uri_template)?;
        let uri = UriTemplate::parse(&template.uri_template).map_err(|error| error.to_string())?;
        let mut signature = Signature::default();
        let reference = CompletionReference::resource(&offered.uri_template);
        for variable in uri.variables() {
            signature.push(StringArgument {
                name: variable.to_owned(),
                title: None,
                description: None,
                required: !uri.is_optional(variable),
                list: uri.is_list(variable),
                suggestions: self.suggestions(&reference, variable),
            });
        }
        let (unknown, reader) = (item.unknown.clone(), self.reader(signature));
        Ok(TemplateSpec { template, unknown, uri, reader, lister: None })
    }

    fn reader(self: &Arc<Self>, signature: Signature) -> Reader {
        let upstream = Arc::clone(self);
        let handler = move |call: StringCall| -> ReadFuture {
            let (upstream, cx) = (Arc::clone(&upstream), call.scope.context().clone());
            Box::pin(async move { upstream.read_resource(&cx, &call.subject).await })
        };
        Reader {
            signature: Arc::new(signature),
            handler: Arc::new(handler),
            time_limit: TimeLimit::default(),
            mime_type: None,
            mount_scope: None,
            scopes: RequiredScopes::default(),
            // Results have the cache hint of the upstream server.
            hint: CacheHint::private(0),
            poll_budget: Arc::default(),
            watch: Some(Arc::clone(&self.watch)),
        }
    }

    async fn read_resource(self: &Arc<Self>, cx: &Context, uri: &str) -> ReadReply {
        let Some(original) = self.naming.original(uri) else {
            return Ok(ReadOutcome::NotFound(None));
        };
        let params = json::object_string(|params| params.value("uri", &*original));
        let result = match self.request(cx, Method::ResourcesRead, params).await {
            Ok(result) => result,
            Err(error) => match HandlerFailure::into_failure(error) {
                Failure::Protocol(error) if is_not_found(&error, &original) => {
                    return Ok(ReadOutcome::NotFound(None));
                }
                Failure::Protocol(error) => return Err(error),
                Failure::NotFound(because) => return Ok(ReadOutcome::NotFound(because)),
            },
        };
        let members = self.forward(&result, |result| self.forwarding(cx).resource(result))?;
        Ok(ReadOutcome::upstream(members))
    }

    fn prompt(self: &Arc<Self>, item: &Item<protocol::Prompt>) -> Result<PromptSpec, String> {
        let offered = &item.value;
        let mut prompt = offered.clone();
        prompt.name = self.naming.name(&offered.name);
        ToolName::parse_wide(&prompt.name).map_err(|error| format!("its name {error}"))?;
        let reference = CompletionReference::prompt(&offered.name);
        // The upstream server validates its arguments itself.
        let mut signature = Signature::default();
        signature.table.open = true;
        for argument in &offered.arguments {
            signature.push(StringArgument {
                name: argument.name.clone(),
                title: None,
                description: None,
                required: argument.required.unwrap_or_default(),
                list: false,
                suggestions: self.suggestions(&reference, &argument.name),
            });
        }
        let (upstream, name) = (Arc::clone(self), offered.name.clone());
        let description: Option<Arc<str>> = offered.description.as_deref().map(Into::into);
        let handler = move |call: StringCall| -> HandlerFuture {
            let (upstream, cx) = (Arc::clone(&upstream), call.scope.context().clone());
            let description = description.clone();
            let params = json::object_string(|params| {
                params.value("name", &*name);
                if let Some(arguments) = member(&cx, "arguments") {
                    params.raw("arguments", &arguments);
                }
            });
            Box::pin(async move {
                let rendered = upstream.render(&cx, params, description.as_deref()).await;
                rendered.map(HandlerOutput::Members)
            })
        };
        Ok(PromptSpec {
            prompt,
            unknown: item.unknown.clone(),
            signature: Arc::new(signature),
            handler: PromptHandler::Upstream(Box::new(handler)),
            time_limit: TimeLimit::default(),
            mount_scope: None,
            scopes: RequiredScopes::default(),
            poll_budget: Arc::default(),
        })
    }

    async fn render(
        self: &Arc<Self>,
        cx: &Context,
        params: String,
        description: Option<&str>,
    ) -> Result<Members, ProtocolError> {
        let result = match self.request(cx, Method::PromptsGet, params).await {
            Ok(result) => result,
            Err(error) => {
                return Err(match HandlerFailure::into_failure(error) {
                    Failure::Protocol(error) => error,
                    Failure::NotFound(_) => ProtocolError::invalid_params("no such prompt"),
                });
            }
        };
        self.forward(&result, |result| self.forwarding(cx).prompt(result, description))
    }

    /// The completer of an argument, if the upstream server supports completion.
    fn suggestions(
        self: &Arc<Self>,
        reference: &CompletionReference,
        argument: &str,
    ) -> Suggestions {
        if self.client.server_info().capabilities.completions.is_none() {
            return Suggestions::None;
        }
        let (upstream, reference) = (Arc::clone(self), reference.clone());
        let argument = argument.to_owned();
        Suggestions::Upstream(UpstreamCompleter::new(move |completing| {
            let (upstream, reference) = (Arc::clone(&upstream), reference.clone());
            let argument = argument.clone();
            async move { upstream.complete(reference, argument, completing).await }
        }))
    }

    async fn complete(
        &self,
        reference: CompletionReference,
        argument: String,
        completing: Completing,
    ) -> Result<Members, ProtocolError> {
        let given = completing.arguments();
        let argument = CompletionArgument::new(argument, completing.partial());
        let mut params = CompleteParams::new(reference, argument);
        params.context = (!given.is_empty()).then(|| CompletionContext::new(given.clone()));
        let params = json::to_string(&params);
        let cx = completing.context();
        let mut options = self.options(cx, Method::Complete, &params);
        let result = self.client.core.request_plain(Method::Complete, &params, &mut options).await;
        let result = result.map_err(|error| self.failed(&error))?;
        self.forward(&result, |result| self.forwarding(cx).completion(result))
    }
}

/// A tool of an upstream server as this server offers it.
struct OfferedTool {
    tool: protocol::Tool,
    headers: Vec<HeaderBinding>,
    result: ResultSchema,
}

impl OfferedTool {
    fn new(naming: &Naming, offered: &protocol::Tool) -> Result<Self, String> {
        let mut tool = offered.clone();
        tool.name = naming.name(&offered.name);
        // Upstream tasks are not supported: every call runs until it is complete.
        tool.execution = None;
        ToolName::parse_wide(&tool.name).map_err(|error| format!("its name {error}"))?;
        if !is_object(&tool.input_schema) {
            return Err("its input schema does not say `\"type\": \"object\"`".into());
        }
        let headers =
            headers::validate(&tool.input_schema.to_value()).map_err(|error| error.to_string())?;
        let result = match tool.output_schema.clone() {
            Some(schema) => ResultSchema::stated(schema),
            None => ResultSchema::unstructured(),
        };
        Ok(Self { tool, headers, result })
    }
}

#[cfg(feature = "providers")]
impl Listing {
    /// Describes the tools that a filter accepts. Those that are invalid here are left out, with a
    /// warning.
    pub(super) fn list_tools(&self, naming: &Naming, filter: Option<&Filter>) -> Vec<ListedTool> {
        let tools = each(
            "tool",
            &self.tools,
            |tool| &tool.name,
            |item| {
                let is_wanted =
                    filter.is_none_or(|filter| filter(&ComponentRef::Tool(&item.value)));
                let offered =
                    is_wanted.then(|| OfferedTool::new(naming, &item.value)).transpose()?;
                Ok(offered.map(|OfferedTool { tool, result, .. }| ListedTool {
                    tool,
                    wraps_result: result.shape.is_wrapped(),
                }))
            },
        );
        tools.into_iter().flatten().collect()
    }
}

fn each<T, S>(
    noun: &'static str,
    list: &Option<ItemList<T>>,
    key: impl Fn(&T) -> &String,
    make: impl Fn(&Item<T>) -> Result<S, String>,
) -> Vec<S> {
    let mut omissions = Omissions::new(noun);
    let items = list.iter().flat_map(|list| &list.items);
    let made = items.filter_map(|item| {
        make(item).inspect_err(|reason| omissions.report(key(&item.value), reason)).ok()
    });
    made.collect()
}
