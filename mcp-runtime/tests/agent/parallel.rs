//! Calls of one turn at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::agent::Event;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::kit::free;
use crate::model::{Script, calls, text};

/// Calls that meet: so many of them have to run at the same time.
struct Meeting {
    barrier: Barrier,
    running: AtomicUsize,
    most: AtomicUsize,
}

/// Meet the others.
#[tool(read_only)]
async fn meet(meeting: State<Arc<Meeting>>, number: u32) -> u32 {
    let running = meeting.running.fetch_add(1, Ordering::SeqCst) + 1;
    meeting.most.fetch_max(running, Ordering::SeqCst);
    meeting.barrier.wait().await;
    meeting.running.fetch_sub(1, Ordering::SeqCst);
    number
}

/// Runs calls; returns the most that ran at the same time, and the results.
async fn run(count: usize, limit: Option<usize>, meets: usize) -> (usize, Vec<String>) {
    let meeting = Arc::new(Meeting {
        barrier: Barrier::new(meets),
        running: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    });
    let server = Server::new("s", "1").with::<meet>().state(Arc::clone(&meeting));
    let turn: Vec<(&str, Value)> =
        (0..count).map(|number| ("meet", json!({ "number": number }))).collect();
    let model = Script::new([calls(&turn), text("Done.")]);
    let mut agent = free(&model).tools(server);
    if let Some(limit) = limit {
        agent = agent.concurrency(limit);
    }
    agent.run("Go").await.unwrap();
    (meeting.most.load(Ordering::SeqCst), model.results(1))
}

#[tokio::test]
async fn as_many_calls_run_as_are_allowed() {
    for (count, limit, meets) in
        [(24, None, 8), (6, Some(3), 3), (3, Some(1), 1), (3, Some(0), 1), (40, Some(40), 40)]
    {
        let (most, results) = run(count, limit, meets).await;
        assert_eq!(most, meets, "{count} calls");
        let expected: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        assert_eq!(results, expected);
    }
}

/// Calls that wait for the test.
struct Turns {
    begun: tokio::sync::Semaphore,
    turns: [tokio::sync::Notify; 4],
}

/// Wait for its turn.
#[tool(read_only)]
async fn take_turn(turns: State<Arc<Turns>>, number: usize) -> usize {
    turns.begun.add_permits(1);
    turns.turns[number].notified().await;
    number
}

#[tokio::test]
async fn results_are_in_the_order_of_the_calls_whatever_finishes_first() {
    let turns =
        Arc::new(Turns { begun: tokio::sync::Semaphore::new(0), turns: Default::default() });
    let server = Server::new("s", "1").with::<take_turn>().state(Arc::clone(&turns));
    let turn: Vec<_> = (0..4).map(|number| ("take_turn", json!({ "number": number }))).collect();
    let model = Script::new([calls(&turn), text("Done.")]);
    let mut run = free(&model).tools(server).run("Go");
    let all_begun = async {
        turns.begun.acquire_many(4).await.unwrap().forget();
        turns.turns[3].notify_one();
    };
    let mut finished = Vec::new();
    let reading = async {
        while let Some(event) = run.next().await {
            let Event::CallFinished { id, .. } = event else { continue };
            finished.push(id);
            if let Some(next) = 3_usize.checked_sub(finished.len()) {
                turns.turns[next].notify_one();
            }
        }
    };
    tokio::join!(reading, all_begun);
    assert_eq!(finished, ["c3", "c2", "c1", "c0"]);
    assert_eq!(model.results(1), ["0", "1", "2", "3"]);
}
