//! Models as the sampling handler of clients, asked by real servers in both eras.

#![allow(missing_docs)]

use std::error::Error;

use mcp_runtime::agent::{SamplingModel, ScriptedModel};
use mcp_runtime::client::{Client, Era};
use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CreateMessageParams;
use serde_json::json;

type Outcome = Result<(), Box<dyn Error>>;

const ERAS: [Era; 2] = [Era::Legacy, Era::Modern];

/// Summarise a text.
#[tool(read_only)]
async fn summarise(cx: &Context, text: String) -> Result<String, AskError> {
    let answer = cx.sample(text).system("Be brief.").max_tokens(9_000).await?;
    Ok(format!("{} ({})", answer.text(), answer.model()))
}

/// Get the weather of a city.
#[tool(read_only)]
async fn weather(city: String) -> String {
    format!("sunny in {city}")
}

/// Plan a day.
#[tool(read_only)]
async fn plan(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("What shall I do?").tools::<weather>().await?.text())
}

async fn client(era: Era, model: SamplingModel) -> Result<Client, mcp_runtime::client::Error> {
    let server = Server::new("sampling", "1.0").with::<summarise>().with::<plan>();
    Client::in_memory(server).era(era).sampling(model).connect().await
}

fn text(result: &CallToolResult) -> &str {
    result.content[0].as_text().unwrap_or_default()
}

#[tokio::test]
async fn a_server_samples_the_model() -> Outcome {
    for era in ERAS {
        let approve = |request: CreateMessageParams| async move {
            (request.max_tokens == 4_096 && request.system_prompt.is_some()).then_some(request)
        };
        let model = SamplingModel::new(ScriptedModel::new().text("It rains."), approve);
        let client = client(era, model).await?;
        let result = client.call("summarise", json!({ "text": "Drops fall." })).await?;
        assert_eq!(text(&result), "It rains. (scripted)");
    }
    Ok(())
}

#[tokio::test]
async fn tools_of_the_server_are_called() -> Outcome {
    for era in ERAS {
        let calls =
            [("weather", json!({ "city": "Oslo" })), ("weather", json!({ "city": "Rome" }))];
        let model = ScriptedModel::new().calls(calls).text("Go to Rome.");
        let client = client(era, SamplingModel::unattended(model)).await?;
        assert_eq!(text(&client.call("plan", ()).await?), "Go to Rome.");
    }
    Ok(())
}

#[tokio::test]
async fn a_rejected_request_is_an_error_of_the_call() -> Outcome {
    for era in ERAS {
        let model = SamplingModel::new(ScriptedModel::new().text("never"), async |_| None);
        let client = client(era, model).await?;
        let refused = match client.call("summarise", json!({ "text": "x" })).await {
            Ok(result) => {
                assert!(result.is_error);
                text(&result).to_owned()
            }
            Err(error) => error.report().to_string(),
        };
        assert!(refused.contains("User rejected sampling request"), "{era:?}: {refused}");
    }
    Ok(())
}

#[tokio::test]
async fn a_failing_model_does_not_show_its_error_to_the_server() -> Outcome {
    for era in ERAS {
        // The script is empty.
        let model = SamplingModel::unattended(ScriptedModel::new());
        let client = client(era, model).await?;
        let failed = match client.call("summarise", json!({ "text": "x" })).await {
            Ok(result) => text(&result).to_owned(),
            Err(error) => error.report().to_string(),
        };
        assert!(failed.contains("the model of this client cannot answer"), "{era:?}: {failed}");
        assert!(!failed.contains("script"), "{era:?}: {failed}");
    }
    Ok(())
}
