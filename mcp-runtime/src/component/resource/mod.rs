//! Resources and templates: what clients read by its URI.
//!
//! Specification: [Resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources).

pub(crate) mod builder;
pub(crate) mod contents;
pub(crate) mod dynamic;
pub(crate) mod find;
pub(crate) mod json;
pub(crate) mod lister;
pub(crate) mod listing;
pub(crate) mod outcome;
pub(crate) mod read;
pub(crate) mod spec;
#[cfg(test)]
mod tests;
#[cfg(feature = "client")]
pub(crate) mod upstream_watch;

pub(crate) use builder::ResourceBuilder;
pub(crate) use contents::Contents;
pub(crate) use find::reader as find_reader;
pub(crate) use json::Json;
pub(crate) use lister::{List as ListResources, Lister};
pub(crate) use listing::{is_dynamic, list};
pub(crate) use outcome::ReadOutcome;
pub(crate) use spec::{ReadFuture, ReadReply};
pub(crate) use spec::{ReadableSpec, Reader, ResourceSpec, TemplateSpec};
