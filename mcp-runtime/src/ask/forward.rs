//! Questions of an upstream server, forwarded to the client.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::Raw;
use mcp_core::method::{ClientCapability, Method};
use mcp_core::protocol::{
    ClientCapabilities, ElicitationCapability, RootsCapability, SamplingCapability, Settings,
};
use mcp_core::revision::Asks;
use serde_json::value::RawValue;

use super::elicitation::{action, fit, parse};
use super::question::{Check, Needs, Question};
use super::url::random_id;
use super::{AskError, AskErrorKind, ask};
use crate::context::handle::Context;
use crate::context::questions::Questions as _;
use crate::context::request_meta::forwarded_members;

/// Forwards a question and returns the JSON of the answer. The number distinguishes the question from
/// equal ones of the same call.
pub(crate) async fn forward(
    cx: &Context,
    method: Method,
    params: &str,
    key: Option<String>,
    number: u64,
) -> Result<String, AskError> {
    let original = Raw::from_accepted(params);
    let needs = needs(method, original).ok_or_else(|| {
        let message = format!("a server behind this one asks `{method}`, which is no question");
        AskError::new(AskErrorKind::Unavailable, message)
    })?;
    let in_session = cx.exchange().facts().asks == Asks::ServerRequests;
    let schema = original.member("requestedSchema").map(|schema| fit(cx, schema)).transpose()?;
    let params = adapted(original, schema.as_deref(), needs == Needs::Urls && in_session);
    let identity = format!("{number}:{}", original.as_str());
    let question = Question::new(method, needs, params, key, Some(&identity), check(method));
    ask(cx.clone(), question).await.map(|answer| answer.get().to_owned())
}

/// Capabilities for an upstream server: the kinds of questions that our client supports.
pub(crate) fn forwardable(cx: &Context) -> ClientCapabilities {
    let given = |needs: Needs| needs.are_met_by(cx).then(Settings::new);
    let mut found = ClientCapabilities::default();
    let mut elicitation = ElicitationCapability::default();
    elicitation.form = given(Needs::Forms);
    elicitation.url = given(Needs::Urls);
    found.elicitation = Some(elicitation).filter(|asks| asks.form.is_some() || asks.url.is_some());
    found.sampling = given(Needs::Sampling).map(|_| {
        let mut sampling = SamplingCapability::default();
        sampling.tools = given(Needs::SamplingWithTools);
        sampling
    });
    found.roots = given(Needs::Roots).map(|_| RootsCapability::default());
    found
}

/// Returns `true` if the request has ended with its questions, so that its handler runs again.
pub(crate) fn is_suspended(cx: &Context) -> bool {
    cx.asking().has_ended()
}

/// Time limit for an answer.
pub(crate) fn answer_timeout(cx: &Context) -> std::time::Duration {
    cx.host().asking().answer_timeout
}

fn needs(method: Method, params: Raw<'_>) -> Option<Needs> {
    Some(match method.client_capability()? {
        ClientCapability::Elicitation => {
            match params.member("mode").and_then(Raw::string).as_deref() {
                Some("url") => Needs::Urls,
                _ => Needs::Forms,
            }
        }
        ClientCapability::Sampling if params.member("tools").is_some() => Needs::SamplingWithTools,
        ClientCapability::Sampling => Needs::Sampling,
        ClientCapability::Roots => Needs::Roots,
    })
}

/// The parameters without members that concern the upstream connection alone. Sessions require an
/// `elicitationId` for every URL, which the modern era does not have. `schema` is that of a form in the
/// client's revision.
fn adapted(params: Raw<'_>, schema: Option<&str>, needs_id: bool) -> String {
    json::object_string(|object| {
        let (mut id, mut meta) = (None, String::new());
        for (key, value) in params.members() {
            match &*key {
                "_meta" => meta = forwarded_members(value, &[]),
                "task" => {}
                "elicitationId" => id = Some(value),
                "requestedSchema" => {
                    let schema = schema.unwrap_or(value.as_str());
                    object.entry(&key).extend_from_slice(schema.as_bytes());
                }
                other => object.entry(other).extend_from_slice(value.as_str().as_bytes()),
            }
        }
        match id {
            _ if !needs_id => {}
            Some(id) => object.raw("elicitationId", id.as_str()),
            None => object.value("elicitationId", &random_id()),
        }
        if !meta.is_empty() {
            object.object("_meta", |object| object.members(|out| out.extend(meta.bytes())));
        }
    })
}

/// Creates the check that every answer to a method must pass. The upstream server checks the rest.
fn check(method: Method) -> Check {
    Arc::new(move |answer: &RawValue| {
        if method == Method::Elicit {
            return action(&parse(answer)?).map(drop);
        }
        let is_object = answer.get().trim_start().starts_with('{');
        if is_object { Ok(()) } else { Err("expected an object".to_owned()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(params: &str, needs_id: bool, expected: &str) {
        assert_eq!(adapted(Raw::from_accepted(params), None, needs_id), expected);
    }

    #[test]
    fn members_of_the_upstream_connection_are_removed() {
        check(
            r#"{"message":"m","requestedSchema":{"x-y":1,"type":"object"},"_meta":{"progressToken":1},"task":{}}"#,
            false,
            r#"{"message":"m","requestedSchema":{"x-y":1,"type":"object"}}"#,
        );
        check(
            r#"{"message":"m","_meta":{"a/b":1,"progressToken":1},"x":2}"#,
            false,
            r#"{"message":"m","x":2,"_meta":{"a/b":1}}"#,
        );
        let url = r#"{"mode":"url","elicitationId":"e","url":"https://a"}"#;
        check(url, false, r#"{"mode":"url","url":"https://a"}"#);
        check(url, true, r#"{"mode":"url","url":"https://a","elicitationId":"e"}"#);
        let named = adapted(Raw::from_accepted(r#"{"mode":"url"}"#), None, true);
        assert!(named.starts_with(r#"{"mode":"url","elicitationId":""#), "{named}");
    }
}
