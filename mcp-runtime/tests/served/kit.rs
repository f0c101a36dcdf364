//! Helpers of the tests.

use mcp_runtime::Server;
use mcp_runtime::client::Error;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::testing::{TestClient, TestClientBuilder, eras};
use mcp_runtime::tool::Tool;
use serde::Serialize;
use serde_json::{Value, json};

/// Result of a test.
pub(crate) type Outcome = Result<(), Error>;

/// A client of each era, each with a server of its own.
pub(crate) async fn clients(server: impl Fn() -> Server) -> Result<Vec<TestClient>, Error> {
    clients_with(server, |builder| builder).await
}

/// A client of each era, created by a function.
pub(crate) async fn clients_with(
    server: impl Fn() -> Server,
    with: impl Fn(TestClientBuilder) -> TestClientBuilder,
) -> Result<Vec<TestClient>, Error> {
    let mut clients = Vec::new();
    for era in eras() {
        clients.push(with(TestClient::of(server()).era(era)).connect().await?);
    }
    Ok(clients)
}

/// Returns `true` if the requests of the client belong to no session.
pub(crate) fn is_modern(client: &TestClient) -> bool {
    client.revision().as_str() >= "2026"
}

/// A result without the envelope of the modern era.
pub(crate) async fn ask(
    client: &TestClient,
    method: &str,
    params: impl Serialize,
) -> Result<Value, Error> {
    let mut result: Value = client.request(method, params).await?;
    if is_modern(client) {
        let members = result.as_object_mut().unwrap();
        assert_eq!(members.remove("resultType"), Some(json!("complete")), "{members:?}");
        let meta = members["_meta"].as_object_mut().unwrap();
        assert!(meta.remove("io.modelcontextprotocol/serverInfo").is_some(), "{meta:?}");
        if meta.is_empty() {
            members.remove("_meta");
        }
    }
    Ok(result)
}

/// Removes the cache hint of the modern era from a result.
pub(crate) fn take_hint(client: &TestClient, result: &mut Value) -> Option<(u64, String)> {
    let members = result.as_object_mut().unwrap();
    let hint = (members.remove("ttlMs"), members.remove("cacheScope"));
    assert_eq!(hint.0.is_some() && hint.1.is_some(), is_modern(client), "{hint:?}");
    hint.0
        .zip(hint.1)
        .map(|(ttl, scope)| (ttl.as_u64().unwrap(), scope.as_str().unwrap().to_owned()))
}

/// Asserts the cache hint of a result, if the era has one.
#[track_caller]
pub(crate) fn assert_hint(client: &TestClient, result: &Value, ttl: u64, scope: &str) {
    let found = take_hint(client, &mut result.clone());
    let expected = is_modern(client).then(|| (ttl, scope.to_owned()));
    assert_eq!(found, expected, "{result}");
}

/// Error code of a missing resource.
pub(crate) fn not_found(client: &TestClient) -> ErrorCode {
    if is_modern(client) { ErrorCode::INVALID_PARAMS } else { ErrorCode::RESOURCE_NOT_FOUND }
}

/// Data of an error.
#[track_caller]
pub(crate) fn data<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Value {
    let error = outcome.unwrap_err();
    error.remote().and_then(|error| error.data.clone()).unwrap_or_default()
}

/// Values of one member of all items of a list.
pub(crate) fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

/// Empty arguments.
pub(crate) const NOTHING: [(&str, &str); 0] = [];

/// A tool created at run time.
pub(crate) fn tool(name: &str) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, async |_, _| "done").description("Do it.")
}

/// Waits for a future with a time limit, which only a failing test reaches.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, future).await.expect("it should happen soon")
}
