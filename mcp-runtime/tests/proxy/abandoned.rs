//! Messages of an upstream server for a call that its client has cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, ClientBuilder, Era, Stream};
use mcp_runtime::protocol::{ElicitAction, ElicitResult, LoggingLevel};
use serde_json::{Value, json};

use crate::gateway::ERAS;
use crate::logs::Log;
use crate::peer::{Peer, text};
use crate::scripted;

/// Calls the tool and cancels the call once the upstream server works on it. The call of another client
/// that follows is then the only one in flight.
async fn given_up(peer: &mut Peer, client: &Client) -> Value {
    let mut call = std::pin::pin!(client.call("up_t", ()).into_future());
    let asked = tokio::select! {
        _ = &mut call => panic!("it has no answer"),
        asked = called(peer) => asked,
    };
    asked
}

/// The call that reaches the upstream server.
async fn called(peer: &mut Peer) -> Value {
    loop {
        let asked = peer.receive().await;
        match asked["method"].as_str() {
            Some("tools/call") => return asked,
            Some("logging/setLevel") => peer.answer(&asked, json!({})).await,
            _ => panic!("{asked}"),
        }
    }
}

/// Records messages and questions that belong to no call in flight.
#[derive(Clone, Default)]
struct Eavesdropper {
    log: Log,
    asked: Arc<AtomicUsize>,
}

impl Eavesdropper {
    fn install(&self, builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
        let asked = Arc::clone(&self.asked);
        builder.on_log(self.log.listener()).on_form(move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            std::future::ready(ElicitResult::new(ElicitAction::Decline))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_else_reads_what_is_logged_for_it() {
    for eras in ERAS {
        let eavesdropper = Eavesdropper::default();
        let (mut peer, client) = scripted::connected(eras, |it| eavesdropper.install(it)).await;
        client.set_log_level(LoggingLevel::Debug).await.unwrap();
        given_up(&mut peer, &client).await;
        peer.expect("notifications/cancelled").await;
        let server = async {
            let asked = called(&mut peer).await;
            let message = json!({ "level": "error", "data": "a secret of the first" });
            peer.notify("notifications/message", message).await;
            peer.answer(&asked, text("done")).await;
        };
        let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
        result.unwrap();
        assert_eq!(eavesdropper.log.take().len(), 0, "{eras:?}");

        // The cancelled handler ends eventually.
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        let server = async {
            let asked = called(&mut peer).await;
            let message = json!({ "level": "error", "data": "of this call" });
            peer.notify("notifications/message", message).await;
            peer.answer(&asked, text("done")).await;
        };
        let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
        result.unwrap();
        assert_eq!(eavesdropper.log.take().len(), 1, "{eras:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_else_is_asked_what_it_asks() {
    for ours in [Era::Modern, Era::Legacy] {
        let eavesdropper = Eavesdropper::default();
        let eras = (ours, Era::Legacy);
        let (mut peer, client) = scripted::connected(eras, |it| eavesdropper.install(it)).await;
        given_up(&mut peer, &client).await;
        peer.expect("notifications/cancelled").await;
        let server = async {
            let asked = called(&mut peer).await;
            let schema = json!({ "type": "object", "properties": {} });
            peer.send(json!({
                "jsonrpc": "2.0", "id": 7, "method": "elicitation/create",
                "params": { "message": "a secret of the first", "requestedSchema": schema },
            }))
            .await;
            let refused = peer.receive().await;
            assert!(refused["error"].is_object(), "{ours:?}: {refused}");
            peer.answer(&asked, text("done")).await;
        };
        let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
        result.unwrap();
        assert_eq!(eavesdropper.asked.load(Ordering::SeqCst), 0, "{ours:?}");
    }
}
