//! The client for the official conformance suite. The scenario and the revision are in environment
//! variables, the URL of the server is the argument.
//!
//! ```sh
//! cargo xtask conformance client --revision 2026-07-28
//! ```

mod conformance_login;
#[allow(dead_code, reason = "the example `skills_client` uses more of it")]
mod skills_host;

use std::error::Error;
use std::time::Duration;

use mcp_runtime::ProtocolError;
use mcp_runtime::client::auth::Login;
use mcp_runtime::client::{Client, Era, NO_ARGUMENTS};
use mcp_runtime::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitResult, ProgressParams, Root, Settings, Tool,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use skills_host::{EXTENSION, Skills};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Timeout below the 30 s of the suite, so that a hanging scenario reports an error.
const SCENARIO_TIMEOUT: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> Outcome {
    let url = std::env::args().next_back().ok_or("the URL of a server is missing")?;
    let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO")?;
    let revision = std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").unwrap_or_default();
    let era = if revision.as_str() < "2026" { Era::Legacy } else { Era::Modern };
    let run = async {
        let login = conformance_login::login(&url, &scenario).await?;
        let client = connect(&url, era, login).await?;
        let outcome = play(&client, &scenario).await;
        client.close().await;
        outcome
    };
    tokio::time::timeout(SCENARIO_TIMEOUT, run).await?
}

/// A client with every capability: it accepts every form, has a model with a fixed answer, and one
/// root.
async fn connect(url: &str, era: Era, login: Option<Login>) -> Outcome<Client> {
    let root = Root::new("file:///tmp");
    let mut client = Client::http(url);
    if let Some(login) = login {
        client = client.login(login);
    }
    let client = client
        .era(era)
        .on_form(|_| async { ElicitResult::accept(Default::default()) })
        .on_sample(sample)
        .roots([root])
        .extension(EXTENSION, Settings::new())
        .connect()
        .await?;
    Ok(client)
}

async fn sample(_: CreateMessageParams) -> Result<CreateMessageResult, ProtocolError> {
    Ok(CreateMessageResult::text("none", "Paris"))
}

async fn play(client: &Client, scenario: &str) -> Outcome {
    if let Some(task) = scenario.strip_prefix("sep-2640-client-") {
        return skills(client, task).await;
    }
    let tools = client.tools().all().await?;
    match scenario {
        "tools_call" => call(client, "add_numbers", &Numbers { a: 5, b: 3 }).await,
        "http-standard-headers" => everything(client, &tools).await,
        "http-custom-headers" => given_calls(client).await,
        "json-schema-2020-12-preservation" => echo_schema(client, &tools).await,
        // These scenarios test lists or connecting.
        "initialize" | "request-metadata" | "json-schema-ref-no-deref" => Ok(()),
        _ => {
            for tool in &tools {
                call(client, &tool.name, &()).await?;
            }
            Ok(())
        }
    }
}

#[derive(Serialize)]
struct Numbers {
    a: i64,
    b: i64,
}

async fn call(client: &Client, name: &str, arguments: &impl Serialize) -> Outcome {
    let on_progress = |progress: ProgressParams| eprintln!("progress: {}", progress.progress);
    let result = client.call(name, arguments).on_progress(on_progress).await?;
    if result.is_error {
        return Err(format!("the tool `{name}` failed: {:?}", result.content).into());
    }
    Ok(())
}

/// Uses every component of the server once.
async fn everything(client: &Client, tools: &[Tool]) -> Outcome {
    for tool in tools {
        call(client, &tool.name, &()).await?;
    }
    for resource in client.resources().all().await? {
        client.read(resource.uri).await?;
    }
    for prompt in client.prompts().all().await? {
        client.prompt(prompt.name, NO_ARGUMENTS).await?;
    }
    Ok(())
}

/// Makes the calls that the suite asks for.
async fn given_calls(client: &Client) -> Outcome {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Given {
        tool_calls: Vec<GivenCall>,
    }

    #[derive(Deserialize)]
    struct GivenCall {
        name: String,
        arguments: Box<RawValue>,
    }

    let context = std::env::var("MCP_CONFORMANCE_CONTEXT")?;
    let given: Given = serde_json::from_str(&context)?;
    for GivenCall { name, arguments } in given.tool_calls {
        call(client, &name, &arguments).await?;
    }
    Ok(())
}

/// Sends a schema back unchanged.
async fn echo_schema(client: &Client, tools: &[Tool]) -> Outcome {
    #[derive(Serialize)]
    struct Echo<'a> {
        schema: &'a mcp_runtime::schema::Schema,
    }

    let focal = tools.iter().find(|tool| tool.name == "json_schema_2020_12_tool");
    let schema = &focal.ok_or("the tool is not listed")?.input_schema;
    call(client, "json_schema_echo", &Echo { schema }).await
}

/// Lists the skills of a server, and loads them unless that is not needed.
async fn skills(client: &Client, task: &str) -> Outcome {
    let skills = Skills::of(client).ok_or("the server has no skills")?;
    let (listed, faults) = skills.list().await?;
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault.into());
    }
    if task == "no-prefetch" {
        return Ok(());
    }
    for skill in listed {
        match skills.load(skill).await {
            Err(refusal) => eprintln!("{refusal}"),
            // A model would read the files that the instructions name.
            Ok(skill) => drop(skill.read("references/FORMS.md").await?),
        }
    }
    Ok(())
}
