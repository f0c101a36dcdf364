//! Completers that filter for themselves, and references to concrete URIs.

use mcp_runtime::completion::{Completing, Fuzzy};
use mcp_runtime::prelude::*;
use mcp_runtime::prompt::PromptArguments;
use mcp_runtime::protocol::PromptArgument;
use mcp_runtime::resource::Variables;
use mcp_runtime::testing::assert_json;
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients};

/// Keywords that have the letters in this order.
fn keywords(partial: &str) -> Vec<&'static str> {
    let fits = |keyword: &&str| {
        let mut rest = keyword.chars();
        partial.chars().all(|wanted| rest.any(|letter| letter.eq_ignore_ascii_case(&wanted)))
    };
    ["SELECT", "INSERT", "UPDATE"].into_iter().filter(fits).collect()
}

async fn keywords_with_context(partial: String, _: &Context) -> Vec<&'static str> {
    keywords(&partial)
}

/// Ask about a keyword.
#[prompt]
fn explain(
    #[arg(complete = keywords, fuzzy)] keyword: String,
    #[arg(complete = keywords)] exact: String,
) -> String {
    keyword + &exact
}

/// Documentation of a keyword.
#[resource("sql://{dialect}/{keyword}{?page}")]
fn documentation(
    #[arg(complete = dialects)] dialect: String,
    #[arg(complete = keywords_with_context, fuzzy = true)] keyword: String,
    page: Option<u8>,
) -> String {
    format!("{dialect} {keyword} {page:?}")
}

/// Dialects, with what is known of the rest of the URI.
fn dialects(partial: &str, others: &Completing) -> Vec<String> {
    let keyword = others.argument("keyword").unwrap_or("none");
    let page = others.argument("page").unwrap_or("none");
    assert_eq!(others.argument("dialect"), None);
    vec![format!("{partial}-{keyword}-{page}")]
}

/// One page of its own.
#[resource("sql://ansi/about")]
fn about() -> &'static str {
    "about"
}

/// A page that no template matches.
#[resource("sql:about")]
fn alone() -> &'static str {
    "alone"
}

fn library() -> Server {
    let prompt = Prompt::new("dynamic", async |_: Context, _: PromptArguments| "text")
        .argument(PromptArgument::new("keyword"))
        .complete("keyword", Fuzzy(keywords));
    let template =
        Resource::new("dynamic://{keyword}", "d", async |_: Context, _: Variables| "text")
            .complete("keyword", Fuzzy(async |partial: String| keywords(&partial)));
    let server = Server::new("s", "1").with::<(explain, documentation, about, alone)>();
    server.prompt(prompt).resource(template)
}

async fn complete(
    client: &mcp_runtime::testing::TestClient,
    reference: Value,
    argument: &str,
    value: &str,
) -> Result<Value, mcp_runtime::client::Error> {
    let argument = json!({ "name": argument, "value": value });
    let params = json!({ "ref": reference, "argument": argument });
    Ok(ask(client, "completion/complete", params).await?["completion"]["values"].take())
}

fn prompt(name: &str) -> Value {
    json!({ "type": "ref/prompt", "name": name })
}

fn resource(uri: &str) -> Value {
    json!({ "type": "ref/resource", "uri": uri })
}

#[tokio::test]
async fn a_fuzzy_completer_filters_for_itself() -> Outcome {
    for client in clients(library).await? {
        for (reference, argument) in [
            (prompt("explain"), "keyword"),
            (resource("sql://{dialect}/{keyword}{?page}"), "keyword"),
            (prompt("dynamic"), "keyword"),
            (resource("dynamic://{keyword}"), "keyword"),
        ] {
            let values = complete(&client, reference, argument, "sct").await?;
            assert_json(&values, &json!(["SELECT"]));
        }
        let values = complete(&client, prompt("explain"), "exact", "sct").await?;
        assert_json(&values, &json!([]));
        let values = complete(&client, prompt("explain"), "exact", "se").await?;
        assert_json(&values, &json!(["SELECT"]));
    }
    Ok(())
}

#[tokio::test]
async fn a_concrete_uri_is_completed_by_its_template() -> Outcome {
    for client in clients(library).await? {
        for (uri, expected) in [
            ("sql://{dialect}/{keyword}{?page}", "my-none-none"),
            ("sql://mysql/select", "my-select-none"),
            ("sql://mysql/sel%65ct?page=2", "my-select-2"),
            // A resource of this URI has no variables.
            ("sql://ansi/about", "my-about-none"),
        ] {
            let values = complete(&client, resource(uri), "dialect", "my").await?;
            assert_json(&values, &json!([expected]));
        }
        let params = json!({
            "ref": resource("sql://mysql/select?page=2"),
            "argument": { "name": "dialect", "value": "my" },
            "context": { "arguments": { "keyword": "insert" } },
        });
        let values = ask(&client, "completion/complete", params).await?;
        assert_json(&values["completion"]["values"], &json!(["my-insert-2"]));
        for (uri, words) in [
            ("sql:about", "unknown argument: dialect"),
            ("sql://mysql", "unknown resource template: sql://mysql"),
            ("sql://mysql/a/b", "unknown resource template"),
        ] {
            let error = complete(&client, resource(uri), "dialect", "my").await.unwrap_err();
            assert!(error.to_string().contains(words), "{uri}: {error}");
        }
    }
    Ok(())
}
