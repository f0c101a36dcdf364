//! What callers do not see, and the headers that repeat their arguments.

use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::json;

use crate::client::Draft;

/// Delete everything.
#[tool]
async fn admin_wipe(#[arg(header = "Region")] region: String) -> String {
    region
}

fn guarded() -> McpService {
    let is_admin = |caller: &Context| caller.principal().subject() == Some("admin");
    let part = Server::new("part", "1").with::<admin_wipe>();
    let server = Server::new("guarded", "1").with::<admin_wipe>().mount("part", part);
    server.visible(move |_, caller| is_admin(caller)).into_service().unwrap()
}

#[tokio::test]
async fn headers_do_not_give_away_what_is_not_seen() {
    let service = guarded();
    let call = |name: &str| Draft::call(name, json!({ "region": "west" }));
    for name in ["admin_wipe", "part_admin_wipe"] {
        let hidden = call(name).send(&service).await;
        let absent = call(&name.replace("wipe", "wope")).send(&service).await;
        let told = |text: &str| text.replace("wipe", "").replace("wope", "");
        assert_eq!(told(&hidden.body), told(&absent.body));
        assert_eq!((hidden.status, hidden.code()), (absent.status, -32602));
        let seen = call(name).with("mcp-param-region", "west").by(Principal::new("admin"));
        assert_eq!(seen.send(&service).await.text_result(), "west");
        let wrong = call(name).by(Principal::new("admin")).send(&service).await;
        assert_eq!((wrong.status.as_u16(), wrong.code()), (400, -32020));
    }
}
