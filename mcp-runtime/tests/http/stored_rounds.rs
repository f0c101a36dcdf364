//! Rounds of calls that ask, in a store that several servers share or that outlives them.

use mcp_runtime::Store;
use mcp_runtime::http::McpService;

use crate::client::soon;
use crate::repeated_rounds::{World, asked, call, next_round, server};

const KEY: [u8; 32] = [7; 32];

/// A store in a new file.
fn store(name: &str) -> Store {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.redb"));
    let _ = std::fs::remove_file(&path);
    Store::redb(path).unwrap()
}

fn instance(world: &World, store: &Store) -> McpService {
    server(world).state_keys([KEY]).store(store.clone()).into_service().unwrap()
}

#[tokio::test]
async fn another_instance_repeats_the_answer() {
    let (world, store) = (World::open(), store("rounds-repeated"));
    let instances = [(); 2].map(|()| instance(&world, &store));
    let question = asked(&instances[0], "buy").await;
    let round = next_round(&question, true);
    for service in instances.iter().cycle().skip(1).take(3) {
        let answer = soon(call("buy", round.clone()).send(service)).await;
        assert_eq!(answer.text_result(), "charge 1, true");
    }
    for service in &instances {
        let otherwise = soon(call("buy", next_round(&question, false)).send(service)).await;
        assert_eq!(otherwise.code(), -32602, "{otherwise:?}");
    }
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn a_round_that_another_instance_runs_is_joined() {
    let (world, store) = (World::new(), store("rounds-joined"));
    let [first, second] = [(); 2].map(|()| instance(&world, &store));
    let round = next_round(&asked(&first, "buy").await, true);
    let sent = round.clone();
    let running = tokio::spawn(async move { call("buy", sent).send(&first).await });
    world.entered().await;
    let joined = tokio::spawn(async move { call("buy", round).send(&second).await });
    tokio::task::yield_now().await;
    world.gate.add_permits(1);
    for answer in [running, joined] {
        assert_eq!(soon(answer).await.unwrap().text_result(), "charge 1, true");
    }
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn a_cancelled_round_leaves_its_effects_to_another_instance() {
    let (world, store) = (World::new(), store("rounds-cancelled"));
    let [first, second] = [(); 2].map(|()| instance(&world, &store));
    let round = next_round(&asked(&first, "buy").await, true);
    let sent = round.clone();
    let running = tokio::spawn(async move { call("buy", sent).send(&first).await });
    world.entered().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    world.gate.add_permits(1);
    let answer = soon(call("buy", round).send(&second)).await;
    assert_eq!(answer.text_result(), "charge 1, true");
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn a_round_that_asks_again_is_carried_out_once_by_all_instances() {
    let (world, store) = (World::open(), store("rounds-asking"));
    let instances = [(); 2].map(|()| instance(&world, &store));
    let round = next_round(&asked(&instances[0], "buy_carefully").await, true);
    let mut states = Vec::new();
    for service in &instances {
        let answer = soon(call("buy_carefully", round.clone()).send(service)).await;
        states.push(next_round(&answer, true));
    }
    assert_eq!(states[0], states[1]);
    let done = soon(call("buy_carefully", states.remove(0)).send(&instances[1])).await;
    assert_eq!(done.text_result(), "charge 1");
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn an_answer_survives_a_restart() {
    let world = World::open();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("rounds-restart.redb");
    let _ = std::fs::remove_file(&path);
    let started = async || {
        // The tasks of the one before let go of the file when they are polled.
        let store = loop {
            match Store::redb(&path) {
                Ok(store) => break store,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        server(&world).state_keys([KEY]).store(store).into_service().unwrap()
    };
    let before = soon(started()).await;
    let round = next_round(&asked(&before, "buy").await, true);
    let answer = soon(call("buy", round.clone()).send(&before)).await;
    drop(before);
    let after = soon(started()).await;
    let again = soon(call("buy", round).send(&after)).await;
    assert_eq!(again.text_result(), answer.text_result());
    assert_eq!(world.charges(), 1);
}
