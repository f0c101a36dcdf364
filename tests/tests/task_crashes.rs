//! Tasks whose server is killed: at every step boundary, within steps, and at random.
//!
//! A step that is in the store never begins again, and the task always completes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

const EXTENSION: &str = "io.modelcontextprotocol/tasks";
const STEPS: usize = 20;

/// A task, its store and the log of its steps.
struct Crashing {
    store: PathBuf,
    log: PathBuf,
    task: Option<String>,
    /// Number of requests sent.
    sent: u64,
}

impl Crashing {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("task-crashes").join(name);
        // It is there if an earlier run failed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the folder can be created");
        Self { store: folder.join("store"), log: folder.join("log"), task: None, sent: 0 }
    }

    fn start(&self, kill_at: Option<&str>) -> StdioServer {
        let kill_at = kill_at.map(|line| format!("kill-at={line}"));
        let mut arguments = vec![
            self.store.to_str().expect("the path is text"),
            self.log.to_str().expect("the path is text"),
        ];
        arguments.extend(kill_at.as_deref());
        StdioServer::start_with("durable_steps", &arguments)
    }

    /// Sends a request; `None` if the server has ended.
    fn send(&mut self, server: &mut StdioServer, method: &str, params: Value) -> Option<u64> {
        self.sent += 1;
        let mut message = Era::Modern.request(self.sent, method, params);
        let capabilities = json!({ "elicitation": {}, "extensions": { EXTENSION: {} } });
        message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
        server.try_send(&message)?;
        Some(self.sent)
    }

    /// Goes on with the task until it has ended or the server ends. Returns the last state.
    fn go_on(&mut self, server: &mut StdioServer) -> Option<Value> {
        if self.task.is_none() {
            let call = json!({ "name": "work", "arguments": {} });
            let id = self.send(server, "tools/call", call)?;
            let created = server.try_answer()?;
            assert_eq!(created["id"], id, "{created}");
            self.task = created["result"]["taskId"].as_str().map(str::to_owned);
            assert!(self.task.is_some(), "{created}");
        }
        let followed = json!({ "notifications": { "taskIds": [self.task] } });
        self.send(server, "subscriptions/listen", followed)?;
        let mut answered = HashSet::new();
        loop {
            let message = server.try_answer()?;
            assert!(message["error"].is_null(), "{message}");
            let state = &message["params"];
            match state["status"].as_str() {
                // The acknowledgement of the subscription or of an answer.
                None | Some("working") => {}
                Some("input_required") => self.answer(server, state, &mut answered)?,
                Some(_) => return Some(state.clone()),
            }
        }
    }

    /// Answers the questions that were not answered yet.
    fn answer(
        &mut self,
        server: &mut StdioServer,
        state: &Value,
        answered: &mut HashSet<String>,
    ) -> Option<()> {
        let questions = state["inputRequests"].as_object().expect("there are questions");
        let response = json!({ "action": "accept", "content": { "go_on": true } });
        let new = questions.keys().filter(|key| answered.insert((*key).clone()));
        let responses: serde_json::Map<_, _> =
            new.map(|key| (key.clone(), response.clone())).collect();
        if responses.is_empty() {
            return Some(());
        }
        let update = json!({ "taskId": self.task, "inputResponses": responses });
        self.send(server, "tasks/update", update).map(drop)
    }

    fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Completes the task on a server that lives.
    fn complete(&mut self) {
        let mut server = self.start(None);
        let state = self.go_on(&mut server).expect("this server lives");
        assert_eq!(state["status"], "completed", "{state}");
        assert_eq!(state["result"]["content"][0]["text"], "the sum of the steps is 210");
        self.check();
    }

    /// Checks that no step began again after it was in the store, and that none was left out.
    fn check(&self) {
        let log = self.log();
        for step in 1..=STEPS {
            let place = |line: String| log.iter().position(|it| *it == line);
            let (begin, end) = (format!("begin {step}"), format!("end {step}"));
            let ended = place(end.clone()).unwrap_or_else(|| panic!("no `{end}`: {log:?}"));
            let began_later = log[ended..].contains(&begin);
            assert!(!began_later, "step {step} began again after it was stored: {log:?}");
        }
    }
}

/// Every line that the task writes to the log.
fn lines() -> impl Iterator<Item = String> {
    (1..=STEPS).flat_map(|step| {
        let asked = (step % 10 == 1).then(|| format!("answered {step}"));
        asked.into_iter().chain([format!("begin {step}"), format!("end {step}")])
    })
}

#[test]
fn a_task_survives_the_end_of_its_server_at_every_boundary() {
    let mut task = Crashing::new("boundaries");
    for line in lines() {
        let mut server = task.start(Some(&line));
        let left = task.go_on(&mut server);
        assert!(left.is_none(), "the server was to end at `{line}`: {left:?}");
        assert!(task.log().contains(&line), "{line}");
    }
    task.complete();
}

#[test]
fn a_task_that_ends_its_server_again_and_again_fails() {
    let mut task = Crashing::new("exhausted");
    // The step never gets into the store, so no run makes a step forward.
    let ended = (0..12).find_map(|_| {
        let mut server = task.start(Some("begin 3"));
        task.go_on(&mut server)
    });
    let state = ended.expect("the task does not run any more");
    assert_eq!(state["status"], "failed", "{state}");
    let message = state["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("started 5 times without a step forward"), "{state}");
}

/// Kills the server some time after a line of the log, wherever it is then.
fn kill_at_random(rounds: u64, seed: u64) {
    let mut random = seed;
    for round in 0..rounds {
        let mut task = Crashing::new(&format!("random-{round}"));
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let all: Vec<String> = lines().collect();
        let line = all[usize::try_from(random >> 33).unwrap_or_default() % all.len()].clone();
        let mut server = task.start(None);
        let (pid, errors) = (server.pid(), server.errors.clone());
        let killer = std::thread::spawn(move || {
            errors.wait_for(&format!("{line}\n"));
            mcp_tests::process::send_signal(pid, "KILL");
        });
        let ended = task.go_on(&mut server);
        killer.join().expect("the killer ends");
        drop(server);
        if ended.is_none() {
            task.complete();
        } else {
            task.check();
        }
    }
}

#[test]
fn a_task_survives_the_end_of_its_server_at_any_time() {
    kill_at_random(10, 13);
}

#[test]
#[ignore = "takes minutes; `cargo xtask ci --full` runs it"]
fn a_task_survives_two_hundred_ends_of_its_server() {
    kill_at_random(200, 2026);
}
