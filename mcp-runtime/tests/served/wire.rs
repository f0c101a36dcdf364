//! Clients whose messages are not quite right, on a pipe.

use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

/// Ask the model.
#[tool]
async fn sample(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("Hello").max_tokens(5).await?.text())
}

/// Count the roots.
#[tool]
async fn roots(cx: &Context) -> Result<usize, AskError> {
    Ok(cx.roots().await?.all().len())
}

/// Name the client and what it can do.
#[tool]
async fn client(cx: &Context) -> String {
    let name = cx.client().info().map(|info| info.name.clone()).unwrap_or_default();
    format!("{name} {} {}", cx.can_sample(), cx.can_list_roots())
}

/// A client that writes lines as they are.
pub(crate) struct RawClient {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
}

impl RawClient {
    /// Starts a server and connects to it.
    pub(crate) fn of(server: Server) -> Self {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(far);
        tokio::spawn(server.serve_over(reader, writer));
        let (input, output) = tokio::io::split(near);
        Self { input: BufReader::new(input), output }
    }

    /// Starts a server and opens a session with it.
    pub(crate) async fn in_session(server: Server) -> Self {
        let mut client = Self::of(server);
        client.send(opening().to_string()).await;
        let answer = client.receive().await;
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
        client.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        client
    }

    pub(crate) async fn send(&mut self, line: impl AsRef<str>) {
        self.output.write_all(format!("{}\n", line.as_ref()).as_bytes()).await.unwrap();
    }

    pub(crate) async fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Calls a tool without waiting for its result.
    pub(crate) async fn call(&mut self, tool: &str) {
        let call = json!({ "name": tool });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
        self.send(call.to_string()).await;
    }
}

pub(crate) fn opening() -> Value {
    let capabilities = json!({ "sampling": {}, "elicitation": {}, "roots": {} });
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities,
        "clientInfo": { "name": "raw", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

fn server() -> Server {
    Server::new("wire", "1.0").with::<(sample, roots, client)>()
}

pub(crate) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

const SAID: &str = r#"{"role":"assistant","content":{"type":"text","text":"Hi"},"model":"m"}"#;

// Time is paused, so a question that gets no answer runs into its timeout at once.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_quite_right_is_taken() {
    for answer in [
        r#"{"jsonrpc":"2.0","id":@,"result":SAID,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":@,"method":null,"params":null,"result":SAID,"error":null}"#,
        r#"{"id":@,"result":SAID}"#,
        r#"{"jsonrpc":null,"id":@,"result":SAID}"#,
    ] {
        let mut client = RawClient::in_session(server()).await;
        client.call("sample").await;
        let question = client.receive().await;
        let answer = answer.replace("@", &question["id"].to_string()).replace("SAID", SAID);
        client.send(&answer).await;
        assert_eq!(text(&client.receive().await), "Hi", "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_ends_its_question() {
    let deep = format!("{}1{}", "[".repeat(129), "]".repeat(129));
    let deep = format!(r#"{{"jsonrpc":"2.0","id":@,"result":{{"a":{deep}}}}}"#);
    for (answer, reason) in [
        (&*deep, "nested too deeply"),
        (r#"{"jsonrpc":"2.0","id":@,"result":{"a":"\ud800"}}"#, "surrogate"),
        (r#"{"result":{"a":"\ud800"},"id":@,"jsonrpc":"2.0"}"#, "surrogate"),
        (r#"{"jsonrpc":"2.0","id":@,"result":SAID,"error":{"code":1,"message":"m"}}"#, "not both"),
        (r#"{"jsonrpc":"1.0","id":@,"result":SAID}"#, "2.0"),
        (r#"{"jsonrpc":"2.0","id":@}"#, "exactly one of"),
        (r#"{"jsonrpc":"2.0","id":@,"error":null}"#, "exactly one of"),
        (r#"{"jsonrpc":"2.0","id":@,"result":NaN}"#, "not JSON"),
        (r#"{"jsonrpc":"2.0","id":@,"result":null}"#, "got null"),
        (r#"{"jsonrpc":"2.0","id":@,"result":{"role":"assistant"}}"#, "missing field"),
        (r#"{"jsonrpc":"2.0","id":@,"error":"the user is away"}"#, "the user is away"),
    ] {
        let mut client = RawClient::in_session(server()).await;
        client.call("sample").await;
        let question = client.receive().await;
        let answer = answer.replace("@", &question["id"].to_string()).replace("SAID", SAID);
        client.send(&answer).await;
        // Nothing is sent in response to the answer itself.
        let result = client.receive().await;
        assert_eq!((&result["id"], &result["result"]["isError"]), (&json!(1), &json!(true)));
        assert!(text(&result).contains(reason), "{answer}: {result}");
        assert!(!text(&result).contains(" column "), "{answer}: {result}");
    }
}

#[tokio::test]
async fn parameters_of_null_are_none() {
    let mut client = RawClient::in_session(server()).await;
    client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#).await;
    assert_eq!(client.receive().await, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":null}"#).await;
    client.send(r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":null}"#).await;
    assert_eq!(client.receive().await["result"]["tools"].as_array().unwrap().len(), 3);
    client
        .send(r#"{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":null,"_meta":null}}"#)
        .await;
    assert_eq!(client.receive().await["result"]["tools"].as_array().unwrap().len(), 3);
    client
        .send(r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"client","arguments":null,"_meta":{"progressToken":null}}}"#)
        .await;
    assert_eq!(text(&client.receive().await), "raw true true");
}
