//! Changes of the components of an upstream server while the gateway serves.

use mcp_runtime::Server;
use mcp_runtime::client::{Event, Watch};
use mcp_runtime::prompt::Prompt;
use mcp_runtime::resource::Resource;
use mcp_runtime::tool::Tool;

use crate::gateway::{ERAS, connect, proxy};

fn tool(name: &str, description: &str) -> Tool {
    let schema = r#"{"type":"object"}"#;
    Tool::new(name, schema, async |_cx, _arguments| "done").description(description)
}

#[tokio::test]
async fn changes_are_followed() {
    for (ours, theirs) in ERAS {
        let mut upstream = Server::new("up", "1").tool(tool("a", "first")).tool(tool("b", ""));
        let handle = upstream.handle();
        let gateway =
            Server::new("gateway", "1").tool(tool("own", "")).proxy(proxy(upstream, theirs).await);
        let client = connect(gateway, ours, |builder| builder).await;
        let mut changes = client.subscribe(Watch::lists()).await.unwrap();
        let tools = async || {
            let tools = client.tools().all().await.unwrap();
            let tools = tools.into_iter().map(|it| (it.name, it.description.unwrap_or_default()));
            tools.map(|(name, description)| format!("{name}:{description}")).collect::<Vec<_>>()
        };
        assert_eq!(tools().await, ["own:", "up_a:first", "up_b:"]);

        handle.add_tool(tool("c", "new")).unwrap();
        while tools().await != ["own:", "up_a:first", "up_b:", "up_c:new"] {
            assert_eq!(changes.next().await.unwrap().unwrap(), Event::Tools);
        }
        handle.remove_tool("a");
        handle.add_tool(tool("a", "second")).unwrap();
        while tools().await != ["own:", "up_b:", "up_c:new", "up_a:second"]
            && tools().await != ["own:", "up_a:second", "up_b:", "up_c:new"]
        {
            assert_eq!(changes.next().await.unwrap().unwrap(), Event::Tools);
        }
        let result = client.call("up_c", ()).await.unwrap();
        assert_eq!(result.content[0].as_text(), Some("done"));

        let resource = Resource::new("x://{y}", "x", async |_cx, _variables| "text");
        handle.add_resource(resource).unwrap();
        handle.add_prompt(Prompt::new("p", async |_cx, _arguments| "text")).unwrap();
        while client.prompts().all().await.unwrap().is_empty()
            || client.templates().all().await.unwrap().is_empty()
        {
            changes.next().await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn what_follows_a_server_ends_with_the_gateway() {
    for (ours, theirs) in ERAS {
        let upstream = Server::new("up", "1").tool(tool("a", ""));
        let (near, far) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(far);
        let serving = tokio::spawn(upstream.serve_over(reader, writer));
        let (reader, writer) = tokio::io::split(near);
        let client = mcp_runtime::client::Client::over(reader, writer).era(theirs);
        let proxy = mcp_runtime::gateway::Proxy::of(client.connect().await.unwrap()).await.unwrap();
        let client = connect(Server::new("gateway", "1").proxy(proxy), ours, |it| it).await;
        client.call("a", ()).await.unwrap();
        client.close().await;
        // Its input ends when the last client is dropped.
        serving.await.unwrap().unwrap();
    }
}
