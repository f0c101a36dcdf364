//! One request and what comes back for it, within its time.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::protocol::{ProgressParams, ProgressToken};
use mcp_core::revision::{Revision, append_json, write_notification};
use tokio::time::Instant;

use super::clock::{Clock, after};
use super::error::Error;
use super::inbound::Inbound;
use super::logs::OnLog;
use super::transport::{Json, Mirrored, Note, Outgoing, Replies, Reply, Transport};

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Since the server was last heard of about it.
    pub(crate) quiet: Duration,
    /// In all.
    pub(crate) longest: Duration,
}

/// Hears of the progress of a request.
pub(crate) type OnProgress = Box<dyn FnMut(ProgressParams) + Send>;

/// Who hears what the server says beside the result of a request.
#[derive(Default)]
pub(crate) struct Hearing<'a> {
    pub(crate) progress: Option<&'a mut OnProgress>,
    pub(crate) log: Option<OnLog>,
}

/// A request before it has an id.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// The parameters without `_meta`, an object as JSON.
    pub(crate) params: &'a str,
    /// Members of `_meta` as JSON, without the braces; empty for none.
    pub(crate) meta: &'a str,
    pub(crate) revision: Revision,
    pub(crate) mirrored: Mirrored,
    /// Whether the server is to tell of its progress, which also shows that it is at work.
    pub(crate) wants_progress: bool,
}

/// Sends a request.
pub(crate) async fn send(
    transport: &dyn Transport,
    id: i64,
    asked: &Asked<'_>,
) -> Result<Box<dyn Replies>, Error> {
    let outgoing = Outgoing {
        id,
        method: asked.method.into(),
        frame: envelope(id, asked),
        revision: asked.revision,
        cancellable: Method::parse(asked.method).is_none_or(Method::is_cancellable),
        mirrored: asked.mirrored.clone(),
    };
    transport.request(outgoing).await
}

/// Sends a notification that says nothing but its method, and waits until it is on its way.
pub(crate) async fn tell(
    transport: &dyn Transport,
    method: Method,
    patience: Duration,
) -> Result<(), Error> {
    let mut message = Vec::new();
    write_notification(&mut message, method.as_str(), "{}");
    let told = tokio::time::timeout(patience, transport.tell(message)).await;
    told.map_err(|_| Error::Timeout {
        method: method.to_string(),
        after: patience,
        seen: transport.seen(),
    })?
}

/// Sends a request and waits for its result.
pub(crate) async fn ask(
    transport: &dyn Transport,
    inbound: &Arc<Inbound>,
    id: i64,
    asked: &Asked<'_>,
    (patience, clock): (Patience, &Clock),
    hearing: Hearing<'_>,
) -> Result<Json, Error> {
    let in_flight = inbound.requests.enter(hearing.log.clone());
    let outcome = answered(transport, inbound, id, asked, (patience, clock), hearing).await;
    if !matches!(outcome, Err(Error::Timeout { .. })) {
        in_flight.over();
    }
    outcome
}

async fn answered(
    transport: &dyn Transport,
    inbound: &Arc<Inbound>,
    id: i64,
    asked: &Asked<'_>,
    (patience, clock): (Patience, &Clock),
    hearing: Hearing<'_>,
) -> Result<Json, Error> {
    let Hearing { mut progress, log } = hearing;
    let mut heard_of = Instant::now();
    let hard = || clock.after(patience.longest, &inbound.pauses);
    let mut deadline = hard().min(after(heard_of, patience.quiet));
    let timed_out = || Error::Timeout {
        method: asked.method.to_owned(),
        after: clock.elapsed(),
        seen: transport.seen(),
    };
    let sent = tokio::time::timeout_at(deadline, send(transport, id, asked)).await;
    let mut replies = sent.map_err(|_| timed_out())??;
    loop {
        match tokio::time::timeout_at(deadline, replies.next()).await {
            Ok(Ok(Reply::Answer(answer))) => {
                return answer.map_err(|error| {
                    inbound.handlers.errands.begin_those_of(&error);
                    Error::Remote(error)
                });
            }
            Ok(Ok(Reply::Note(note))) => {
                if let Some(told) = progress_of(id, &note) {
                    heard_of = Instant::now();
                    deadline = hard().min(after(heard_of, patience.quiet));
                    if let Some(heard) = &mut progress {
                        heard(told);
                    }
                } else if let Some(heard) = log.as_ref().filter(|_| is_log(&note)) {
                    inbound.log(note.params.raw(), heard);
                } else {
                    inbound.notification(&note);
                }
            }
            Ok(Ok(Reply::Missed)) => {}
            Ok(Err(error)) => return Err(error),
            // While the user or the model of this client thinks, it is not the server that is late,
            // and afterwards it has all its time.
            Err(_) => {
                let since = inbound.pauses.until().unwrap_or(heard_of).max(heard_of);
                deadline = hard().min(after(since, patience.quiet));
                if deadline <= Instant::now() {
                    return Err(timed_out());
                }
            }
        }
    }
}

fn is_log(note: &Note) -> bool {
    &*note.method == Method::LogMessage.as_str()
}

fn progress_of(id: i64, note: &Note) -> Option<ProgressParams> {
    if &*note.method != Method::Progress.as_str() {
        return None;
    }
    let progress: ProgressParams = serde_json::from_str(note.params.as_str()).ok()?;
    (progress.progress_token == ProgressToken(id.into())).then_some(progress)
}

fn envelope(id: i64, asked: &Asked<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(asked.params.len() + asked.meta.len() + 128);
    out.extend_from_slice(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"#).as_bytes());
    append_json(&mut out, asked.method);
    out.extend_from_slice(br#","params":"#);
    let token = asked.wants_progress.then(|| format!(r#""progressToken":{id}"#));
    let members: Vec<&str> = [asked.meta, token.as_deref().unwrap_or_default()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    if members.is_empty() {
        out.extend_from_slice(asked.params.as_bytes());
    } else {
        let meta = format!(r#""_meta":{{{}}}"#, members.join(","));
        out.extend_from_slice(with_member(asked.params, &meta).as_bytes());
    }
    out.push(b'}');
    out
}

/// An object with one more member at its end.
pub(crate) fn with_member(object: &str, member: &str) -> String {
    let open = object.trim_end().strip_suffix('}').unwrap_or("{").trim_end();
    let comma = if open.ends_with('{') { "" } else { "," };
    format!("{open}{comma}{member}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(params: &str, meta: &str, wants_progress: bool, expected: &str) {
        let asked = Asked {
            method: Method::ToolsCall.as_str(),
            params,
            meta,
            revision: Revision::V2026_07_28,
            mirrored: Mirrored::default(),
            wants_progress,
        };
        let written = String::from_utf8(envelope(7, &asked)).unwrap();
        let expected =
            format!(r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{expected}}}"#);
        assert_eq!(written, expected);
    }

    #[test]
    fn metadata_is_put_behind_the_parameters() {
        check("{}", "", false, "{}");
        check(r#"{"name":"a"}"#, "", false, r#"{"name":"a"}"#);
        check("{}", r#""a":1"#, false, r#"{"_meta":{"a":1}}"#);
        check(r#"{"name":"}"}"#, "", true, r#"{"name":"}","_meta":{"progressToken":7}}"#);
        check(r#"{"n":{}}"#, r#""a":1"#, true, r#"{"n":{},"_meta":{"a":1,"progressToken":7}}"#);
    }
}
