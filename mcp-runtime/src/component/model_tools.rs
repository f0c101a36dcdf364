//! Tools for a model during sampling.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::method::Method;
use mcp_core::protocol::{CallToolResult, Tool as Definition, ToolResultContent, ToolUseContent};
use serde_json::Value;

use crate::ask::question::Digest;
use crate::ask::sampling::Sampling;
use crate::ask::sampling::tools::{ModelToolCall, ModelTools, failed};
use crate::ask::set_apart;
use crate::component::Components;
use crate::component::registration::Registration;
use crate::component::tool::call::Call;
use crate::component::tool::dynamic::Tool;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::spec::ToolSpec;
use crate::context::exchange::Span;
use crate::context::handle::Context;
use crate::shorten::{reason, shorten};

impl Sampling {
    /// Adds tools for the model, by the names of their functions: one, or a tuple of them.
    ///
    /// The whole exchange runs by itself: the model asks for tools, they are called, their results
    /// go back, until it answers or [`Sampling::max_rounds`] is reached. Each call is made once,
    /// like what is in a [`once`](Context::once), so these tools cannot ask anything themselves.
    /// The client has to declare `sampling.tools`.
    pub fn tools<C: Components>(mut self) -> Self {
        let mut registration = Registration::default();
        C::register_all(&mut registration);
        self.toolbox.add(Tools::of(registration));
        self
    }

    /// Adds a tool that is created at run time.
    pub fn tool(mut self, tool: Tool) -> Self {
        let mut registration = Registration::default();
        registration.add_tool(tool);
        self.toolbox.add(Tools::of(registration));
        self
    }
}

/// Checked tools for a model.
struct Tools(Vec<Arc<ToolSpec>>);

impl Tools {
    fn of(registration: Registration) -> Result<Box<dyn ModelTools>, Vec<String>> {
        let (finished, errors) = registration.finish();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Box::new(Self(finished.tools.into_iter().map(Arc::new).collect())))
    }

    async fn result(&self, cx: &Context, name: &str, input: String) -> ToolResultContent {
        let Some(tool) = self.0.iter().find(|tool| tool.name() == name) else {
            return failed(format!("unknown tool: {}", shorten(name)));
        };
        let reply = tool.handler.call(call(cx, tool, &input)).await;
        from_reply(cx, reply)
    }
}

impl ModelTools for Tools {
    fn definitions(&self) -> Vec<Definition> {
        let definition = |tool: &Arc<ToolSpec>| {
            let mut definition = tool.tool.clone();
            definition.output_schema = None;
            definition.annotations = None;
            definition.meta = None;
            definition
        };
        self.0.iter().map(definition).collect()
    }

    fn call<'a>(
        &'a self,
        cx: &'a Context,
        conversation: &'a str,
        round: usize,
        wanted: &'a ToolUseContent,
    ) -> ModelToolCall<'a> {
        // The model's words are part of the key: it may reuse an id for something else.
        let input = Value::Object(wanted.input.clone()).to_string();
        let words = format!("{} {input}", wanted.id);
        let words = Digest::of(Method::ToolsCall, Some(&wanted.name), &words).hex();
        let key = format!("{conversation}/{round}/{words}");
        Box::pin(async move {
            let result = cx.once(key, async || self.result(cx, &wanted.name, input.clone()).await);
            let mut result = result.await;
            result.tool_use_id.clone_from(&wanted.id);
            result
        })
    }
}

/// A call of a tool that is part of the request that the handler serves.
fn call(cx: &Context, tool: &Arc<ToolSpec>, input: &str) -> Call {
    let mut exchange = cx.exchange().clone();
    // Spans of the request stay valid, because the arguments are appended.
    let start = exchange.frame.len();
    exchange.frame = Bytes::from([&exchange.frame, input.as_bytes()].concat());
    let arguments = Span::between(start, exchange.frame.len());
    exchange.progress_token = None;
    // Keys of `once` are separate for each call of a tool.
    set_apart(&mut exchange);
    Call::new(Arc::clone(cx.host()), Arc::clone(tool), exchange, arguments)
}

fn from_reply(cx: &Context, reply: ToolReply) -> ToolResultContent {
    let outcome = match reply {
        Ok(outcome) => outcome,
        Err(error) => return failed(error.message.into_owned()),
    };
    let mut members = vec![b'{'];
    outcome.write_members(&mut members, cx.exchange().facts());
    members.push(b'}');
    match serde_json::from_slice::<CallToolResult>(&members) {
        Ok(result) => {
            let structured = result.structured_content;
            let mut content = ToolResultContent::new("", result.content);
            content.structured_content =
                structured.and_then(|value| serde_json::from_str(value.get()).ok());
            content.is_error = result.is_error;
            content
        }
        Err(error) => {
            failed(format!("the tool answered what cannot be passed on: {}", reason(&error)))
        }
    }
}
