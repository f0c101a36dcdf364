//! Resources and templates: what clients read by its URI.
//!
//! Specification: [Resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources).

mod builder;
mod contents;
mod dynamic;
mod find;
mod json;
mod lister;
mod listing;
mod outcome;
mod read;
mod spec;
#[cfg(test)]
mod tests;

pub use builder::ResourceBuilder;
pub use contents::{
    Contents, FallibleContents, FallibleJson, JsonContents, PlainContents, PlainJson,
};
pub use dynamic::{DynamicContents, Resource, Variables, ViaContents, ViaFallibleContents};
pub use json::Json;
pub use lister::{Links, List as ListResources, Lister};
pub(crate) use listing::{is_dynamic, list};
pub use outcome::ReadOutcome;
pub(crate) use outcome::meta_members;
pub(crate) use read::read;
pub use spec::{ReadFuture, ReadReply};
pub(crate) use spec::{ReadableSpec, Reader, ResourceSpec, TemplateSpec};
