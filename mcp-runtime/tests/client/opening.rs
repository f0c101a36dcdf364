//! Detection of the era, and agreement on a revision.

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::revision::Revision;
use serde_json::json;

use crate::peer::{Peer, discovered, initialized};

#[tokio::test]
async fn a_server_that_answers_the_probe_is_modern() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        let meta = &asked["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "mcp-runtime");
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}));
        peer.answer(&asked, discovered()).await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    let peer = client.unwrap().server_info();
    assert_eq!(peer.revision.as_str(), "2026-07-28");
    assert_eq!(peer.implementation.as_ref().unwrap().name, "scripted");
    assert_eq!(peer.instructions.as_deref(), Some("Be kind."));
}

/// Checks that the client opens a session after a response to the probe.
async fn falls_back(code: i64) {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.refuse(&asked, code, json!(null)).await;
        peer.answer_initialize("2025-06-18").await
    };
    let (client, asked) = tokio::join!(builder.connect(), server);
    assert_eq!(asked["params"]["protocolVersion"], "2025-11-25");
    assert_eq!(client.unwrap().revision().as_str(), "2025-06-18");
}

#[tokio::test]
async fn a_revision_that_is_wanted_is_asked_for() {
    let (mut peer, builder) = Peer::new();
    let server = async { peer.answer_initialize("2025-03-26").await };
    let (client, asked) = tokio::join!(builder.revision(Revision::V2025_03_26).connect(), server);
    assert_eq!(asked["params"]["protocolVersion"], "2025-03-26");
    assert_eq!(client.unwrap().revision(), Revision::V2025_03_26);
}

#[tokio::test]
async fn any_error_that_is_not_modern_means_a_session() {
    for code in [-32601, -32602, -32600, -32000, 17] {
        falls_back(code).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_no_discovery_means_a_session() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.answer(&asked, json!({})).await;
        peer.answer_initialize("2024-11-05").await
    };
    let (client, _) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2024-11-05");
}

#[tokio::test(start_paused = true)]
async fn silence_means_a_session() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        peer.expect("server/discover").await;
        peer.answer_initialize("2025-11-25").await
    };
    let (client, _) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2025-11-25");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_to_the_probe_still_counts() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let probe = peer.expect("server/discover").await;
        let handshake = peer.expect("initialize").await;
        peer.answer(&probe, discovered()).await;
        peer.refuse(&handshake, -32601, json!(null)).await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2026-07-28");
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_of_the_probe_changes_nothing() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let probe = peer.expect("server/discover").await;
        let handshake = peer.expect("initialize").await;
        peer.refuse(&probe, -32601, json!(null)).await;
        peer.answer(&handshake, initialized("2025-11-25")).await;
        peer.expect("notifications/initialized").await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2025-11-25");
}

#[tokio::test]
async fn a_modern_server_is_asked_again_in_a_revision_that_it_names() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        let supported = json!({ "supported": ["2099-01-01", "2026-07-28"], "requested": "x" });
        peer.refuse(&asked, -32022, supported).await;
        peer.answer_discover().await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2026-07-28");
}

#[tokio::test]
async fn nothing_in_common_is_an_error_that_says_so() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.refuse(&asked, -32022, json!({ "supported": ["2099-01-01"], "requested": "x" })).await;
        peer
    };
    let (client, _peer) = tokio::join!(builder.connect(), server);
    let error = client.unwrap_err();
    assert!(
        matches!(&error, Error::UnsupportedVersion { offered, .. } if offered == &["2099-01-01"]),
        "{error}"
    );
}

#[tokio::test]
async fn a_session_of_an_unknown_revision_is_not_opened() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("initialize").await;
        peer.answer(&asked, initialized("1900-01-01")).await;
        peer
    };
    let (client, _peer) = tokio::join!(builder.era(Era::Legacy).connect(), server);
    assert!(matches!(client.unwrap_err(), Error::UnsupportedVersion { .. }));
}

#[tokio::test]
async fn a_client_told_to_be_modern_does_not_fall_back() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.refuse(&asked, -32601, json!(null)).await;
        peer
    };
    let (client, _peer) = tokio::join!(builder.era(Era::Modern).connect(), server);
    assert!(matches!(client.unwrap_err(), Error::Remote(_)));
}

#[tokio::test]
async fn a_revision_that_is_given_up_later_is_agreed_on_anew() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let supported = json!({ "supported": ["2026-07-28"], "requested": "2026-07-28" });
        peer.refuse(&asked, -32022, supported).await;
        let again = peer.expect("tools/call").await;
        assert_ne!(again["id"], asked["id"]);
        peer.answer(&again, crate::peer::text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(result.is_ok());
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_an_error_that_names_it() {
    let error = Client::stdio("there-is-no-such-program").connect().await.unwrap_err();
    assert!(error.to_string().contains("there-is-no-such-program"), "{error}");
}
