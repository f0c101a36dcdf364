//! Servers that require access tokens, as clients see them.

#![allow(missing_docs)]

mod binding;
mod documents;
mod dpop;
mod introspection;
mod isolation;
mod issuer;
mod keys;
#[cfg(all(feature = "auth-client", feature = "testing"))]
mod login;
mod malformed;
mod metadata;
mod principals;
mod providers;
mod rotation;
mod scopes;
mod site;
mod static_tokens;
mod tasks;
mod tokens;
