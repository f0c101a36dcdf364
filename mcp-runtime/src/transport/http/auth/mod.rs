//! Access to a server over HTTP: access tokens, their verification, and the metadata of the server as a
//! protected resource.
//!
//! Specification: [Authorization](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization),
//! [bearer tokens, RFC 6750](https://www.rfc-editor.org/rfc/rfc6750),
//! [protected resource metadata, RFC 9728](https://www.rfc-editor.org/rfc/rfc9728).

mod builder;
mod claims;
mod clock;
mod credentials;
mod discovery;
mod dpop;
mod gate;
mod introspection;
mod jwks;
mod jwt;
mod metadata;
mod providers;
mod recent;
mod refusal;
mod static_tokens;
mod verifier;

pub use self::builder::{Auth, NoAudience, Unset};
pub use self::introspection::Introspection;
pub use self::jwt::Jwt;
pub use self::metadata::MetadataService;
pub use self::providers::TokenInfo;
pub use self::static_tokens::StaticTokens;
pub use self::verifier::{AccessToken, TokenError, TokenVerifier};
pub use crate::auth::keys::Algorithm;

pub(super) use self::builder::AuthSettings;
pub(super) use self::gate::{Gate, time_of_stream};
pub(super) use self::refusal::Refusal;
