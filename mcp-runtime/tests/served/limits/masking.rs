//! Errors that were not written for the client.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex};

use mcp_runtime::ProtocolError;
use mcp_runtime::elicit::AskError;
use mcp_runtime::hook::{Hook, HookFailure, HookRequest};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::prompt::PromptArguments;
use mcp_runtime::resource::ResourceError;
use mcp_runtime::testing::{TestClientBuilder, assert_failed, assert_refused};
use mcp_runtime::{Inject, Server};
use serde_json::json;

use crate::kit::{NOTHING, Outcome, clients, clients_with};

const SECRET: &str = "password of the database";
const MASKED: &str = "the handler failed; the log of the server has the details";

fn secret() -> io::Error {
    io::Error::other(SECRET)
}

struct Tenant;

impl Inject for Tenant {
    fn inject(_: &Context) -> Result<Self, ToolError> {
        Err(secret())?
    }
}

#[derive(Elicit)]
struct Confirm {
    /// Go on
    #[allow(dead_code)]
    yes: bool,
}

/// Fail with an error, a string or in other ways.
#[tool(task)]
async fn error() -> Result<String, io::Error> {
    Err(secret())
}

/// Fail with a string.
#[tool]
async fn string() -> Result<i64, String> {
    Err(SECRET.into())
}

/// Fail with a box.
#[tool]
async fn boxed() -> Result<i64, Box<dyn StdError>> {
    Err(secret().into())
}

/// Fail with what was converted.
#[tool]
async fn converted() -> Result<String, ToolError> {
    Err(secret())?;
    Ok(String::new())
}

/// Fail before it begins.
#[tool]
async fn injected(_tenant: Tenant) -> String {
    String::new()
}

/// Fail with a message for the model.
#[tool]
async fn shown(number: i64) -> Result<String, ToolError> {
    match number {
        0 => Err(ToolError::new("for the model")),
        1 => Err("for the model".into()),
        2 => Err(format!("for the {}", "model").into()),
        3 => Err(ProtocolError::invalid_params("for the model").into()),
        _ => Ok(String::new()),
    }
}

/// Ask somebody who cannot be asked.
#[tool]
async fn ask(cx: &Context) -> Result<String, AskError> {
    cx.elicit::<Confirm>("Sure?").await?;
    Ok(String::new())
}

/// Panic.
#[tool]
async fn panic() -> String {
    panic!("{SECRET}")
}

/// A file.
#[resource("files://{name}")]
async fn file(name: String) -> Result<String, ResourceError> {
    match &*name {
        "shown" => Err(ResourceError::new("for the client")),
        "text" => Err("for the client".into()),
        "none" => Err(ResourceError::not_found_because("for the client")),
        _ => Err(secret())?,
    }
}

/// A log.
#[resource("logs://today")]
async fn log() -> Result<String, io::Error> {
    Err(secret())
}

/// Completions that fail.
fn complete(_: &str) -> Result<Vec<String>, io::Error> {
    Err(secret())
}

/// Say something.
#[prompt]
async fn say(#[arg(complete = complete)] what: String) -> Result<String, io::Error> {
    let _ = what;
    Err(secret())
}

fn open() -> Server {
    let schema = r#"{"type":"object"}"#;
    let dynamic = Tool::new("dynamic", schema, async |_, _| Err::<i64, _>(secret()));
    let prompt =
        Prompt::new("late", async |_: Context, _: PromptArguments| Err::<String, _>(secret()));
    Server::new("masked", "1")
        .with::<(error, string, boxed, converted, injected, shown, ask, panic, file, log, say)>()
        .tool(dynamic)
        .prompt(prompt)
        .method("own/method", async |_: Context, (): ()| Err::<(), _>(secret()))
}

fn server() -> Server {
    open().mask_errors()
}

#[tokio::test]
async fn errors_of_tools_are_masked() -> Outcome {
    for client in clients(server).await? {
        for tool in ["error", "string", "boxed", "converted", "injected", "dynamic"] {
            assert_failed(&client.call(tool, ()).await?, MASKED);
        }
        let task = client.call("error", ()).as_task().await?;
        match task.await {
            Ok(result) => assert_failed(&result, MASKED),
            Err(error) => assert!(error.to_string().contains(MASKED), "{error}"),
        }
        let panicked = client.call("panic", ()).await;
        assert_refused(&panicked, ErrorCode::INTERNAL_ERROR, "the handler failed unexpectedly");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_meant_for_the_model_is_sent() -> Outcome {
    for client in clients_with(server, TestClientBuilder::incapable).await? {
        for number in 0..3 {
            let result = client.call("shown", json!({ "number": number })).await?;
            assert_failed(&result, "for the model");
        }
        let refused = client.call("shown", json!({ "number": 3 })).await;
        assert_refused(&refused, ErrorCode::INVALID_PARAMS, "for the model");
        let result = client.call("shown", json!({ "number": "no" })).await?;
        assert_failed(&result, "`number`");
        match client.call("ask", ()).await {
            Ok(result) => assert_failed(&result, "does not declare `elicitation`"),
            Err(error) => assert!(error.to_string().contains("elicitation"), "{error}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn errors_of_everything_else_are_masked() -> Outcome {
    let internal = ErrorCode::INTERNAL_ERROR;
    for client in clients(server).await? {
        assert_refused(&client.read("files://secret").await, internal, MASKED);
        assert_refused(&client.read("logs://today").await, internal, MASKED);
        assert_refused(&client.read("files://shown").await, internal, "for the client");
        assert_refused(&client.read("files://text").await, internal, "for the client");
        let none = client.read("files://none").await.unwrap_err().to_string();
        assert!(none.contains("for the client"), "{none}");
        assert_refused(&client.prompt("say", [("what", "x")]).await, internal, MASKED);
        assert_refused(&client.prompt("late", NOTHING).await, internal, MASKED);
        assert_refused(&client.request::<()>("own/method", json!({})).await, internal, MASKED);
        let params = json!({
            "ref": { "type": "ref/prompt", "name": "say" },
            "argument": { "name": "what", "value": "" },
        });
        let completed = client.request::<()>("completion/complete", params).await;
        assert_refused(&completed, internal, MASKED);
    }
    Ok(())
}

#[tokio::test]
async fn without_the_setting_nothing_is_masked() -> Outcome {
    for client in clients(open).await? {
        assert_failed(&client.call("error", ()).await?, SECRET);
        assert_refused(&client.read("logs://today").await, ErrorCode::INTERNAL_ERROR, SECRET);
    }
    Ok(())
}

#[tokio::test]
async fn a_part_that_masks_errors_masks_them_all() -> Outcome {
    let parts = [
        || Server::new("whole", "1").mount("part", server()),
        || Server::new("whole", "1").mount("part", open()).mask_errors(),
    ];
    for whole in parts {
        for client in clients(whole).await? {
            assert_failed(&client.call("part_error", ()).await?, MASKED);
        }
    }
    Ok(())
}

/// Records the failures that hooks see.
struct Watch(Arc<Mutex<Vec<String>>>);

impl Hook for Watch {
    async fn error(&self, _: &HookRequest, failure: &HookFailure<'_>) {
        self.0.lock().unwrap().push(failure.to_string());
    }
}

#[tokio::test]
async fn hooks_see_the_messages() -> Outcome {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    for client in clients(|| server().hook(Watch(Arc::clone(&seen)))).await? {
        seen.lock().unwrap().clear();
        assert_failed(&client.call("error", ()).await?, MASKED);
        assert_refused(&client.read("logs://today").await, ErrorCode::INTERNAL_ERROR, MASKED);
        let seen = seen.lock().unwrap();
        assert!(seen.len() == 2 && seen.iter().all(|failure| failure.contains(SECRET)), "{seen:?}");
    }
    Ok(())
}
