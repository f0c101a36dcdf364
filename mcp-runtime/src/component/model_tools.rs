//! The tools that a model is given while it is asked.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::method::Method;
use mcp_core::protocol::{
    CallToolResult, Content, Tool as Listed, ToolResultContent, ToolUseContent,
};
use serde_json::Value;

use crate::ask::error::{AskError, AskErrorKind};
use crate::ask::question::Digest;
use crate::ask::set_apart;
use crate::component::Components;
use crate::component::registration::Registration;
use crate::component::tool::call::Call;
use crate::component::tool::dynamic::Tool;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::spec::ToolSpec;
use crate::context::exchange::Span;
use crate::context::handle::Context;

/// Tools, as a handler names them.
#[derive(Default)]
pub(crate) struct Toolbox(Registration);

impl Toolbox {
    pub(crate) fn add<C: Components>(&mut self) {
        C::register_all(&mut self.0);
    }

    pub(crate) fn add_one(&mut self, tool: Tool) {
        self.0.add_tool(tool);
    }

    /// The tools, ready to be called.
    pub(crate) fn open(self) -> Result<Tools, AskError> {
        let (finished, mut faults) = self.0.finish();
        let tools: Vec<_> = finished.tools.into_iter().map(Arc::new).collect();
        for (index, tool) in tools.iter().enumerate() {
            if tools[..index].iter().any(|other| other.name() == tool.name()) {
                faults.push(format!("two tools are named `{}`", tool.name()));
            }
        }
        if faults.is_empty() {
            return Ok(Tools(tools));
        }
        let message = format!("the tools for the model are not right: {}", faults.join("; "));
        Err(AskError::new(AskErrorKind::Unavailable, message))
    }
}

/// Tools that can be called.
pub(crate) struct Tools(Vec<Arc<ToolSpec>>);

impl Tools {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the model reads about them.
    pub(crate) fn listed(&self) -> Vec<Listed> {
        let listed = |tool: &Arc<ToolSpec>| {
            let mut listed = tool.tool.clone();
            listed.output_schema = None;
            listed.annotations = None;
            listed.meta = None;
            listed
        };
        self.0.iter().map(listed).collect()
    }

    /// Calls the tool that a model wants to use, once in the call of the handler.
    pub(crate) async fn call(
        &self,
        cx: &Context,
        conversation: &str,
        round: usize,
        wanted: &ToolUseContent,
    ) -> ToolResultContent {
        // What the model says is part of the key: it may reuse an id for something else.
        let input = Value::Object(wanted.input.clone()).to_string();
        let said = format!("{} {input}", wanted.id);
        let said = Digest::of(Method::ToolsCall, Some(&wanted.name), &said).hex();
        let key = format!("{conversation}/{round}/{said}");
        let result = cx.once(key, async || self.result(cx, &wanted.name, input.clone()).await);
        ToolResultContent { tool_use_id: wanted.id.clone(), ..result.await }
    }

    async fn result(&self, cx: &Context, name: &str, input: String) -> ToolResultContent {
        let Some(tool) = self.0.iter().find(|tool| tool.name() == name) else {
            let known: Vec<_> = self.0.iter().map(|tool| tool.name()).collect();
            return failed(format!("unknown tool: {name}; there are {}", known.join(", ")));
        };
        let reply = tool.handler.call(call(cx, tool, &input)).await;
        from_reply(cx, reply)
    }
}

/// A call of a tool that is part of the request that the handler serves.
fn call(cx: &Context, tool: &Arc<ToolSpec>, input: &str) -> Call {
    let mut exchange = cx.exchange().clone();
    // Its own parts stay where they are; the arguments follow behind them.
    let start = exchange.frame.len();
    exchange.frame = Bytes::from([&exchange.frame, input.as_bytes()].concat());
    let arguments = Span::between(start, exchange.frame.len());
    exchange.progress_token = None;
    // What it does once, it does once in this call of it, whatever others do under the same key.
    set_apart(&mut exchange);
    Call::new(Arc::clone(cx.app()), Arc::clone(tool), exchange, arguments)
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
        Ok(result) => ToolResultContent {
            content: result.content,
            structured_content: result
                .structured_content
                .and_then(|value| serde_json::from_str(value.get()).ok()),
            is_error: result.is_error,
            ..ToolResultContent::default()
        },
        Err(error) => failed(format!("the tool answered what cannot be passed on: {error}")),
    }
}

fn failed(text: String) -> ToolResultContent {
    ToolResultContent {
        content: vec![Content::text(text)],
        is_error: true,
        ..ToolResultContent::default()
    }
}
