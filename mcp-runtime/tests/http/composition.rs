//! Servers made of servers, and what callers see of them.

use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::{Hook, Incoming, McpService, ProtocolError};
use serde_json::{Value, json};

use crate::client::{Draft, LEGACY, open};

struct Name(&'static str);

struct Depth(u8);

/// Say what the state holds.
#[tool]
async fn whose(cx: &Context, name: State<Name>, depth: State<Depth>) -> String {
    let same = cx.state::<Name>().is_some_and(|other| other.0 == name.0);
    format!("{} {} {same}", name.0, depth.0)
}

/// Delete everything.
#[tool]
async fn admin_wipe(#[arg(header = "Region")] region: String) -> String {
    region
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

struct Count(Arc<Mutex<Vec<String>>>);

impl Hook for Count {
    async fn after(&self, request: &Incoming) {
        self.0.lock().unwrap().push(request.name().unwrap_or(request.method()).to_owned());
    }
}

async fn names(service: &McpService) -> Vec<String> {
    names_for(service, Principal::anonymous()).await.0
}

async fn names_for(service: &McpService, principal: Principal) -> (Vec<String>, Value) {
    let answer = Draft::modern("tools/list", json!({})).by(principal).send(service).await.json();
    let tools = answer["result"]["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
    (names.collect(), answer["result"]["cacheScope"].clone())
}

#[tokio::test]
async fn a_mounted_server_keeps_its_state() {
    let inner = Server::new("inner", "1").with::<whose>().state(Name("inner"));
    let middle =
        Server::new("middle", "1").with::<whose>().state(Name("middle")).mount("in", inner);
    let server = Server::new("outer", "1")
        .merge(Server::new("merged", "1").with::<whose>())
        .mount("mid", middle)
        .with::<add>()
        .state(Name("outer"))
        .state(Depth(1));
    let service = server.into_service().unwrap();
    assert_eq!(names(&service).await, ["add", "whose", "mid_whose", "mid_in_whose"]);
    let say = async |tool: &str| Draft::call(tool, json!({})).send(&service).await.text_result();
    assert_eq!(say("whose").await, "outer 1 true");
    assert_eq!(say("mid_whose").await, "middle 1 true");
    assert_eq!(say("mid_in_whose").await, "inner 1 true");
    let session = open(&service, LEGACY).await;
    let params = json!({ "name": "mid_in_whose", "arguments": {} });
    let answer = Draft::in_session(&session, 1, "tools/call", params).send(&service).await;
    assert_eq!(answer.text_result(), "inner 1 true");
}

#[test]
fn what_does_not_fit_together_is_not_built() {
    let check = |server: Server, expected: &str| {
        let error = server.into_service().unwrap_err();
        assert_eq!(error.reasons(), [expected]);
    };
    let adds = || Server::new("adds", "1").with::<add>();
    check(adds().merge(adds()), "two tools are named `add`; give one another `name`");
    check(
        Server::new("s", "1").mount("a b", adds()),
        "tool `add` cannot be mounted under `a b`: `a b_add` contains ' '; allowed are ASCII letters, digits, `_`, `-` and `.`",
    );
    let mut handled = adds();
    let _handle = handled.handle();
    check(
        adds().mount("a", handled),
        "server `adds` is mounted, so its handle would change nothing; take the handle of the server that serves",
    );
    check(
        Server::new("s", "1").state(Depth(1)).mount("a", Server::new("t", "1").with::<whose>()),
        "tool `a_whose` needs `State<http::composition::Name>`; call `.state(…)` with such a value",
    );
    let own = |server: Server| {
        server.method("own", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
    };
    check(own(adds()).mount("b", own(adds())), "two handlers are given for the method `own`");
}

#[tokio::test]
async fn hooks_of_a_mounted_server_run_for_its_components() {
    let (outer, inner) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
    let part = Server::new("part", "1").with::<add>().hook(Count(Arc::clone(&inner)));
    let whole = Server::new("whole", "1").with::<add>().mount("part", part);
    let service = whole.hook(Count(Arc::clone(&outer))).into_service().unwrap();
    for tool in ["add", "part_add"] {
        Draft::call(tool, json!({ "a": 1, "b": 2 })).send(&service).await;
    }
    names(&service).await;
    assert_eq!(*outer.lock().unwrap(), ["add", "part_add", "tools/list"]);
    assert_eq!(*inner.lock().unwrap(), ["part_add"]);
}

fn guarded() -> McpService {
    let is_admin = |caller: &Context| caller.principal().subject() == Some("admin");
    let part =
        Server::new("part", "1").with::<(add, admin_wipe)>().visible(move |component, caller| {
            !component.key().starts_with("part_admin") || is_admin(caller)
        });
    let server = Server::new("guarded", "1").with::<(add, admin_wipe)>().mount("part", part);
    let server = server
        .visible(move |component, caller| component.key() != "admin_wipe" || is_admin(caller));
    server.page_size(2).into_service().unwrap()
}

#[tokio::test]
async fn a_list_holds_what_the_caller_sees() {
    let service = guarded();
    let (names, scope) = names_for(&service, Principal::anonymous()).await;
    assert_eq!((names, scope), (vec!["add".to_owned(), "part_add".into()], json!("private")));
    let (names, _) = names_for(&service, Principal::new("admin")).await;
    assert_eq!(names, ["add", "admin_wipe"]);
    let page = Draft::modern("tools/list", json!({})).by(Principal::new("admin"));
    let cursor = page.send(&service).await.json()["result"]["nextCursor"].clone();
    let page = Draft::modern("tools/list", json!({ "cursor": cursor }));
    let answer = page.clone().by(Principal::new("admin")).send(&service).await.json();
    assert_eq!(answer["result"]["tools"][1]["name"], "part_admin_wipe");
    // The cursor names what this caller does not see.
    assert_eq!(page.send(&service).await.code(), -32602);
}

#[tokio::test]
async fn what_is_not_seen_is_not_there() {
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

#[tokio::test]
async fn a_decision_that_panics_hides() {
    let server = Server::new("panics", "1").with::<add>().visible(|_, _| panic!("a secret"));
    let service = server.into_service().unwrap();
    assert!(names(&service).await.is_empty());
    let answer = Draft::call("add", json!({ "a": 1, "b": 2 })).send(&service).await;
    assert_eq!(answer.code(), -32602);
}
