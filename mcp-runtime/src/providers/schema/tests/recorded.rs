//! Schemas of real tools: of the tests and examples of the workspace, and of foreign servers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::oracle::{Checked, check};

/// Folder of recorded schemas.
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas");

/// Input and output schemas of the recorded tools of foreign servers. `MCP_PROVIDER_TOOLS` names a
/// folder with others: `tests/interop/run.sh` records them anew.
pub(crate) fn foreign_schemas() -> Vec<Value> {
    let folder = std::env::var_os("MCP_PROVIDER_TOOLS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(SCHEMAS).join("foreign"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    let tools = files.iter().flat_map(|file| {
        let recorded: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        recorded["tools"].as_array().unwrap().clone()
    });
    let schemas =
        tools.flat_map(|mut tool| ["inputSchema", "outputSchema"].map(|name| tool[name].take()));
    schemas.filter(Value::is_object).collect()
}

/// Schemas that the tests and examples of the workspace declare, one a line.
pub(crate) fn workspace_schemas() -> Vec<Value> {
    let text = std::fs::read_to_string(Path::new(SCHEMAS).join("workspace.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check_all(schemas: Vec<Value>) -> Checked {
    let mut checked = Checked::default();
    for schema in schemas {
        let bytes: Vec<_> = (0..200_u8).map(|at| at.wrapping_mul(31)).collect();
        check(&schema, &bytes, &mut checked);
    }
    checked
}

#[test]
fn tools_of_foreign_servers_keep_their_meaning() {
    let checked = check_all(foreign_schemas());
    assert!(checked.strict > 30 && checked.accepted > 500 && checked.returned > 500, "{checked:?}");
}

#[test]
fn tools_of_the_workspace_keep_their_meaning() {
    let checked = check_all(workspace_schemas());
    assert!(checked.strict > 30 && checked.accepted > 500 && checked.returned > 500, "{checked:?}");
}
