//! Tasks over HTTP: principals, headers and streams.

use std::sync::Arc;

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::client::{Answer, Draft, LEGACY, events, initialize, next, next_event, open_by, soon};

const UNKNOWN: &str = "00000000000000000000000000000000";
const RELATED: &str = "io.modelcontextprotocol/related-task";

/// Answer the caller.
#[tool(task)]
async fn whoami(caller: Principal) -> String {
    caller.subject().unwrap_or("nobody").to_owned()
}

/// Wait until it may end.
#[tool(task)]
async fn wait(gate: State<Arc<Semaphore>>) -> &'static str {
    gate.acquire().await.unwrap().forget();
    "done"
}

/// Need a scope.
#[tool(task, scopes("jobs"))]
async fn scoped() -> &'static str {
    "scoped"
}

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Ask for a name.
#[tool(task)]
async fn greet(cx: &Context) -> Result<String, AskError> {
    let name = cx.elicit::<Name>("Who?").await?.accepted();
    Ok(name.map_or("nobody".to_owned(), |Name { name }| name))
}

fn service() -> (McpService, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::new("tasks", "1").with::<(whoami, wait, scoped, greet)>();
    (server.state(Arc::clone(&gate)).into_service().unwrap(), gate)
}

/// A request of the extension.
pub(crate) fn modern(method: &str, params: Value) -> Draft {
    let id = params["taskId"].as_str().map(str::to_owned);
    let declared = r#"clientCapabilities":{"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
    let draft = Draft::modern(method, params).instead(r#"clientCapabilities":{}"#, declared);
    match id {
        Some(id) => draft.with("mcp-name", &id),
        None => draft,
    }
}

/// A client of one generation, in the name of a principal.
struct Caller {
    service: McpService,
    who: Principal,
    session: Option<String>,
}

impl Caller {
    async fn both(service: &McpService, who: &Principal) -> [Self; 2] {
        let session = open_by(service, LEGACY, who.clone()).await;
        [None, Some(session)].map(|session| Self {
            service: service.clone(),
            who: who.clone(),
            session,
        })
    }

    async fn send(&self, method: &str, params: Value) -> Answer {
        let draft = match &self.session {
            None => modern(method, params),
            Some(session) => Draft::in_session(session, 1, method, params),
        };
        draft.by(self.who.clone()).send(&self.service).await
    }

    async fn call(&self, tool: &str) -> Answer {
        let task = self.session.as_ref().map(|_| json!({}));
        self.send("tools/call", json!({ "name": tool, "arguments": {}, "task": task })).await
    }

    async fn start(&self, tool: &str) -> String {
        let answer = self.call(tool).await.json();
        let result = &answer["result"];
        let id = result["taskId"].as_str().or(result["task"]["taskId"].as_str());
        id.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn until(&self, id: &str, status: &str) -> Value {
        soon(async {
            loop {
                let task = self.send("tasks/get", json!({ "taskId": id })).await.json();
                if task["result"]["status"] == status {
                    return task["result"].clone();
                }
                assert!(task.get("error").is_none(), "{task}");
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    fn methods(&self) -> &'static [&'static str] {
        match self.session {
            None => &["tasks/get", "tasks/update", "tasks/cancel"],
            Some(_) => &["tasks/get", "tasks/result", "tasks/cancel"],
        }
    }
}

#[tokio::test]
async fn tasks_of_another_principal_do_not_exist() {
    let (service, _) = service();
    let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
    let other_issuer = Principal::new("ann").issued_by("https://other.example");
    let others = [bob, other_issuer, Principal::anonymous()];
    for (generation, owner) in Caller::both(&service, &ann).await.into_iter().enumerate() {
        let id = owner.start("wait").await;
        for other in &others {
            let other = &Caller::both(&service, other).await[generation];
            for method in other.methods() {
                let request = |id: &str| json!({ "taskId": id, "inputResponses": {} });
                let refused = other.send(method, request(&id)).await;
                let unknown = other.send(method, request(UNKNOWN)).await;
                assert_eq!(refused.json()["error"]["code"], -32602, "{method}: {refused:?}");
                assert_eq!(refused.status, unknown.status);
                assert_eq!(refused.body.replace(&id, UNKNOWN), unknown.body);
            }
            if other.session.is_none() {
                let filter = json!({ "notifications": { "taskIds": [id] } });
                let listening = modern("subscriptions/listen", filter).by(other.who.clone());
                let mut body = listening.begin(&service).await.into_body();
                let acknowledged = soon(next_event(&mut body)).await;
                let agreed = &acknowledged["params"]["notifications"]["taskIds"];
                assert_eq!(*agreed, json!([]), "{acknowledged}");
            }
        }
        assert_eq!(owner.until(&id, "working").await["taskId"], id);
        owner.send("tasks/cancel", json!({ "taskId": id })).await;
        owner.until(&id, "cancelled").await;
    }
}

#[tokio::test]
async fn the_owner_follows_a_task() {
    let (service, gate) = service();
    let [caller, _] = Caller::both(&service, &Principal::new("ann")).await;
    let id = caller.start("wait").await;
    let filter = json!({ "notifications": { "taskIds": [id, UNKNOWN] } });
    let listening = modern("subscriptions/listen", filter).by(caller.who.clone());
    let mut body = listening.begin(&service).await.into_body();
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last: &Value| last["params"]["status"] != "completed") {
        seen.extend(events(&soon(next(&mut body)).await.expect("a piece")));
        gate.add_permits(usize::from(seen.len() == 2));
    }
    assert_eq!(seen[0]["params"]["notifications"]["taskIds"], json!([id]));
    assert_eq!(seen[1]["params"]["status"], "working");
    let last = &seen[seen.len() - 1];
    assert_eq!(last["params"]["result"]["content"][0]["text"], "done", "{last}");
}

#[tokio::test]
async fn lists_are_for_callers_who_are_known() {
    let (service, _) = service();
    let ann = Principal::new("ann");
    for (who, expected) in [(&ann, 2), (&Principal::new("bob"), 0)] {
        let [_, caller] = Caller::both(&service, who).await;
        for _ in 0..expected {
            caller.start("whoami").await;
        }
        let listed = caller.send("tasks/list", json!({})).await.json();
        assert_eq!(listed["result"]["tasks"].as_array().unwrap().len(), expected, "{listed}");
    }
    // Another session of the same principal.
    let [_, again] = Caller::both(&service, &ann).await;
    let listed = again.send("tasks/list", json!({})).await.json();
    assert_eq!(listed["result"]["tasks"].as_array().unwrap().len(), 2, "{listed}");
    let [_, anonymous] = Caller::both(&service, &Principal::anonymous()).await;
    assert_eq!(anonymous.send("tasks/list", json!({})).await.code(), -32601);
    for (who, is_listed) in [(ann, true), (Principal::anonymous(), false)] {
        let answer = Draft::post(initialize(LEGACY)).by(who).send(&service).await.json();
        let tasks = &answer["result"]["capabilities"]["tasks"];
        assert_eq!(tasks.get("list").is_some(), is_listed, "{tasks}");
        assert_eq!(tasks["requests"]["tools"]["call"], json!({}), "{tasks}");
    }
}

#[tokio::test]
async fn a_task_keeps_its_principal_and_needs_its_scopes() {
    let (service, _) = service();
    for caller in Caller::both(&service, &Principal::new("ann").scoped(["jobs"])).await {
        let id = caller.start("whoami").await;
        caller.until(&id, "completed").await;
        if caller.session.is_some() {
            let result = caller.send("tasks/result", json!({ "taskId": id })).await;
            assert_eq!(result.text_result(), "ann", "{result:?}");
        }
        let id = caller.start("scoped").await;
        caller.until(&id, "completed").await;
    }
    for caller in Caller::both(&service, &Principal::new("ann")).await {
        let refused = caller.call("scoped").await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
}

#[tokio::test]
async fn headers_name_the_task() {
    let (service, _) = service();
    let [caller, _] = Caller::both(&service, &Principal::anonymous()).await;
    let id = caller.start("wait").await;
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let params = json!({ "taskId": id, "inputResponses": {} });
        let other = modern(method, params.clone()).with("mcp-name", UNKNOWN).send(&service).await;
        let missing = modern(method, params).without("mcp-name").send(&service).await;
        for refused in [other, missing] {
            assert_eq!((refused.status.as_u16(), refused.code()), (400, -32020), "{refused:?}");
        }
    }
    caller.until(&id, "working").await;
}

async fn asking_session(service: &McpService) -> String {
    let mut opening = initialize(LEGACY);
    opening["params"]["capabilities"] = json!({ "elicitation": {} });
    let answer = Draft::post(opening).send(service).await;
    answer.header("mcp-session-id").to_owned()
}

async fn reply(service: &McpService, session: &str, question: &Value) {
    let result = json!({ "action": "accept", "content": { "name": "ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
    let sent = Draft::post(answer).with("mcp-session-id", session).send(service).await;
    assert_eq!(sent.status, 202, "{sent:?}");
}

#[tokio::test]
async fn questions_come_with_the_result_or_on_the_stream_of_the_session() {
    for listens in [false, true] {
        let (service, _) = service();
        let session = asking_session(&service).await;
        let who = Principal::anonymous();
        let caller = Caller { service: service.clone(), who, session: Some(session.clone()) };
        let mut stream = match listens {
            false => None,
            true => {
                let listening = Draft::new("GET").with("accept", "text/event-stream");
                let listening = listening.with("mcp-session-id", &session);
                Some(listening.begin(&service).await.into_body())
            }
        };
        if let Some(stream) = &mut stream {
            // The session is read once its stream was polled.
            tokio::select! {
                biased;
                _ = next(stream) => {}
                () = tokio::task::yield_now() => {}
            }
        }
        let id = caller.start("greet").await;
        caller.until(&id, "input_required").await;
        let result = Draft::in_session(&session, 2, "tasks/result", json!({ "taskId": id }));
        let (answer, question) = match stream {
            None => {
                let mut body = result.begin(&service).await.into_body();
                let question = question_in(&mut body).await;
                reply(&service, &session, &question).await;
                let mut last = Vec::new();
                while last.last().is_none_or(|message: &Value| message["id"] != 2) {
                    last.extend(events(&soon(next(&mut body)).await.expect("a piece")));
                }
                (last.pop().unwrap(), question)
            }
            Some(mut stream) => {
                let question = question_in(&mut stream).await;
                reply(&service, &session, &question).await;
                caller.until(&id, "completed").await;
                (result.send(&service).await.json(), question)
            }
        };
        assert_eq!(question["params"]["_meta"][RELATED], json!({ "taskId": id }));
        assert_eq!(answer["result"]["content"][0]["text"], "ann", "{answer}");
        assert_eq!(answer["result"]["_meta"][RELATED], json!({ "taskId": id }));
    }
}

async fn question_in(body: &mut mcp_runtime::http::HttpBody) -> Value {
    loop {
        let messages = events(&soon(next(body)).await.expect("a piece"));
        let asks = |message: &Value| message["method"] == "elicitation/create";
        if let Some(question) = messages.into_iter().find(asks) {
            return question;
        }
    }
}

#[tokio::test]
async fn a_task_outlives_its_session() {
    let (service, gate) = service();
    let ann = Principal::new("ann");
    let [_, first] = Caller::both(&service, &ann).await;
    let id = first.start("wait").await;
    let session = first.session.clone().unwrap();
    let ended = Draft::new("DELETE").with("mcp-session-id", &session).by(ann.clone());
    assert!(ended.send(&service).await.status.is_success());
    gate.add_permits(1);
    let [_, second] = Caller::both(&service, &ann).await;
    second.until(&id, "completed").await;
    let result = second.send("tasks/result", json!({ "taskId": id })).await;
    assert_eq!(result.text_result(), "done", "{result:?}");
}
