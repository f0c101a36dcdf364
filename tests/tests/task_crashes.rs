//! Tasks whose server is killed: at every step boundary, within steps, and at random; or paused, or ended
//! in order, while another one shares its store.
//!
//! A step that is in the store never begins again, and the task always completes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use mcp_test_redis::RedisServer;
use mcp_tests::process::send_signal;
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

const EXTENSION: &str = "io.modelcontextprotocol/tasks";
const STEPS: usize = 20;

/// Lease time in milliseconds for tests that wait for its end.
const SHORT_LEASE: u64 = 200;

/// Lease time in milliseconds for processes that share a store and may be slow.
const LEASE: u64 = 1500;

/// Lease time in milliseconds that does not end within a test.
const LONG_LEASE: u64 = 3_600_000;

/// A task, its store and the log of its steps.
struct Crashing {
    /// A path or a URL.
    store: String,
    lease: u64,
    log: PathBuf,
    task: Option<String>,
    /// Number of requests sent.
    sent: u64,
}

impl Crashing {
    /// A task in a file.
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("task-crashes").join(name);
        // It is there if an earlier run failed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the folder can be created");
        let store = folder.join("store").to_str().expect("the path is text").to_owned();
        Self { store, lease: SHORT_LEASE, log: folder.join("log"), task: None, sent: 0 }
    }

    /// A task in Redis.
    fn in_redis(name: &str, url: String, lease: u64) -> Self {
        Self { store: url, lease, ..Self::new(name) }
    }

    fn start(&self, kill_at: Option<&str>) -> StdioServer {
        match kill_at {
            Some(line) => self.start_with("kill-at", line),
            None => self.start_with("kill-at", "never"),
        }
    }

    /// Starts a server to which something happens at a line of the log.
    fn start_with(&self, option: &str, line: &str) -> StdioServer {
        let log = self.log.to_str().expect("the path is text");
        let (option, lease) = (format!("{option}={line}"), format!("lease={}", self.lease));
        StdioServer::start_with("durable_steps", &[&self.store, log, &option, &lease])
    }

    /// Starts a server, and waits until it serves.
    fn start_ready(&mut self, option: &str, line: &str) -> StdioServer {
        let mut server = self.start_with(option, line);
        self.send(&mut server, "server/discover", json!({})).expect("the server lives");
        server.answer();
        server
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
        self.create(server)?;
        self.follow(server, usize::MAX)
    }

    /// Creates the task, if it does not exist.
    fn create(&mut self, server: &mut StdioServer) -> Option<()> {
        if self.task.is_none() {
            let call = json!({ "name": "work", "arguments": {} });
            let id = self.send(server, "tools/call", call)?;
            let created = server.try_answer()?;
            assert_eq!(created["id"], id, "{created}");
            self.task = created["result"]["taskId"].as_str().map(str::to_owned);
            assert!(self.task.is_some(), "{created}");
        }
        Some(())
    }

    /// Follows the task until it has ended, the server ends, or a number of questions is answered.
    fn follow(&mut self, server: &mut StdioServer, questions: usize) -> Option<Value> {
        let followed = json!({ "notifications": { "taskIds": [self.task] } });
        self.send(server, "subscriptions/listen", followed)?;
        let mut answered = HashSet::new();
        while answered.len() < questions {
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
        None
    }

    /// Creates the task on a server, and waits for a line of its log.
    fn begin(&mut self, server: &mut StdioServer, line: &str) {
        self.create(server).expect("the server lives");
        self.follow(server, 1);
        server.errors.wait_for(&format!("{line}\n"));
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
        self.complete_on(&mut server);
    }

    /// Completes the task on a server.
    fn complete_on(&mut self, server: &mut StdioServer) {
        let state = self.go_on(server).expect("this server lives");
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

fn kill_at_boundaries(mut task: Crashing) {
    for line in lines() {
        let mut server = task.start(Some(&line));
        let left = task.go_on(&mut server);
        assert!(left.is_none(), "the server was to end at `{line}`: {left:?}");
        assert!(task.log().contains(&line), "{line}");
    }
    task.complete();
}

#[test]
fn a_task_survives_the_end_of_its_server_at_every_boundary() {
    kill_at_boundaries(Crashing::new("boundaries"));
}

#[test]
fn a_task_in_redis_survives_the_end_of_its_server_at_every_boundary() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    kill_at_boundaries(Crashing::in_redis("redis-boundaries", redis.database(0), SHORT_LEASE));
}

fn kill_in_one_step(mut task: Crashing) {
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

#[test]
fn a_task_that_ends_its_server_again_and_again_fails() {
    kill_in_one_step(Crashing::new("exhausted"));
}

#[test]
fn a_task_in_redis_that_ends_its_server_again_and_again_fails() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    kill_in_one_step(Crashing::in_redis("redis-exhausted", redis.database(0), SHORT_LEASE));
}

/// Kills servers at random, some time after a line of the log, wherever they are then.
fn kill_at_random(rounds: u64, seed: u64, task: impl Fn(u64) -> Crashing) {
    let mut random = seed;
    for round in 0..rounds {
        let mut task = task(round);
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let all: Vec<String> = lines().collect();
        let line = all[usize::try_from(random >> 33).unwrap_or_default() % all.len()].clone();
        let mut server = task.start(None);
        let (pid, errors) = (server.pid(), server.errors.clone());
        let killer = std::thread::spawn(move || {
            errors.wait_for(&format!("{line}\n"));
            send_signal(pid, "KILL");
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

/// Kills servers with a file of their own.
fn kill_at_random_on_disk(rounds: u64, seed: u64) {
    kill_at_random(rounds, seed, |round| Crashing::new(&format!("random-{round}")));
}

/// Kills servers with a database of their own.
fn kill_at_random_in_redis(rounds: u64, seed: u64) {
    let Some(redis) = RedisServer::start(&[]) else { return };
    kill_at_random(rounds, seed, |round| {
        Crashing::in_redis(&format!("redis-random-{round}"), redis.database(round), SHORT_LEASE)
    });
}

#[test]
fn a_task_survives_the_end_of_its_server_at_any_time() {
    kill_at_random_on_disk(10, 13);
}

#[test]
fn a_task_in_redis_survives_the_end_of_its_server_at_any_time() {
    kill_at_random_in_redis(10, 13);
}

#[test]
#[ignore = "takes minutes; `cargo xtask ci --full` runs it"]
fn a_task_survives_two_hundred_ends_of_its_server() {
    kill_at_random_on_disk(200, 2026);
}

#[test]
#[ignore = "takes minutes; `cargo xtask ci --full` runs it"]
fn a_task_in_redis_survives_two_hundred_ends_of_its_server() {
    kill_at_random_in_redis(200, 2026);
}

#[test]
fn another_server_takes_over_from_one_that_was_killed() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    for (database, line) in (0..).zip(["answered 1", "begin 4", "end 9"]) {
        let mut task =
            Crashing::in_redis(&format!("takeover-{database}"), redis.database(database), LEASE);
        let mut first = task.start_with("hold-at", line);
        task.begin(&mut first, line);
        let mut second = task.start_ready("hold-at", "never");
        assert_eq!(task.log().last().map(String::as_str), Some(line));
        first.signal("KILL");
        task.complete_on(&mut second);
    }
}

#[test]
fn a_server_that_ends_in_order_hands_its_task_over() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    let mut task = Crashing::in_redis("handed-over", redis.database(0), LONG_LEASE);
    let mut server = task.start_with("hold-at", "begin 3");
    task.begin(&mut server, "begin 3");
    // More often than a task is started without a step forward. No lease ends meanwhile.
    for _ in 0..7 {
        let next = task.start_ready("hold-at", "begin 3");
        server.signal("TERM");
        next.errors.wait_for("begin 3\n");
        server = next;
    }
    let mut last = task.start_ready("hold-at", "never");
    server.signal("TERM");
    task.complete_on(&mut last);
}

#[test]
fn a_server_that_was_paused_writes_nothing_more() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    // Within a step, between two, and before the last.
    for (database, line) in (0..).zip(["begin 5", "end 5", "begin 20"]) {
        let mut task =
            Crashing::in_redis(&format!("paused-{database}"), redis.database(database), LEASE);
        let mut first = task.start_with("pause-at", line);
        task.create(&mut first).expect("the server lives");
        let answers = if line == "begin 20" { 2 } else { 1 };
        task.follow(&mut first, answers);
        first.errors.wait_for(&format!("{line}\n"));
        let mut second = task.start_with("pause-at", "never");
        task.complete_on(&mut second);
        let log = task.log();
        send_signal(first.pid(), "CONT");
        // It serves again, and has given the task up when it has ended in order.
        let asked = json!({ "taskId": task.task });
        let id = task.send(&mut first, "tasks/get", asked).expect("the server lives");
        let state = loop {
            let message = first.answer();
            if message["id"] == id {
                break message["result"].clone();
            }
        };
        assert_eq!(state["status"], "completed", "{state}");
        assert_eq!(state["result"]["content"][0]["text"], "the sum of the steps is 210");
        first.close();
        assert_eq!(task.log(), log, "the server that was paused went on");
    }
}

#[test]
fn a_server_without_the_tool_leaves_the_task_to_another() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    let mut task = Crashing::in_redis("rolling", redis.database(0), LEASE);
    let mut first = task.start_with("hold-at", "begin 3");
    task.begin(&mut first, "begin 3");
    let old = task.start_ready("tool", "other");
    first.signal("TERM");
    // The old server is the only one that waits for tasks.
    let mut new = task.start_ready("hold-at", "never");
    task.complete_on(&mut new);
    drop(old);
}
