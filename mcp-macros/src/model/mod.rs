//! All rules and their messages. Turns parsed items into checked ones.
//!
//! Checked items need no further checks, so `expand` cannot fail.

pub(crate) mod annotations;
pub(crate) mod ask;
pub(crate) mod caching;
pub(crate) mod case;
pub(crate) mod choice;
pub(crate) mod client;
pub(crate) mod component;
pub(crate) mod contract;
pub(crate) mod derived;
pub(crate) mod form;
pub(crate) mod icon;
pub(crate) mod item;
pub(crate) mod json;
pub(crate) mod literal;
pub(crate) mod method;
pub(crate) mod name;
pub(crate) mod param;
pub(crate) mod prompt;
pub(crate) mod resource;
pub(crate) mod rules;
pub(crate) mod server;
pub(crate) mod signature;
pub(crate) mod surroundings;
pub(crate) mod task;
pub(crate) mod template;
pub(crate) mod tool;
pub(crate) mod types;
pub(crate) mod unique;
pub(crate) mod uri;
pub(crate) mod uri_params;
