//! Servers that require access tokens, as clients see them.

#![allow(missing_docs)]

mod binding;
mod dpop;
mod introspection;
mod issuer;
mod keys;
mod malformed;
mod metadata;
mod providers;
mod rotation;
mod site;
mod static_tokens;
mod tokens;
