//! The client against scripted servers and against servers of this crate.

#![allow(missing_docs)]

mod caching;
mod calls;
mod fallback;
mod floods;
mod hostile_texts;
mod http;
mod http_options;
mod http_sessions;
mod lists;
mod lost_sessions;
mod malformed;
mod opening;
mod peer;
mod questions;
mod reopening;
mod robustness;
mod routing;
mod rules;
mod subscriptions;
mod tasks;
mod timeouts;
mod trickle;
mod typed;
mod typed_check;
mod wire;
