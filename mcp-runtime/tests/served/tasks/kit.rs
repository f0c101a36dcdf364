//! Clients of tasks, which write their messages themselves.

use std::collections::VecDeque;

use mcp_runtime::Server;
use serde_json::{Map, Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

use crate::kit::soon;

pub(crate) const EXTENSION: &str = "io.modelcontextprotocol/tasks";
pub(crate) const RELATED: &str = "io.modelcontextprotocol/related-task";

/// A generation of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Revision 2025-11-25, in a session.
    Core,
    /// The extension, with revision 2026-07-28.
    Extension,
}

pub(crate) const GENERATIONS: [Generation; 2] = [Generation::Core, Generation::Extension];

/// A client on a pipe.
pub(crate) struct Peer {
    pub(crate) generation: Generation,
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
    /// Messages that were received and not looked at yet.
    inbox: VecDeque<Value>,
    last_id: u64,
    /// Members of the capabilities of an extension client.
    capabilities: Value,
}

impl Peer {
    /// A client that supports tasks and answers questions.
    pub(crate) async fn of(generation: Generation, server: Server) -> Self {
        let capabilities = json!({
            "elicitation": {},
            "sampling": {},
            "roots": {},
            "extensions": { EXTENSION: {} },
        });
        Self::with(generation, server, "2025-11-25", capabilities).await
    }

    pub(crate) async fn with(
        generation: Generation,
        server: Server,
        revision: &str,
        capabilities: Value,
    ) -> Self {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(far);
        tokio::spawn(server.serve_over(reader, writer));
        let (input, output) = tokio::io::split(near);
        let input = BufReader::new(input);
        let inbox = VecDeque::new();
        let mut peer = Self { generation, input, output, inbox, last_id: 0, capabilities };
        if generation == Generation::Core {
            let params = json!({
                "protocolVersion": revision,
                "capabilities": peer.capabilities,
                "clientInfo": { "name": "raw", "version": "1" },
            });
            let answer = peer.request("initialize", params).await;
            assert_eq!(answer["result"]["protocolVersion"], revision, "{answer}");
            peer.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        }
        peer
    }

    async fn send(&mut self, message: &Value) {
        self.output.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        let mut line = String::new();
        soon(self.input.read_line(&mut line)).await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Sends a request, and returns its id.
    pub(crate) async fn begin(&mut self, method: &str, mut params: Value) -> u64 {
        self.last_id += 1;
        if self.generation == Generation::Extension
            && let Some(params) = params.as_object_mut()
        {
            let meta = params.entry("_meta").or_insert_with(|| json!({}));
            let own = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "raw", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": self.capabilities,
            });
            let own: Map<String, Value> = serde_json::from_value(own).unwrap();
            meta.as_object_mut().unwrap().extend(own);
        }
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    /// The next message that fits.
    pub(crate) async fn next(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(at) = self.inbox.iter().position(&fits) {
                return self.inbox.remove(at).unwrap();
            }
            let message = self.receive().await;
            self.inbox.push_back(message);
        }
    }

    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        self.next(|message| message["id"] == id && message.get("method").is_none()).await
    }

    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        self.answer(id).await
    }

    /// The next message of a method that is not a request of ours.
    pub(crate) async fn told(&mut self, method: &str) -> Value {
        self.next(|message| message["method"] == method).await
    }

    /// Answers a request of the server.
    pub(crate) async fn reply(&mut self, question: &Value, result: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": result })).await;
    }

    pub(crate) async fn refuse(&mut self, question: &Value, message: &str) {
        let error = json!({ "code": -32000, "message": message });
        self.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).await;
    }

    /// Answers questions without waiting for the acknowledgement.
    pub(crate) async fn begin_update(&mut self, id: &str, responses: Value) {
        self.begin("tasks/update", json!({ "taskId": id, "inputResponses": responses })).await;
    }

    /// Returns `true` if a message of a method was received and not looked at.
    pub(crate) fn has_received(&self, method: &str) -> bool {
        self.inbox.iter().any(|message| message["method"] == method)
    }

    /// Cancels a request of ours.
    pub(crate) async fn cancel_request(&mut self, id: u64) {
        let params = json!({ "requestId": id });
        let message = json!({
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params,
        });
        self.send(&message).await;
    }

    /// Calls a tool so that it becomes a task, if it can.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut params = json!({ "name": tool, "arguments": arguments });
        if self.generation == Generation::Core {
            params["task"] = json!({});
        }
        self.request("tools/call", params).await
    }

    /// Starts a task, and returns its id.
    pub(crate) async fn start(&mut self, tool: &str, arguments: Value) -> String {
        let created = self.call(tool, arguments).await;
        self.task_of(&created)["taskId"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned()
    }

    /// The task in the answer to a call.
    pub(crate) fn task_of(&self, created: &Value) -> Value {
        match self.generation {
            Generation::Core => created["result"]["task"].clone(),
            Generation::Extension => {
                assert_eq!(created["result"]["resultType"], "task", "{created}");
                created["result"].clone()
            }
        }
    }

    pub(crate) async fn get(&mut self, id: &str) -> Value {
        let answer = self.request("tasks/get", json!({ "taskId": id })).await;
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// Looks at a task until it is in a state.
    pub(crate) async fn until(&mut self, id: &str, status: &str) -> Value {
        self.until_it(id, |task| task["status"] == status).await
    }

    pub(crate) async fn until_it(&mut self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let task = self.get(id).await;
            if fits(&task) {
                return task;
            }
            // Only a failing test reaches it.
            assert!(tokio::time::Instant::now() < deadline, "{task}");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn cancel(&mut self, id: &str) -> Value {
        self.request("tasks/cancel", json!({ "taskId": id })).await
    }

    pub(crate) async fn update(&mut self, id: &str, responses: Value) -> Value {
        self.request("tasks/update", json!({ "taskId": id, "inputResponses": responses })).await
    }

    /// The outcome of a task that ends: the result of the call, or its error.
    pub(crate) async fn outcome(&mut self, id: &str) -> Result<Value, Value> {
        let answer = match self.generation {
            Generation::Core => self.request("tasks/result", json!({ "taskId": id })).await,
            Generation::Extension => {
                let ended = |task: &Value| task["status"] != "working";
                self.until_it(id, ended).await
            }
        };
        if self.generation == Generation::Core && answer.get("result").is_some() {
            let related = &answer["result"]["_meta"][RELATED];
            assert_eq!(*related, json!({ "taskId": id }), "{answer}");
        }
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Gives an answer to the one open question of a task, and returns its key in the extension.
    pub(crate) async fn answer_question(&mut self, id: &str, answer: Value) -> String {
        match self.generation {
            Generation::Core => {
                let question = self.told("elicitation/create").await;
                assert_eq!(question["params"]["_meta"][RELATED], json!({ "taskId": id }));
                self.reply(&question, answer).await;
                String::new()
            }
            Generation::Extension => {
                let (key, _) = self.question(id).await;
                let answered = self.update(id, json!({ &key: answer })).await;
                assert_eq!(answered["result"]["resultType"], "complete", "{answered}");
                key
            }
        }
    }

    /// The one open question of a task of the extension.
    pub(crate) async fn question(&mut self, id: &str) -> (String, Value) {
        let mut questions = self.questions(id, 1).await;
        questions.remove(0)
    }

    /// The open questions of a task of the extension.
    pub(crate) async fn questions(&mut self, id: &str, count: usize) -> Vec<(String, Value)> {
        let of = |task: &Value| task["inputRequests"].as_object().map_or(0, Map::len);
        let task = self.until_it(id, |task| of(task) == count).await;
        assert_eq!(task["status"], "input_required");
        let questions = task["inputRequests"].as_object().unwrap();
        questions.iter().map(|(key, question)| (key.clone(), question.clone())).collect()
    }
}

pub(crate) fn accept(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}

#[track_caller]
pub(crate) fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

#[track_caller]
pub(crate) fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}"))
}
