//! Forms that users of clients fill in.

use mcp_core::schema::Schema;
use serde_json::{Map, Value};

/// A form that the user of a client can fill in.
pub trait Elicit: Sized + Send + 'static {
    /// The form, as the JSON Schema that the client is sent.
    fn schema() -> Schema;

    /// Reads what was filled in.
    ///
    /// # Errors
    /// One sentence: the field, what was expected, what came.
    fn read(content: &Map<String, Value>) -> Result<Self, String>;
}
