//! Resources and templates: what clients read by its URI.

mod spec;

pub(crate) use spec::{ResourceSpec, TemplateSpec};
