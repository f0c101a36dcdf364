//! Tools of servers and of clients, offered to models.

use mcp_runtime::client::Client;
use mcp_runtime::gateway::Proxy;
use mcp_runtime::prelude::*;
use mcp_runtime::providers::ToolSet;
use serde_json::Value;

use crate::kit::{Outcome, tool};

/// Add two integers.
#[tool(read_only, title = "Addition")]
async fn add(a: i64, #[arg(min = 1)] b: Option<u8>) -> i64 {
    a + i64::from(b.unwrap_or_default())
}

/// Delete everything.
#[tool(destructive, scopes("admin"))]
async fn clear(cx: &Context) -> String {
    cx.principal().subject().unwrap_or_default().to_owned()
}

struct Hidden(&'static str);

fn hides(component: &mcp_runtime::components::ComponentRef<'_>, caller: &Context) -> bool {
    caller.require_state::<Hidden>().is_ok_and(|hidden| hidden.0 != component.key())
}

fn basic() -> Server {
    Server::new("basic", "1.0.0").with::<(add, clear)>().tool(tool("run.time"))
}

fn listed(set: &ToolSet) -> Vec<Value> {
    set.iter().map(|(_, tool)| serde_json::to_value(tool).unwrap()).collect()
}

/// Names of the tools of a server, which are those that its client lists.
async fn names(server: impl Fn() -> Server) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let of_server = ToolSet::of(&server())?;
    let client = Client::in_memory(server()).connect().await?;
    let of_client = ToolSet::of(&client).await?;
    assert_eq!(listed(&of_server), listed(&of_client));
    Ok(of_server.iter().map(|(id, _)| id.tool.clone()).collect())
}

#[tokio::test]
async fn a_server_has_the_tools_that_its_client_lists() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(names(basic).await?, ["add", "clear", "run.time"]);
    assert_eq!(names(|| basic().ignore_unknown_arguments().page_size(1)).await?.len(), 3);
    let mounted =
        || basic().mount("math", basic().mount("deep", basic())).merge(Server::new("b", "1"));
    assert_eq!(names(mounted).await?[3..6], ["math_add", "math_clear", "math_run.time"]);
    assert_eq!(names(mounted).await?[6], "math_deep_add");
    let added = || {
        let mut server = basic();
        server.handle().add_tool(tool("later")).unwrap();
        server
    };
    assert_eq!(names(added).await?, ["add", "clear", "run.time", "later"]);
    Ok(())
}

#[tokio::test]
async fn hidden_tools_are_left_out() -> Result<(), Box<dyn std::error::Error>> {
    let filtered = || basic().visible(hides).state(Hidden("clear"));
    assert_eq!(names(filtered).await?, ["add", "run.time"]);
    let of_part = || {
        Server::new("all", "1")
            .state(Hidden("a_add"))
            .mount("a", basic().visible(hides))
            .merge(basic())
    };
    assert_eq!(names(of_part).await?, ["a_clear", "a_run.time", "add", "clear", "run.time"]);
    let around = || {
        Server::new("all", "1")
            .visible(|component, _| component.key() != "a_add")
            .mount("a", basic())
    };
    assert_eq!(names(around).await?, ["a_clear", "a_run.time"]);
    let panics = || {
        basic().visible(|component, _| if component.key() == "add" { panic!("no") } else { true })
    };
    assert_eq!(names(panics).await?, ["clear", "run.time"]);
    Ok(())
}

#[tokio::test]
async fn gateways_have_the_tools_of_the_servers_behind_them() -> Outcome {
    let gateway = async || {
        let behind = Client::in_memory(basic()).connect().await?;
        let other = Client::in_memory(basic()).connect().await?;
        let renamed = Proxy::of(behind).await?.prefix("b").only(|it| it.key() != "clear");
        let server = Server::new("gateway", "1").with::<add>();
        Ok::<_, mcp_runtime::client::Error>(server.proxy(renamed).proxy(Proxy::of(other).await?))
    };
    let of_server = ToolSet::of(&gateway().await?).unwrap();
    let client = Client::in_memory(gateway().await?).connect().await?;
    assert_eq!(listed(&of_server), listed(&ToolSet::of(&client).await?));
    let names: Vec<_> = of_server.iter().map(|(id, _)| &*id.tool).collect();
    assert_eq!(names, ["add", "b_add", "b_run.time", "clear", "run.time"]);
    Ok(())
}

#[test]
fn tools_that_are_not_valid_are_errors() {
    let reasons = |server: Server| ToolSet::of(&server).unwrap_err().reasons().join("; ");
    assert!(reasons(basic().merge(basic())).contains("two tools are named `add`"));
    assert!(reasons(basic().tool(tool("a b"))).contains("tool `a b`: its name"));
    let mounted = basic().mount("a b", Server::new("b", "1").with::<add>());
    assert!(reasons(mounted).contains("tool `add` cannot be mounted under `a b`"));
    let mut taken = basic();
    taken.handle().add_tool(tool("add")).unwrap();
    assert!(reasons(taken).contains("two tools are named `add`"));
}
