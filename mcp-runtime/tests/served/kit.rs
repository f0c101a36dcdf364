//! What the tests have in common.

use mcp_runtime::Server;
use mcp_runtime::client::Error;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::testing::{TestClient, TestClientBuilder, eras};
use mcp_runtime::tool::Tool;
use serde::Serialize;
use serde_json::{Value, json};

/// What a test comes to.
pub(crate) type Outcome = Result<(), Error>;

/// A client of each era, each with a server of its own.
pub(crate) async fn clients(server: impl Fn() -> Server) -> Result<Vec<TestClient>, Error> {
    clients_with(server, |builder| builder).await
}

/// A client of each era that is made in such a way.
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

/// Whether every request of the client stands alone.
pub(crate) fn is_modern(client: &TestClient) -> bool {
    client.revision().as_str() >= "2026"
}

/// All of a result but what the modern era puts around each.
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

/// Takes from a result how long it may be kept and by whom, which the modern era says.
pub(crate) fn take_hint(client: &TestClient, result: &mut Value) -> Option<(u64, String)> {
    let members = result.as_object_mut().unwrap();
    let hint = (members.remove("ttlMs"), members.remove("cacheScope"));
    assert_eq!(hint.0.is_some() && hint.1.is_some(), is_modern(client), "{hint:?}");
    hint.0
        .zip(hint.1)
        .map(|(ttl, scope)| (ttl.as_u64().unwrap(), scope.as_str().unwrap().to_owned()))
}

/// Asserts how long a result may be kept and by whom, where the era says so.
#[track_caller]
pub(crate) fn assert_hint(client: &TestClient, result: &Value, ttl: u64, scope: &str) {
    let found = take_hint(client, &mut result.clone());
    let expected = is_modern(client).then(|| (ttl, scope.to_owned()));
    assert_eq!(found, expected, "{result}");
}

/// The code of a resource that is not there.
pub(crate) fn not_found(client: &TestClient) -> ErrorCode {
    if is_modern(client) { ErrorCode::INVALID_PARAMS } else { ErrorCode::RESOURCE_NOT_FOUND }
}

/// The data of a refusal.
#[track_caller]
pub(crate) fn data<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Value {
    let error = outcome.unwrap_err();
    error.remote().and_then(|error| error.data.clone()).unwrap_or_default()
}

/// The values of a member of each item of a list.
pub(crate) fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

/// For prompts without arguments, and completions before anything else is filled in.
pub(crate) const NOTHING: [(&str, &str); 0] = [];

/// A tool that is known at run time.
pub(crate) fn tool(name: &str) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, async |_, _| "done").description("Do it.")
}

/// Waits for what has to happen soon. The limit is there for a test that fails.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, future).await.expect("it should happen soon")
}
