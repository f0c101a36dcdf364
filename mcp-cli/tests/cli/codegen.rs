use mcp_runtime::client::Client;
use serde_json::json;

use crate::harness::{Run, example, program};

/// The client that `codegen` writes for the example `quickstart`.
#[allow(unreachable_pub)]
#[path = "generated/quickstart.rs"]
mod quickstart;

use quickstart::{Quickstart as _, QuickstartClient, ReserveOutput};

const QUICKSTART: &str = include_str!("generated/quickstart.rs");

#[test]
fn a_client_is_written_byte_by_byte() {
    let run = Run::of(&["codegen", "--", &example("quickstart")]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    assert_eq!(run.stdout, QUICKSTART);
    let directory = tempfile::tempdir().unwrap();
    let server = example("quickstart");
    let write = |arguments: &[&str]| {
        let mut command = program();
        command.args(["codegen", "-o", "client.rs"]).args(arguments).args(["--", &server]);
        Run::of_command(command.current_dir(directory.path()))
    };
    let read = || std::fs::read_to_string(directory.path().join("client.rs")).unwrap();
    let run = write(&["--name", "Stock"]);
    assert_eq!(run.stderr, "wrote `client.rs`: `StockClient`, 2 tools\n", "{run:?}");
    assert!(read().contains("pub trait Stock {\n"), "{}", read());
    let written = write(&["--json"]).json();
    assert_eq!(written, json!({ "file": "client.rs", "trait": "Quickstart", "tools": 2 }));
    assert!(read().contains("pub trait Quickstart {\n"));
    std::fs::write(directory.path().join("client.rs"), "fn main() {}\n").unwrap();
    let run = write(&["--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("file")), "{run:?}");
    assert_eq!(read(), "fn main() {}\n");
    assert_eq!(write(&["--name", "not a name"]).code, Some(2));
}

#[test]
fn a_server_without_tools_has_no_client() {
    let run = Run::of(&["codegen", "--", &example("resources")]);
    assert_eq!((run.code, &*run.stdout), (Some(5), ""), "{run:?}");
    assert!(run.stderr.starts_with("error: the server has no tools"), "{run:?}");
}

#[tokio::test]
async fn the_client_calls_its_server() {
    let client = Client::stdio(example("quickstart")).connect().await.unwrap();
    let quickstart = QuickstartClient::new(client);
    quickstart.check().await.unwrap();
    assert_eq!(quickstart.add(2, 3).await.unwrap(), 5);
    let reservation = quickstart.reserve("bolt", Some(2)).await.unwrap();
    let expected = ReserveOutput { sku: "bolt".into(), count: 2, left: 498 };
    assert_eq!(reservation, expected);
    assert!(quickstart.reserve("gold", None).await.is_err());
}
