//! Output of the handler of a resource, before its URI is added.

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::CacheScope;
use mcp_core::protocol::{Meta, ReadResourceResult, ResourceContents};
use mcp_core::revision::CacheHint;

use crate::component::rendered::meta_members;
use crate::component::strings::failure::Failure;
use crate::context::members::Members;

/// Output of the handler of a resource.
#[derive(Debug)]
pub enum ReadOutcome {
    /// Text.
    Text(String),
    /// A value as JSON text.
    Json(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A file.
    #[cfg(feature = "files")]
    File(crate::files::File),
    /// Contents that the handler has composed.
    Composed(Box<ReadResourceResult>),
    /// The result of an upstream server.
    #[cfg(feature = "client")]
    Upstream(Box<UpstreamRead>),
    /// The resource does not exist, with an optional reason.
    NotFound(Option<String>),
}

/// The result of an upstream server, in the form of the client's revision.
#[cfg(feature = "client")]
#[derive(Debug)]
pub struct UpstreamRead(Members);

impl ReadOutcome {
    #[cfg(feature = "client")]
    pub(crate) fn upstream(members: Members) -> Self {
        Self::Upstream(Box::new(UpstreamRead(members)))
    }

    pub(crate) fn composed(contents: Vec<ResourceContents>) -> Self {
        Self::Composed(Box::new(ReadResourceResult::new(contents)))
    }

    pub(crate) fn failed(failure: Failure) -> Result<Self, ProtocolError> {
        match failure {
            Failure::NotFound(because) => Ok(Self::NotFound(because)),
            Failure::Protocol(error) => Err(error),
        }
    }

    /// Returns the members of the result, or the reason why the resource does not exist.
    pub(crate) fn into_members(
        self,
        uri: &str,
        mime_type: Option<&str>,
        hint: CacheHint,
    ) -> Result<Members, Option<String>> {
        let with_type = |mut contents: ResourceContents, other: Option<&str>| {
            contents.mime_type = mime_type.or(other).map(str::to_owned);
            vec![contents]
        };
        let result = match self {
            Self::Text(text) => with_type(ResourceContents::text(uri, text), None),
            Self::Json(json) => {
                with_type(ResourceContents::text(uri, json), Some("application/json"))
            }
            Self::Blob(bytes) => with_type(ResourceContents::blob(uri, bytes), None),
            #[cfg(feature = "files")]
            Self::File(file) => {
                let media_type = file.media_type();
                with_type(file.into_contents(uri), Some(media_type))
            }
            Self::Composed(result) => return Ok(composed(*result, hint)),
            #[cfg(feature = "client")]
            Self::Upstream(read) => return Ok(read.0),
            Self::NotFound(because) => return Err(because),
        };
        Ok(members(&result, None, hint))
    }
}

fn composed(result: ReadResourceResult, hint: CacheHint) -> Members {
    let ttl_ms = result.ttl_ms.unwrap_or(hint.ttl_ms);
    let hint = match result.cache_scope {
        Some(CacheScope::Public) => CacheHint::public(ttl_ms),
        None if !hint.private => CacheHint::public(ttl_ms),
        Some(_) | None => CacheHint::private(ttl_ms),
    };
    members(&result.contents, result.meta.as_ref(), hint)
}

fn members(contents: &[ResourceContents], meta: Option<&Meta>, hint: CacheHint) -> Members {
    let mut members = Vec::new();
    json::members(&mut members, |result| result.value("contents", contents));
    Members {
        members: members.into(),
        meta: meta_members(meta),
        cache: Some(hint),
        ..Members::default()
    }
}
