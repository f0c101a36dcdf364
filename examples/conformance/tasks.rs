//! Tools of the conformance server that run as tasks.

use std::time::Duration;

use mcp_runtime::ProtocolError;
use mcp_runtime::elicit::Elicited;
use mcp_runtime::prelude::*;

/// A confirmation.
#[derive(Elicit)]
struct Confirm {
    confirm: bool,
}

/// A name.
#[derive(Elicit)]
pub(crate) struct Name {
    name: String,
}

/// A greeting. It never is a task.
#[tool]
pub(crate) async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

/// A computation that takes some time.
#[tool(task)]
pub(crate) async fn slow_compute(seconds: f64, label: Option<String>) -> String {
    tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 600.0))).await;
    format!("{} is done", label.unwrap_or_else(|| "the computation".to_owned()))
}

/// A task that fails.
#[tool(task = "required")]
pub(crate) async fn failing_job() -> Result<String, ToolError> {
    Err(ToolError::new("the job failed"))
}

/// A task that ends with an error of the protocol.
#[tool(task)]
pub(crate) async fn protocol_error_job() -> Result<String, ProtocolError> {
    Err(ProtocolError::internal("the job cannot be done"))
}

/// A task with a question.
#[tool(task)]
pub(crate) async fn confirm_delete(cx: &Context, filename: String) -> Result<String, ToolError> {
    let confirmed = cx.elicit::<Confirm>(format!("Delete {filename}?")).await?;
    Ok(match confirmed {
        Elicited::Accepted(Confirm { confirm: true }) => format!("deleted {filename}"),
        _ => format!("kept {filename}"),
    })
}

/// A task with two questions at once.
#[tool(task)]
pub(crate) async fn multi_input(cx: &Context) -> Result<String, ToolError> {
    let (one, other) =
        tokio::try_join!(cx.elicit::<Name>("First name?"), cx.elicit::<Name>("Second name?"))?;
    let name = |answer| match answer {
        Elicited::Accepted(Name { name }) => name,
        _ => "no name".to_owned(),
    };
    Ok(format!("{} and {}", name(one), name(other)))
}

/// A task whose parameter is asked for before.
#[tool(task)]
pub(crate) async fn test_tool_with_task(
    #[ask("What is your name?", key = "user_name")] user: Name,
) -> String {
    format!("Hello, {}!", user.name)
}
