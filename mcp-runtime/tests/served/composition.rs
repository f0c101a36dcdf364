//! Mounted and merged servers.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::Error;
use mcp_runtime::hook::{Hook, HookRequest, HookResult};
use mcp_runtime::prelude::*;
use mcp_runtime::prompt::PromptArguments;
use mcp_runtime::protocol::CompletionReference;
use mcp_runtime::resource::{ResourceError, Variables};
use mcp_runtime::testing::{TestClient, assert_text, eras};
use serde_json::json;

use crate::kit::{NOTHING, Outcome, clients};

struct Name(&'static str);

struct Depth(u8);

/// Say what the state holds.
#[tool]
async fn whose(cx: &Context, name: State<Name>, depth: State<Depth>) -> String {
    let same = cx.state::<Name>().is_some_and(|other| other.0 == name.0);
    format!("{} {} {same}", name.0, depth.0)
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// A server with all kinds of components.
pub(crate) fn library() -> Server {
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

pub(crate) async fn names(client: &TestClient) -> Result<Vec<String>, Error> {
    Ok(client.tools().all().await?.into_iter().map(|tool| tool.name).collect())
}

fn nested() -> Server {
    let inner = Server::new("inner", "1").with::<whose>().state(Name("inner"));
    let middle =
        Server::new("middle", "1").with::<whose>().state(Name("middle")).mount("in", inner);
    Server::new("outer", "1")
        .merge(Server::new("merged", "1").with::<whose>())
        .mount("mid", middle)
        .with::<add>()
        .state(Name("outer"))
        .state(Depth(1))
}

#[tokio::test]
async fn a_mounted_server_keeps_its_state() -> Outcome {
    for client in clients(nested).await? {
        assert_eq!(names(&client).await?, ["add", "whose", "mid_whose", "mid_in_whose"]);
        for (tool, said) in [
            ("whose", "outer 1 true"),
            ("mid_whose", "middle 1 true"),
            ("mid_in_whose", "inner 1 true"),
        ] {
            assert_text(&client.call(tool, ()).await?, said);
        }
    }
    Ok(())
}

type Log = Arc<Mutex<Vec<String>>>;

struct Count(Log);

impl Hook for Count {
    async fn after(&self, request: &HookRequest, _: &mut HookResult<'_>) {
        self.0.lock().unwrap().push(request.name().unwrap_or(request.method()).to_owned());
    }
}

/// Counts since the last call.
fn counted(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

#[tokio::test]
async fn hooks_of_a_mounted_server_run_for_its_components() -> Outcome {
    for era in eras() {
        let (outer, inner) = (Log::default(), Log::default());
        let part = Server::new("part", "1").with::<add>().hook(Count(Arc::clone(&inner)));
        let whole = Server::new("whole", "1").with::<add>().mount("part", part);
        let whole = whole.hook(Count(Arc::clone(&outer)));
        let client = TestClient::of(whole).era(era).connect().await?;
        // Without the requests that connect the client.
        counted(&outer);
        for tool in ["add", "part_add"] {
            client.call(tool, json!({ "a": 1, "b": 2 })).await?;
        }
        client.tools().all().await?;
        assert_eq!(counted(&outer), ["add", "part_add", "tools/list"], "{era:?}");
        assert_eq!(counted(&inner), ["part_add"], "{era:?}");
    }
    Ok(())
}

#[tokio::test]
async fn hooks_of_a_mounted_library_run_for_its_resources_and_prompts() -> Outcome {
    for era in eras() {
        let heard = Log::default();
        let part = library().hook(Count(Arc::clone(&heard)));
        let client = TestClient::of(library().mount("part", part)).era(era).connect().await?;
        for uri in ["books://part/emma", "books://part/index", "books://index"] {
            client.read(uri).await?;
        }
        for name in ["review", "part_review"] {
            client.prompt(name, NOTHING).await?;
        }
        let expected = ["books://part/emma", "books://part/index", "part_review"];
        assert_eq!(counted(&heard), expected, "{era:?}");
    }
    Ok(())
}

#[tokio::test]
async fn resources_and_prompts_are_mounted_with_their_state() -> Outcome {
    let server = || Server::new("town", "1").mount("library", library()).state(Name("town"));
    for client in clients(server).await? {
        let resources = client.resources().all().await?;
        let uris: Vec<_> = resources.into_iter().map(|resource| resource.uri).collect();
        assert_eq!(uris, ["books://library/index", "books://library/ann"]);
        let templates = client.templates().all().await?;
        assert_eq!(templates[0].uri_template, "books://library/{title}");
        for (uri, text) in
            [("books://library/emma", "emma of ann"), ("books://library/index", "all")]
        {
            let read = client.read(uri).await?.contents.remove(0);
            assert_eq!((read.uri.as_str(), read.as_text()), (uri, Some(text)));
        }
        let prompt = client.prompt("library_review", NOTHING).await?;
        assert_eq!(prompt.messages[0].content.as_text(), Some("Ask ann"));
        let template = CompletionReference::resource("books://library/{title}");
        let completed = client.complete(template, "title", "a", NOTHING).await?;
        assert_eq!(completed.values, ["ann"]);
    }
    Ok(())
}
