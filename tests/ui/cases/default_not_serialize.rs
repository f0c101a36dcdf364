use mcp_runtime::schemars::{JsonSchema, Schema, SchemaGenerator};
use mcp_runtime::serde::{Deserialize, Deserializer};
use mcp_runtime::tool;

#[derive(Default)]
struct Unit;

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

impl JsonSchema for Unit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// Convert a length.
#[tool]
async fn convert(length: f64, #[arg(default)] _unit: Unit) -> f64 {
    length
}

fn main() {}
