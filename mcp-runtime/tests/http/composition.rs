//! Servers made of servers, and what callers see of them.

use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::{
    Hook, Incoming, McpService, Prompt, PromptArguments, ProtocolError, Resource, ResourceError,
    Variables,
};
use serde_json::{Value, json};

use crate::client::{Draft, LEGACY, events, next, next_event, open, soon};

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

/// A server with everything that has a name or URI.
fn library() -> Server {
    let book = Resource::new("books://{title}", "book", async |cx: Context, given: Variables| {
        let title: String = given.parse("title")?;
        let owner = cx.state::<Name>().map_or("nobody", |name| name.0);
        Ok::<_, ResourceError>(format!("{title} of {owner}"))
    });
    let lister = async |cx: &Context| {
        let owner = cx.state::<Name>().map_or("nobody", |name| name.0);
        vec![ResourceLink::new(format!("books://{owner}"), "listed")]
    };
    let titles = async |_: &str, cx: &Context| {
        vec![cx.state::<Name>().map_or("nobody", |name| name.0).to_owned()]
    };
    Server::new("library", "1")
        .resource(Resource::new("books://index", "index", async |_: Context, _: Variables| "all"))
        .resource(book.list(lister).complete("title", titles))
        .prompt(Prompt::new("review", async |cx: Context, _: PromptArguments| {
            format!("Ask {}", cx.state::<Name>().map_or("nobody", |name| name.0))
        }))
        .state(Name("ann"))
}

#[tokio::test]
async fn resources_and_prompts_are_mounted_with_their_state() {
    let server = Server::new("town", "1").mount("library", library()).state(Name("town"));
    let service = server.into_service().unwrap();
    let ask = async |method: &str, params: Value| {
        Draft::modern(method, params).send(&service).await.json()["result"].clone()
    };
    let list = ask("resources/list", json!({})).await;
    let uris: Vec<_> = list["resources"].as_array().unwrap().iter().map(|it| &it["uri"]).collect();
    assert_eq!(uris, ["books://library/index", "books://library/ann"]);
    let list = ask("resources/templates/list", json!({})).await;
    assert_eq!(list["resourceTemplates"][0]["uriTemplate"], "books://library/{title}");
    let read = ask("resources/read", json!({ "uri": "books://library/emma" })).await;
    assert_eq!(read["contents"][0]["text"], "emma of ann");
    assert_eq!(read["contents"][0]["uri"], "books://library/emma");
    let read = ask("resources/read", json!({ "uri": "books://library/index" })).await;
    assert_eq!(read["contents"][0]["text"], "all");
    let prompt = ask("prompts/get", json!({ "name": "library_review" })).await;
    assert_eq!(prompt["messages"][0]["content"]["text"], "Ask ann");
    let reference = json!({ "type": "ref/resource", "uri": "books://library/{title}" });
    let argument = json!({ "name": "title", "value": "a" });
    let completed =
        ask("completion/complete", json!({ "ref": reference, "argument": argument })).await;
    assert_eq!(completed["completion"]["values"], json!(["ann"]));
}

#[test]
fn a_uri_without_an_authority_has_no_place_for_a_prefix() {
    let mail = Resource::new("mailto:ann", "mail", async |_: Context, _: Variables| "no");
    let server = Server::new("s", "1").mount("a", Server::new("t", "1").resource(mail));
    assert_eq!(
        server.into_service().unwrap_err().reasons(),
        [
            "resource `mailto:ann` cannot be mounted under `a`: it has no `://` to put the prefix behind"
        ]
    );
}

#[tokio::test]
async fn resources_and_prompts_are_seen_or_not_there() {
    let sees = |caller: &Context| caller.principal().subject() == Some("reader");
    let service = library().visible(move |_, caller| sees(caller)).into_service().unwrap();
    let ask = async |method: &str, params: Value| {
        let draft = Draft::modern(method, params);
        let seen = draft.clone().by(Principal::new("reader")).send(&service).await.json();
        (draft.send(&service).await.json(), seen)
    };
    for (method, member) in [
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
        ("prompts/list", "prompts"),
    ] {
        let (hidden, seen) = ask(method, json!({})).await;
        assert_eq!(hidden["result"][member], json!([]), "{method}");
        assert_ne!(seen["result"][member], json!([]), "{method}");
        assert_eq!(seen["result"]["cacheScope"], "private");
    }
    let reference = json!({ "type": "ref/prompt", "name": "review" });
    let template = json!({ "type": "ref/resource", "uri": "books://{title}" });
    let argument = json!({ "name": "title", "value": "" });
    for (method, params) in [
        ("resources/read", json!({ "uri": "books://emma" })),
        ("resources/read", json!({ "uri": "books://index" })),
        ("prompts/get", json!({ "name": "review" })),
        ("completion/complete", json!({ "ref": template, "argument": argument })),
    ] {
        let (hidden, seen) = ask(method, params).await;
        assert_eq!(hidden["error"]["code"], -32602, "{method}: {hidden}");
        assert!(!hidden["error"]["message"].as_str().unwrap().contains("did you mean"), "{hidden}");
        assert!(seen["result"].is_object(), "{method}: {seen}");
    }
    let (hidden, _) =
        ask("completion/complete", json!({ "ref": reference, "argument": argument })).await;
    assert_eq!(hidden["error"]["message"], "unknown prompt: review");
}

#[tokio::test]
async fn hooks_of_a_mounted_library_run_for_its_resources_and_prompts() {
    let heard = Arc::new(Mutex::default());
    let part = library().hook(Count(Arc::clone(&heard)));
    let service = library().mount("part", part).into_service().unwrap();
    for uri in ["books://part/emma", "books://part/index", "books://index"] {
        Draft::modern("resources/read", json!({ "uri": uri })).send(&service).await;
    }
    for name in ["review", "part_review"] {
        Draft::modern("prompts/get", json!({ "name": name })).send(&service).await;
    }
    let expected = ["books://part/emma", "books://part/index", "part_review"];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test]
async fn nobody_hears_of_a_resource_that_is_not_seen() {
    let is_reader = |caller: &Context| caller.principal().subject() == Some("reader");
    let mut server = library().visible(move |_, caller| is_reader(caller));
    let handle = server.handle();
    let service = server.into_service().unwrap();
    let watched = json!(["books://emma", "later:1"]);
    let listen = json!({ "notifications": { "resourceSubscriptions": watched } });
    for (principal, expected) in
        [(Principal::anonymous(), "later:1"), (Principal::new("reader"), "books://emma")]
    {
        let draft = Draft::modern("subscriptions/listen", listen.clone()).by(principal);
        let mut body = draft.begin(&service).await.into_body();
        let first = next_event(&mut body).await;
        assert_eq!(first["params"]["notifications"]["resourceSubscriptions"], watched);
        handle.resource_updated("books://emma");
        handle.resource_updated("later:1");
        let piece = soon(next(&mut body)).await.expect("a piece");
        assert_eq!(events(&piece)[0]["params"]["uri"], expected);
    }
}
