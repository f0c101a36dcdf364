//! Questions of another server, asked as they came.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::Raw;
use mcp_core::method::{ClientCapability, Method};
use mcp_core::protocol::{
    ClientCapabilities, ElicitationCapability, RootsCapability, SamplingCapability, Settings,
};
use mcp_core::revision::Asks;
use serde_json::value::RawValue;

use super::elicitation::{action, parse};
use super::question::{Check, Digest, Needs, Question};
use super::url::random_id;
use super::{AskError, AskErrorKind, ask};
use crate::context::handle::Context;
use crate::context::questions::Questions as _;

/// Asks what another server asks, and gives the JSON of the answer. The number tells the question
/// from others of the same call that may have the same words.
pub(crate) async fn pass_on(
    cx: &Context,
    method: Method,
    params: &str,
    key: Option<String>,
    number: u64,
) -> Result<String, AskError> {
    let asked = Raw::from_accepted(params);
    let needs = needs(method, asked).ok_or_else(|| {
        let message = format!("a server behind this one asks `{method}`, which is no question");
        AskError::new(AskErrorKind::Unavailable, message)
    })?;
    let in_session = cx.exchange().facts().asks == Asks::ServerRequests;
    let params = fitted(asked, needs == Needs::Urls && in_session);
    let digest = Digest::of(method, key.as_deref(), &format!("{number}:{}", asked.as_str()));
    let check = check(method);
    let question = Question { method, params, key, digest, needs, check };
    ask(cx.clone(), question).await.map(|answer| answer.get().to_owned())
}

/// What the client of a request can be asked, as another server is told it.
pub(crate) fn askable(cx: &Context) -> ClientCapabilities {
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

/// Whether the request has ended with its questions, so that its handler runs again.
pub(crate) fn is_suspended(cx: &Context) -> bool {
    cx.asking().has_ended()
}

/// How long an answer may take.
pub(crate) fn patience(cx: &Context) -> std::time::Duration {
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

/// The parameters without what concerns the other server and its client alone. Sessions want an id
/// for every URL, which the modern era does not have.
fn fitted(params: Raw<'_>, wants_id: bool) -> String {
    json::object_string(|object| {
        let mut id = None;
        for (key, value) in params.members() {
            match &*key {
                "_meta" | "task" => {}
                "elicitationId" => id = Some(value),
                other => object.entry(other).extend_from_slice(value.as_str().as_bytes()),
            }
        }
        match id {
            _ if !wants_id => {}
            Some(id) => object.raw("elicitationId", id.as_str()),
            None => object.value("elicitationId", &random_id()),
        }
    })
}

/// What every answer to a question of a method is; the rest is for the other server to judge.
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

    fn check(params: &str, wants_id: bool, expected: &str) {
        assert_eq!(fitted(Raw::from_accepted(params), wants_id), expected);
    }

    #[test]
    fn what_concerns_the_other_connection_stays_there() {
        check(
            r#"{"message":"m","requestedSchema":{"x-y":1,"type":"object"},"_meta":{"progressToken":1},"task":{}}"#,
            false,
            r#"{"message":"m","requestedSchema":{"x-y":1,"type":"object"}}"#,
        );
        let url = r#"{"mode":"url","elicitationId":"e","url":"https://a"}"#;
        check(url, false, r#"{"mode":"url","url":"https://a"}"#);
        check(url, true, r#"{"mode":"url","url":"https://a","elicitationId":"e"}"#);
        let named = fitted(Raw::from_accepted(r#"{"mode":"url"}"#), true);
        assert!(named.starts_with(r#"{"mode":"url","elicitationId":""#), "{named}");
    }
}
