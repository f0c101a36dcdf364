//! Tasks that another client resumes, which may be another process.

use mcp_runtime::Store;
use mcp_runtime::client::{Client, Era, Error, TaskReference};
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

use super::server::{Answers, KINDS, Via, connect, connect_to, gate, serve, server, soon};

#[tokio::test]
async fn another_client_resumes_a_task() {
    for era in [Era::Modern, Era::Legacy] {
        let url = serve(server(&Store::memory())).await;
        let connect = async || {
            Client::http(&url).era(era).handler(Answers::default()).connect().await.unwrap()
        };
        let (first, name) = (connect().await, format!("resumed {era:?}"));
        let call = first.call("hold", json!({ "name": name })).as_task();
        let task = soon(call.ttl(std::time::Duration::from_secs(600))).await.unwrap();
        let reference = task.reference().unwrap();
        assert_eq!((&*reference.tool, task.id()), ("hold", Some(&*reference.task_id)));
        assert!(reference.expires().is_some_and(|at| at > std::time::SystemTime::now()));
        let stored = serde_json::to_string(&reference).unwrap();
        first.close().await;
        assert!(soon(&task).await.is_err());

        let reference: TaskReference = serde_json::from_str(&stored).unwrap();
        let second = connect().await;
        let resumed = second.resume_task(&reference).unwrap();
        assert_eq!(resumed.reference().unwrap().task_id, reference.task_id);
        gate(&name).add_permits(1);
        assert_eq!(soon(resumed).await.unwrap().to_text(), format!("{name} is open"));
        // Also when it is done.
        let done = second.resume_task(&reference).unwrap();
        assert!(soon(done.result_as::<String>()).await.is_ok());
    }
}

#[tokio::test]
async fn another_server_with_the_same_store_goes_on() {
    for era in [Era::Modern, Era::Legacy] {
        let (store, kind) = (Store::memory(), (era, Via::Pipe));
        let first = connect_to(server(&store), kind, Answers::default()).await;
        let name = format!("restarted {era:?}");
        let task = soon(first.call("hold", json!({ "name": name })).as_task()).await.unwrap();
        let reference = task.reference().unwrap();
        first.close().await;
        let second = connect_to(server(&store), kind, Answers::default()).await;
        gate(&name).add_permits(2);
        let resumed = second.resume_task(&reference).unwrap();
        assert_eq!(soon(resumed).await.unwrap().to_text(), format!("{name} is open"));
    }
}

#[tokio::test]
async fn a_wait_outlasts_the_restart_of_its_server() {
    for era in [Era::Modern, Era::Legacy] {
        let (store, name) = (Store::memory(), format!("outlasted {era:?}"));
        // The system gives the port to no other program while nothing listens on it.
        let reserved = TcpSocket::new_v4().unwrap();
        reserved.set_reuseaddr(true).unwrap();
        reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = reserved.local_addr().unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server(&store).serve_listener(listener, async {
            // Fails if the test has failed.
            let _ = stopped.await;
        });
        let serving = tokio::spawn(serving);
        let client = Client::http(format!("http://{address}/mcp")).era(era);
        let client = client.handler(Answers::default()).connect().await.unwrap();
        let task = soon(client.call("hold", json!({ "name": name })).as_task()).await.unwrap();
        let mut updates = task.updates();
        while soon(updates.next()).await.unwrap().unwrap().message.is_none() {}
        stop.send(()).unwrap();
        let restart = async {
            serving.await.unwrap().unwrap();
            let listener = TcpListener::bind(address).await.unwrap();
            tokio::spawn(server(&store).serve_listener(listener, std::future::pending()));
            gate(&name).add_permits(2);
        };
        let follow = async {
            while let Some(state) = updates.next().await {
                state.unwrap_or_else(|error| panic!("{era:?}: {error}"));
            }
            task.await.unwrap().to_text()
        };
        let ((), outcome) = soon(async { tokio::join!(restart, follow) }).await;
        assert_eq!(outcome, format!("{name} is open"));
    }
}

#[tokio::test]
async fn questions_are_answered_by_the_client_that_resumes() {
    for era in [Era::Modern, Era::Legacy] {
        let url = serve(server(&Store::memory())).await;
        let connect = async || {
            Client::http(&url).era(era).handler(Answers::default()).connect().await.unwrap()
        };
        let first = connect().await;
        let task = soon(first.call("ask", ()).as_task()).await.unwrap();
        let reference = task.reference().unwrap();
        drop((task, first));
        let resumed = connect().await.resume_task(&reference).unwrap();
        assert_eq!(soon(resumed).await.unwrap().to_text(), "First and Second, Hi, 2 roots");
    }
}

#[tokio::test]
async fn a_task_that_is_gone_is_an_error_of_its_own() {
    for kind in KINDS {
        let client = connect(kind).await;
        let task = soon(client.call("add", json!({ "a": 1, "b": 2 })).as_task()).await.unwrap();
        let mut reference = task.reference().unwrap();
        for id in ["", "unknown", &"0".repeat(reference.task_id.len())] {
            id.clone_into(&mut reference.task_id);
            let gone = client.resume_task(&reference).unwrap();
            for outcome in [
                soon(&gone).await.map(drop),
                soon(gone.status()).await.map(drop),
                soon(gone.cancel()).await,
                soon(gone.updates().next()).await.unwrap().map(drop),
            ] {
                let Err(Error::TaskNotFound { id: shown, .. }) = &outcome else {
                    panic!("{kind:?} `{id}`: {outcome:?}")
                };
                assert_eq!(shown, id);
                assert!(outcome.unwrap_err().to_string().contains("call the tool again"));
            }
        }
        reference.revision = match kind.0 {
            Era::Modern => "2025-11-25".to_owned(),
            _ => "2026-07-28".to_owned(),
        };
        let refused = client.resume_task(&reference).unwrap_err().to_string();
        assert!(refused.contains("`era`"), "{refused}");
        for revision in ["2025-06-18", "yesterday"] {
            revision.clone_into(&mut reference.revision);
            let refused = client.resume_task(&reference).unwrap_err().to_string();
            assert!(refused.contains("has tasks") && refused.contains(revision), "{refused}");
        }
    }
}
