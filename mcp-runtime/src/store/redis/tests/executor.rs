//! The executor: leases of jobs in a stream.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mcp_test_redis::RedisServer;
use redis::Value;
use tokio::time::timeout;

use super::server::command;
use super::{prefix, shared};
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::{Batch, Committed};
use crate::store::executor::{Executor, Jobs, Lease};
use crate::store::redis::Redis;

/// A lease that does not expire within a test.
const LONG: Duration = Duration::from_secs(3600);

/// A lease that expires at once.
const SHORT: Duration = Duration::from_millis(50);

/// A bound for what waits.
const SOON: Duration = Duration::from_secs(30);

/// Processes that share a database.
struct Processes {
    server: Arc<RedisServer>,
    prefix: String,
}

impl Processes {
    fn new() -> Option<Self> {
        Some(Self { server: shared()?, prefix: prefix() })
    }

    fn process(&self, lease: Duration) -> Process {
        let redis = Arc::new(Redis::with_prefix(&self.server.url(), &self.prefix).unwrap());
        let jobs = Jobs { unfinished: "unfinished", lease };
        let executor = Arc::clone(&redis).executor(jobs).expect("Redis has an executor");
        Process { redis, executor }
    }

    /// Sends a command. `#` stands for the stream.
    fn command(&self, words: &[&str]) -> Value {
        let stream = format!("{}tasks", self.prefix);
        let words: Vec<_> = words.iter().map(|word| word.replace('#', &stream)).collect();
        command(&self.server, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Number of the entries of the stream, of those that are pending, and of the jobs with an entry.
    fn counts(&self) -> (Value, Value, Value) {
        let Value::Array(pending) = self.command(&["XPENDING", "#", "servers"]) else { panic!() };
        (self.command(&["XLEN", "#"]), pending[0].clone(), self.command(&["HLEN", "#:entries"]))
    }

    /// Number of the consumers.
    fn consumers(&self) -> usize {
        let Value::Array(all) = self.command(&["XINFO", "CONSUMERS", "#", "servers"]) else {
            panic!()
        };
        all.len()
    }

    async fn until_consumers(&self, count: usize) {
        while self.consumers() < count {
            tokio::task::yield_now().await;
        }
    }
}

struct Process {
    redis: Arc<Redis>,
    executor: Arc<dyn Executor>,
}

impl Process {
    async fn submit(&self, job: &str) {
        let batch = Batch::new().expect_absent(job).put(job, "", None).add("unfinished", job);
        let committed = self.executor.submit(job, batch).await.unwrap();
        assert_ne!(committed, Committed::Conflict);
    }

    /// Takes jobs; at least one.
    async fn take(&self, room: usize) -> Vec<Lease> {
        loop {
            let leased = timeout(SOON, self.executor.lease(room)).await.expect("no job comes");
            let leases = leased.unwrap().expect("the engine has stopped");
            if !leases.is_empty() {
                return leases;
            }
        }
    }

    async fn begins(&self, lease: &Lease) -> bool {
        self.executor.begin(lease, Batch::new()).await.unwrap() != Committed::Conflict
    }

    async fn lost(&self, lease: &Lease) -> bool {
        let lost = self.executor.keep_alive(std::slice::from_ref(lease)).await.unwrap();
        assert!(lost.is_empty() || lost == [lease.clone()], "{lost:?}");
        !lost.is_empty()
    }

    async fn complete(&self, lease: &Lease) {
        let batch = Batch::new().take("unfinished", &*lease.job);
        let committed = self.executor.complete(lease, batch).await.unwrap();
        assert_ne!(committed, Committed::Conflict);
    }
}

const fn counts(entries: i64, pending: i64, jobs: i64) -> (Value, Value, Value) {
    (Value::Int(entries), Value::Int(pending), Value::Int(jobs))
}

#[tokio::test]
async fn each_job_is_given_to_one_process_that_has_room() {
    let Some(processes) = Processes::new() else { return };
    let (first, second) = (processes.process(LONG), processes.process(LONG));
    for job in 0..20 {
        first.submit(&format!("job {job}")).await;
    }
    let mut seen = BTreeSet::new();
    for process in [&first, &second, &first, &second] {
        let leases = process.take(5).await;
        assert_eq!(leases.len(), 5);
        for lease in leases {
            assert!(process.begins(&lease).await);
            assert!(seen.insert(lease.job.clone()), "{lease:?}");
            process.complete(&lease).await;
        }
    }
    assert_eq!(processes.counts(), counts(0, 0, 0));
}

#[tokio::test]
async fn a_conflict_submits_nothing() {
    let Some(processes) = Processes::new() else { return };
    let process = processes.process(LONG);
    process.submit("job").await;
    let again = process.executor.submit("other", Batch::new().expect_absent("job")).await;
    assert_eq!(again.unwrap(), Committed::Conflict);
    let [lease] = &process.take(9).await[..] else { panic!("more than one job") };
    assert_eq!(lease.job, "job");
    let stale = process.executor.complete(lease, Batch::new().expect_absent("job")).await;
    assert_eq!(stale.unwrap(), Committed::Conflict);
    assert_eq!(processes.counts(), counts(1, 1, 1));
}

#[tokio::test]
async fn a_lease_that_is_not_extended_is_lost() {
    let Some(processes) = Processes::new() else { return };
    let (first, second) = (processes.process(LONG), processes.process(SHORT));
    first.submit("job").await;
    let [lease] = &first.take(9).await[..] else { panic!("more than one job") };
    assert!(!first.lost(lease).await);
    let [taken] = &second.take(9).await[..] else { panic!("more than one job") };
    assert_eq!(taken, lease);
    // The first process was paused, and does not know it yet.
    assert!(!first.begins(lease).await);
    let released = first.executor.release(lease, Batch::new()).await.unwrap();
    assert_eq!(released, Committed::Conflict);
    assert!(first.lost(lease).await);
    assert!(!second.lost(taken).await);
    assert!(second.begins(taken).await);
    // Deliveries are counted for takeovers only.
    let pending = processes.command(&["XPENDING", "#", "servers", "-", "+", "9"]);
    let pending: Vec<(String, String, u64, u64)> = redis::from_redis_value(pending).unwrap();
    assert!(matches!(&pending[..], [(entry, _, _, 2)] if *entry == lease.entry), "{pending:?}");
    second.complete(taken).await;
    assert_eq!(processes.counts(), counts(0, 0, 0));
}

#[tokio::test]
async fn a_released_job_is_given_to_another_process_at_once() {
    let Some(processes) = Processes::new() else { return };
    let (first, second) = (processes.process(LONG), processes.process(LONG));
    first.submit("job").await;
    let [lease] = &first.take(9).await[..] else { panic!("more than one job") };
    let waiting = tokio::spawn(async move {
        let leases = second.take(9).await;
        (second, leases)
    });
    let batch = Batch::new().put("released", "", None);
    assert_ne!(first.executor.release(lease, batch).await.unwrap(), Committed::Conflict);
    let (second, leases) = waiting.await.unwrap();
    let [taken] = &leases[..] else { panic!("more than one job") };
    assert_eq!(taken.job, lease.job);
    assert!(first.lost(lease).await);
    assert!(second.begins(taken).await);
    assert!(first.redis.get("released").await.unwrap().is_some());
    assert_eq!(processes.counts(), counts(1, 1, 1));
}

#[tokio::test]
async fn jobs_whose_entries_are_lost_are_submitted_again() {
    let Some(processes) = Processes::new() else { return };
    let losses: [&[&str]; 4] = [
        &["DEL", "#"],
        &["DEL", "#", "#:entries"],
        &["XGROUP", "DESTROY", "#", "servers"],
        &["XTRIM", "#", "MAXLEN", "0"],
    ];
    for loss in losses {
        let process = processes.process(LONG);
        process.submit("job").await;
        let [lease] = &process.take(9).await[..] else { panic!("more than one job") };
        processes.command(loss);
        // A process that starts looks for them.
        let other = processes.process(LONG);
        let [taken] = &other.take(9).await[..] else { panic!("more than one job") };
        assert_eq!(taken.job, "job");
        assert!(process.lost(lease).await, "{loss:?}");
        assert!(other.begins(taken).await, "{loss:?}");
        other.complete(taken).await;
        assert_eq!(processes.counts(), counts(0, 0, 0), "{loss:?}");
        process.redis.commit(Batch::new().remove("job")).await.unwrap();
    }
}

#[tokio::test]
async fn a_process_that_waits_survives_the_loss_of_the_stream() {
    let Some(processes) = Processes::new() else { return };
    let (first, second) = (processes.process(LONG), processes.process(LONG));
    first.submit("job").await;
    assert_eq!(first.take(9).await.len(), 1);
    let waiting = tokio::spawn(async move { second.take(9).await });
    processes.until_consumers(2).await;
    processes.command(&["DEL", "#"]);
    let leases = waiting.await.unwrap();
    assert_eq!(leases[0].job, "job");
}

#[tokio::test]
async fn leases_survive_a_crash_of_redis() {
    let settings = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(server) = RedisServer::start(&settings) else { return };
    let processes = Processes { server: Arc::new(server), prefix: prefix() };
    let (first, second) = (processes.process(LONG), processes.process(LONG));
    first.submit("leased").await;
    let [lease] = &first.take(9).await[..] else { panic!("more than one job") };
    let executor = Arc::clone(&second.executor);
    let waiting = tokio::spawn(async move { executor.lease(9).await });
    processes.until_consumers(2).await;
    processes.server.kill();
    let error = timeout(SOON, waiting).await.expect("it waits").unwrap().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    processes.server.restart();
    first.submit("waiting").await;
    let [taken] = &second.take(9).await[..] else { panic!("more than one job") };
    assert_eq!(taken.job, "waiting");
    assert!(!first.lost(lease).await);
    first.complete(lease).await;
    second.complete(taken).await;
    assert_eq!(processes.counts(), counts(0, 0, 0));
}

#[tokio::test]
async fn an_entry_beside_that_of_the_job_is_removed() {
    let Some(processes) = Processes::new() else { return };
    let process = processes.process(LONG);
    process.submit("job").await;
    processes.command(&["XADD", "#", "*", "task", "job"]);
    processes.command(&["XADD", "#", "*", "something", "else", "and", "more"]);
    let leases = process.take(9).await;
    let [own, double] = &leases[..] else { panic!("{leases:?}") };
    assert!(process.lost(double).await);
    assert!(!process.lost(own).await);
    process.complete(own).await;
    assert_eq!(processes.command(&["HLEN", "#:entries"]), Value::Int(0));
}

#[tokio::test]
async fn a_process_that_ends_stops_waiting_and_leaves() {
    let Some(processes) = Processes::new() else { return };
    let (first, second) = (processes.process(LONG), processes.process(LONG));
    first.submit("job").await;
    assert_eq!(first.take(9).await.len(), 1);
    let executor = Arc::clone(&second.executor);
    let waiting = tokio::spawn(async move {
        while let Some(leases) = executor.lease(9).await.unwrap() {
            assert_eq!(leases, []);
        }
    });
    processes.until_consumers(2).await;
    second.executor.stop();
    timeout(SOON, waiting).await.expect("it waits").unwrap();
    second.executor.leave().await.unwrap();
    // One with leases stays.
    first.executor.leave().await.unwrap();
    assert_eq!(processes.consumers(), 1);
    assert_eq!(processes.counts(), counts(1, 1, 1));
}
