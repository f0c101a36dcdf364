//! Corpus of definitions for the SDKs of the providers: see `tests/interop/python/providers.py`.

use std::io::Write as _;

use mcp_core::protocol::Tool;
use mcp_core::schema::Schema;

use super::schema::{foreign_schemas, generated_schemas, workspace_schemas};
use super::{Provider, ToolSet};

/// Writes definitions of recorded and generated schemas to the file in `MCP_PROVIDER_CORPUS`, if it
/// is set.
#[test]
fn corpus() {
    let Some(path) = std::env::var_os("MCP_PROVIDER_CORPUS") else { return };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut schemas = foreign_schemas();
    schemas.extend(workspace_schemas());
    schemas.extend(generated_schemas(1_000));
    for (number, schema) in schemas.into_iter().enumerate() {
        let schema = Schema::from_value(&schema).unwrap();
        let set =
            ToolSet::new([Tool::new(format!("tool_{number}"), schema).description("A tool.")]);
        for provider in Provider::ALL {
            let name = match provider {
                Provider::OpenAiResponses => "responses",
                Provider::OpenAiChat => "chat",
                Provider::Anthropic => "anthropic",
                Provider::Gemini => "gemini",
            };
            for strict in [false, true] {
                let definitions = set.clone().strict(strict).definitions(provider);
                let tools = definitions.tools().get();
                writeln!(file, r#"{{"provider":"{name}","strict":{strict},"tools":{tools}}}"#)
                    .unwrap();
            }
        }
    }
}
