//! Bodies of the fuzz targets: each takes any bytes and panics if a property does not hold.
//!
//! Not a part of the public interface. The module exists in builds of `cargo fuzz`, which sets
//! `cfg(fuzzing)`, and in the unit tests, which run the committed corpora. Each function is a target of
//! the same name in `fuzz/`, and has a corpus in `fuzz/corpus/`.

mod admission;
#[cfg(feature = "providers")]
mod answers;
mod arguments;
mod cursors;
mod envelope;
#[cfg(feature = "auth-server")]
mod guard;
#[cfg(all(feature = "client-http", feature = "http"))]
mod headers;
mod json_text;
#[cfg(feature = "auth-server")]
mod jwt;
#[cfg(feature = "auth-client")]
mod oauth;
#[cfg(feature = "policy")]
mod policy;
mod protocol;
#[cfg(feature = "providers")]
mod schemas;
mod seal;
#[cfg(all(feature = "client-http", feature = "http"))]
mod sse;
mod tasks;
#[cfg(test)]
mod tests;
mod uri_templates;

pub use self::admission::admission;
#[cfg(feature = "providers")]
pub use self::answers::answers;
pub use self::arguments::arguments;
pub use self::cursors::cursors;
pub use self::envelope::envelope;
#[cfg(feature = "auth-server")]
pub use self::guard::guard;
#[cfg(all(feature = "client-http", feature = "http"))]
pub use self::headers::headers;
pub use self::json_text::json_text;
#[cfg(feature = "auth-server")]
pub use self::jwt::jwt;
#[cfg(feature = "auth-client")]
pub use self::oauth::oauth;
#[cfg(feature = "policy")]
pub use self::policy::policy;
pub use self::protocol::protocol;
#[cfg(feature = "providers")]
pub use self::schemas::schemas;
pub use self::seal::seal;
#[cfg(all(feature = "client-http", feature = "http"))]
pub use self::sse::sse;
pub use self::tasks::tasks;
pub use self::uri_templates::uri_templates;

/// Splits a selector off the input, so that one corpus covers several variants.
fn selected(bytes: &[u8], count: u8) -> (u8, &[u8]) {
    match bytes.split_first() {
        Some((first, rest)) => (first % count, rest),
        None => (0, bytes),
    }
}

/// The first line of a text, and the rest.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
