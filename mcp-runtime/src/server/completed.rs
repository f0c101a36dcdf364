//! Answers before they are written.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "http")]
use mcp_core::jsonrpc::ErrorCode;
use mcp_core::jsonrpc::{ProtocolError, RequestId};
use mcp_core::revision::{CacheHint, ResponseEnvelope, Revision, write_error, write_result};

use super::masking;
use super::result_size::oversized;
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
#[cfg(feature = "http")]
use crate::context::budget::Budget;
use crate::context::members::Members;

/// Size from which members are large, in bytes.
const LARGE: usize = 16 << 10;

/// An answer that waits to be rendered.
pub(crate) struct Completed {
    app: Arc<App>,
    id: RequestId,
    revision: Revision,
    output: Result<HandlerOutput, ProtocolError>,
}

impl Completed {
    pub(crate) fn new(
        app: &Arc<App>,
        id: RequestId,
        revision: Revision,
        mut output: Result<HandlerOutput, ProtocolError>,
    ) -> Self {
        masking::mask(app, &mut output);
        Self { app: Arc::clone(app), id, revision, output }
    }

    /// The code, if the answer is an error.
    #[cfg(feature = "http")]
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        self.output.as_ref().err().map(|error| error.code)
    }

    /// Estimated length of the answer, in bytes.
    fn size_hint(&self) -> usize {
        const ENVELOPE: usize = 256;
        ENVELOPE
            + match &self.output {
                Err(_) => 0,
                Ok(HandlerOutput::Members(members)) => members.members.len(),
                Ok(HandlerOutput::Tool(outcome)) => outcome.size_hint(),
            }
    }

    /// Appends the answer, JSON text without a line break.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.reserve(self.size_hint());
        self.write_output(out, &self.output);
        let size = out.len() - start;
        let max = self.app.bounds.max_result_size;
        if size > max
            && let Ok(output) = &self.output
        {
            out.truncate(start);
            self.write_output(out, &oversized(output, size, max));
        }
    }

    fn write_output(&self, out: &mut Vec<u8>, output: &Result<HandlerOutput, ProtocolError>) {
        match output {
            Err(error) => write_error(out, Some(&self.id), error),
            Ok(HandlerOutput::Members(output)) => {
                self.write_members(out, output, |out| out.extend_from_slice(&output.members));
            }
            Ok(HandlerOutput::Tool(outcome)) => {
                let (facts, meta) = (self.revision.facts(), outcome.meta_members());
                let result_type = outcome.result_type();
                let envelope = ResponseEnvelope { meta: &meta, result_type, ..self.envelope() };
                write_result(out, facts, envelope, |out| outcome.write_members(out, facts));
            }
        }
    }

    fn envelope(&self) -> ResponseEnvelope<'_> {
        ResponseEnvelope {
            id: &self.id,
            server_info: &self.app.info_json,
            meta: "",
            cache: None,
            result_type: None,
        }
    }

    /// Appends an answer whose members `write` appends.
    fn write_members(
        &self,
        out: &mut Vec<u8>,
        Members { meta, cache, result_type, .. }: &Members,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        // A list that depends on the caller is not shared.
        let is_shared = |hint: &CacheHint| !hint.private && !self.app.depends_on_caller();
        let cache = cache.map(|hint| match is_shared(&hint) {
            true => hint,
            false => CacheHint::private(hint.ttl_ms),
        });
        let result_type = result_type.as_deref();
        let envelope = ResponseEnvelope { meta, cache, result_type, ..self.envelope() };
        write_result(out, self.revision.facts(), envelope, write);
    }

    /// The answer around large members that other answers share, so that these need not be copied: what
    /// precedes them, the members, and what follows them.
    ///
    /// A list of 1,000 tools has 200 KB, whose copy and search for line breaks are all that it costs.
    pub(crate) fn around_shared(&self) -> Option<(Vec<u8>, &Bytes, Vec<u8>)> {
        let Ok(HandlerOutput::Members(output)) = &self.output else { return None };
        if !output.is_shared_line || output.members.len() < LARGE {
            return None;
        }
        let (mut head, mut start) = (Vec::with_capacity(512), 0);
        self.write_members(&mut head, output, |out| {
            start = out.len();
            // Stands for the members, because an empty result would have no comma behind it.
            out.push(b' ');
        });
        let tail = head.split_off(start + 1);
        head.truncate(start);
        let size = head.len() + output.members.len() + tail.len();
        (size <= self.app.bounds.max_result_size).then_some((head, &output.members, tail))
    }

    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }

    /// Budget of the server.
    #[cfg(feature = "http")]
    pub(crate) fn memory(&self) -> &Arc<Budget> {
        &self.app.memory
    }

    /// The answer on its own.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::builder::Server;

    fn list(length: usize, is_shared_line: bool) -> Members {
        let members = format!(r#""tools":["{}"]"#, "x".repeat(length)).into();
        let cache = Some(CacheHint::public(5));
        Members { members, cache, is_shared_line, ..Members::default() }
    }

    /// Checks that the pieces of an answer are the answer, or that there are none.
    fn check(server: Server, members: &dyn Fn() -> Members, has_pieces: bool) {
        let app = server.build().unwrap();
        for revision in Revision::ALL {
            let output = Ok(HandlerOutput::Members(members()));
            let answer = Completed::new(&app, RequestId::Integer(7), revision, output);
            let pieces = answer.around_shared();
            assert_eq!(pieces.is_some(), has_pieces, "{revision:?}");
            let Some((head, members, tail)) = pieces else { continue };
            assert_eq!([&head[..], members, &tail].concat(), answer.to_vec(), "{revision:?}");
        }
    }

    #[test]
    fn a_large_list_is_written_in_pieces() {
        let server = || Server::new("s", "1");
        check(server(), &|| list(LARGE, true), true);
        let meta = || Members { meta: r#""a":1"#.into(), ..list(LARGE, true) };
        check(server(), &meta, true);
    }

    #[test]
    fn other_answers_are_written_whole() {
        let server = || Server::new("s", "1");
        check(server(), &|| list(10, true), false);
        check(server(), &|| list(LARGE, false), false);
        check(server().max_result_size(LARGE), &|| list(LARGE, true), false);
    }
}
