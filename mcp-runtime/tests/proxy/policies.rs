//! Access policies of a gateway.

use mcp_runtime::policy::{AccessRequest, Decision};
use mcp_runtime::prelude::*;
use serde_json::json;

use crate::gateway::{ERAS, connect, proxy};

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::test]
async fn a_gateway_decides_on_the_components_behind_it() {
    for (ours, theirs) in ERAS {
        let upstream = Server::new("upstream", "1").with::<add>();
        let policy = async |request: AccessRequest| match request.arguments().get("a") {
            Some(a) if request.name() == "up_add" && *a == 1 => Decision::Allow,
            _ => Decision::Deny("not behind this gateway".into()),
        };
        let gateway = Server::new("gateway", "1").proxy(proxy(upstream, theirs).await);
        let client = connect(gateway.policy(policy), ours, |it| it).await;
        let result = client.call("up_add", json!({ "a": 1, "b": 2 })).await.unwrap();
        assert_eq!(result.to_text(), "3");
        let result = client.call("up_add", json!({ "a": 2, "b": 2 })).await.unwrap();
        assert_eq!(result.to_text(), "access denied: not behind this gateway");
        assert!(result.is_error);
    }
}
