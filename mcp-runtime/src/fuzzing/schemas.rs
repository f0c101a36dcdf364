//! Schemas in the dialects of model providers.

use mcp_core::schema::Schema;

use super::selected;
use crate::providers::schema::subset;
use crate::providers::{Dialect, ProviderSchema};

/// Rewrites any schema for a dialect, which the first byte chooses. The output is in the subset that the
/// provider documents, a schema of JSON Schema, and is rewritten to itself.
///
/// # Panics
/// If it is not.
pub fn schemas(bytes: &[u8]) {
    let (dialect, rest) = selected(bytes, 5);
    let dialect = Dialect::ALL[usize::from(dialect)];
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Ok(schema) = Schema::parse(text) else { return };
    let rewritten = ProviderSchema::new(&schema, dialect);
    subset::check(&rewritten, dialect);
    assert_eq!(rewritten.is_strict(), dialect.is_strict() && rewritten.not_strict().is_empty());
    let again = ProviderSchema::new(rewritten.schema(), dialect);
    if rewritten.is_strict() {
        assert_eq!(again.schema().to_value(), rewritten.schema().to_value(), "{dialect:?}: {text}");
    }
}
