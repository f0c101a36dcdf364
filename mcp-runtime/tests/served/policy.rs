//! Access policies.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::{Client, Error};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::policy::{AccessRequest, Decision, Policy};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{
    TestClient, TestClientBuilder, assert_failed, assert_refused, assert_text, eras,
};
use serde_json::{Value, json};

use crate::kit::{Outcome, clients, clients_with};

/// Settings of a client.
type Way = fn(TestClientBuilder) -> TestClientBuilder;

/// Calls of the bodies of tools.
static RUNS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Pay an amount.
#[tool(destructive, open_world = false)]
async fn pay(to: String, amount: f64) -> String {
    RUNS.lock().unwrap().push(to.clone());
    format!("paid {amount} to {to}")
}

/// Read a file.
#[tool(read_only)]
async fn read_file(path: String) -> String {
    format!("text of {path}")
}

#[derive(Elicit)]
struct Sure {
    /// Go on
    yes: bool,
}

/// Ask before anything is deleted.
#[tool]
async fn delete(cx: &Context, path: String) -> Result<String, mcp_runtime::elicit::AskError> {
    let sure = cx.elicit::<Sure>("Really?").await?.accepted().is_some_and(|sure| sure.yes);
    Ok(format!("{path}: {sure}"))
}

/// The notes of a day.
#[resource("notes://days/{day}")]
async fn notes(day: String) -> String {
    format!("notes of {day}")
}

/// Ask for a review.
#[prompt]
async fn review(language: String) -> String {
    format!("review this {language}")
}

fn bank() -> Server {
    Server::new("bank", "1").with::<(pay, read_file, delete, notes, review)>()
}

fn deny_all() -> Server {
    bank().policy(async |_: AccessRequest| Decision::Deny("closed on Sundays".into()))
}

#[tokio::test]
async fn a_refusal_is_for_the_model_or_for_the_client() -> Outcome {
    for client in clients(deny_all).await? {
        let result = client.call("read_file", json!({ "path": "a" })).await?;
        assert_failed(&result, "access denied: closed on Sundays");
        // The policy decides before the arguments are read.
        assert_failed(&client.call("read_file", ()).await?, "access denied: closed on Sundays");
        let refused = |outcome: Result<Value, Error>| {
            assert_refused(
                &outcome,
                ErrorCode::INVALID_REQUEST,
                "access denied: closed on Sundays",
            );
        };
        refused(client.request("resources/read", json!({ "uri": "notes://days/one" })).await);
        let review = json!({ "name": "review", "arguments": { "language": "Rust" } });
        refused(client.request("prompts/get", review).await);
        assert_eq!(client.tools().all().await?.len(), 3);
        let unknown = client.call("unknown", ()).await;
        assert_refused(&unknown, ErrorCode::INVALID_PARAMS, "unknown tool");
    }
    Ok(())
}

#[tokio::test]
async fn a_policy_sees_caller_component_and_arguments() -> Outcome {
    for era in eras() {
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let seen_by_policy = Arc::clone(&seen);
        let server = bank().policy(move |request: AccessRequest| {
            let line = format!(
                "{:?} {} {} {} {}",
                request.principal().subject(),
                request.method(),
                request.name(),
                request.component().key(),
                serde_json::to_string(request.arguments()).unwrap(),
            );
            seen_by_policy.lock().unwrap().push(line);
            async { Decision::Allow }
        });
        let client = TestClient::of(server).era(era).principal(Principal::new("ann"));
        let client = client.connect().await?;
        client.call("read_file", json!({ "path": "a" })).await?;
        let _: Value =
            client.request("resources/read", json!({ "uri": "NOTES://days/%6Fne" })).await?;
        let review = json!({ "name": "review", "arguments": { "language": "Rust" } });
        let _: Value = client.request("prompts/get", review).await?;
        let expected = [
            r#"Some("ann") tools/call read_file read_file {"path":"a"}"#,
            r#"Some("ann") resources/read notes://days/one notes://days/{day} {"day":"one"}"#,
            r#"Some("ann") prompts/get review review {"language":"Rust"}"#,
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    }
    Ok(())
}

fn ask_for_payments() -> Server {
    bank().policy(async |request: AccessRequest| match request.name() {
        "pay" | "delete" => Decision::Ask(format!("Allow {}?", request.name())),
        _ => Decision::Allow,
    })
}

#[tokio::test]
async fn the_user_agrees() -> Outcome {
    let agreed = |builder: TestClientBuilder| {
        builder.answers("Allow", json!({})).answers("Really", json!({ "yes": true }))
    };
    for client in clients_with(ask_for_payments, agreed).await? {
        let arguments = json!({ "to": "user agrees", "amount": 5 });
        assert_text(&client.call("pay", arguments).await?, "paid 5 to user agrees");
        let asked = client.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].params["message"], "Allow pay?");
        // A question of the policy comes before those of the tool.
        assert_text(&client.call("delete", json!({ "path": "a" })).await?, "a: true");
        let asked: Vec<_> = client.asked().iter().map(|it| it.params["message"].clone()).collect();
        assert_eq!(asked, ["Allow pay?", "Allow delete?", "Really?"]);
    }
    let runs = RUNS.lock().unwrap().iter().filter(|to| *to == "user agrees").count();
    assert_eq!(runs, 2, "once in each era");
    Ok(())
}

#[tokio::test]
async fn the_user_does_not_agree_or_cannot_be_asked() -> Outcome {
    let ways: [(Way, &str); 3] = [
        (|builder| builder.declines("Allow"), "access denied: the user did not agree"),
        (|builder| builder.cancels("Allow"), "access denied: the user did not agree"),
        (
            TestClientBuilder::incapable,
            "access denied: the user has to agree, and the client cannot",
        ),
    ];
    for (way, expected) in ways {
        for client in clients_with(ask_for_payments, way).await? {
            let arguments = json!({ "to": "nobody asked", "amount": 5 });
            assert_failed(&client.call("pay", arguments).await?, expected);
        }
    }
    assert!(!RUNS.lock().unwrap().iter().any(|to| to == "nobody asked"));
    Ok(())
}

#[tokio::test]
async fn a_policy_that_panics_refuses() -> Outcome {
    let server = || bank().policy(async |_: AccessRequest| -> Decision { panic!("a secret") });
    for client in clients(server).await? {
        let outcome = client.call("read_file", json!({ "path": "a" })).await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "the handler failed unexpectedly");
    }
    Ok(())
}

#[tokio::test]
async fn an_argument_that_is_given_twice_is_refused() -> Outcome {
    let allow = || bank().policy(async |_: AccessRequest| Decision::Allow);
    for era in eras() {
        let client = Client::in_memory(allow()).era(era).connect().await?;
        let twice = serde_json::value::RawValue::from_string(
            r#"{"name":"read_file","arguments":{"path":"a","path":"b"}}"#.to_owned(),
        );
        let outcome: Result<Value, _> = client.request("tools/call", twice.unwrap()).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "the argument path is given twice");
    }
    Ok(())
}

#[tokio::test]
async fn mounted_servers_keep_their_policies_and_names() -> Outcome {
    let names = Arc::<Mutex<Vec<String>>>::default();
    let record = |label: &'static str| {
        let names = Arc::clone(&names);
        move |request: AccessRequest| {
            names.lock().unwrap().push(format!("{label} {}", request.name()));
            async { Decision::Allow }
        }
    };
    let inner = bank().policy(record("inner"));
    let middle = Server::new("middle", "1").mount("b", inner).policy(record("middle"));
    let server = Server::new("outer", "1").mount("a", middle).policy(record("outer"));
    let client = TestClient::of(server).connect().await?;
    client.call("a_b_read_file", json!({ "path": "a" })).await?;
    let _: Value =
        client.request("resources/read", json!({ "uri": "notes://a/b/days/one" })).await?;
    let expected = [
        "outer a_b_read_file",
        "middle b_read_file",
        "inner read_file",
        "outer notes://a/b/days/one",
        "middle notes://b/days/one",
        "inner notes://days/one",
    ];
    assert_eq!(*names.lock().unwrap(), expected);
    Ok(())
}

#[cfg(feature = "policy")]
mod file {
    use super::*;

    fn governed(rules: &str) -> Server {
        bank().policy(Policy::from_toml(&format!("default = \"deny\"\n{rules}")).unwrap())
    }

    async fn check(
        rules: &str,
        principal: Principal,
        call: (&str, Value),
        expected: &str,
    ) -> Outcome {
        for era in eras() {
            let client = TestClient::of(governed(rules)).era(era).principal(principal.clone());
            let client = client.answers("?", json!({})).connect().await?;
            let result = client.call(call.0, &call.1).await?;
            let asked = client.asked().pop().map(|asked| asked.params["message"].clone());
            let text = format!("{} {}", result.to_text(), asked.unwrap_or_default());
            assert_eq!(text, expected, "{rules} {call:?}");
        }
        Ok(())
    }

    const DENIED: &str = "access denied: the access policy does not allow it null";

    #[tokio::test]
    async fn the_first_rule_that_matches_decides() -> Outcome {
        let rules = r#"
            [[rules]]
            effect = "deny"
            tools = ["pay"]
            arguments.to = { one_of = ["eve", "mallory"] }
            reason = "not to {to}"

            [[rules]]
            effect = "allow"
            tools = ["pay"]
            subjects = ["*@bank.example"]
            issuers = ["https://login.example"]
            scopes = ["pay"]
            arguments.amount = { max = 100 }

            [[rules]]
            effect = "ask"
            destructive = true
            tools = ["pay", "read_file"]
            authenticated = true
            question = "Pay {amount} to {to} by {name}? {}"

            [[rules]]
            effect = "allow"
            read_only = true
            arguments.path = { prefix = "/srv/" }
        "#;
        let ann = Principal::new("ann@bank.example").issued_by("https://login.example");
        let ann = ann.scoped(["pay"]);
        let pay = |to: &str, amount: Value| ("pay", json!({ "to": to, "amount": amount }));
        check(rules, ann.clone(), pay("bob", json!(100)), "paid 100 to bob null").await?;
        check(rules, ann.clone(), pay("eve", json!(1)), "access denied: not to {to} null").await?;
        let asked = r#"paid 101 to bob "Pay 101 to \"bob\" by \"pay\"? (none)""#;
        check(
            rules,
            ann.clone(),
            pay("bob", json!(101)),
            &asked.replace("by \\\"pay\\\"", "by pay"),
        )
        .await?;
        let asked = r#"paid 1000 to bob "Pay \"1e3\" to \"bob\" by pay? (none)""#;
        check(rules, ann, pay("bob", json!("1e3")), asked).await?;
        check(rules, Principal::anonymous(), pay("bob", json!(101)), DENIED).await?;
        let path = |path: &str| ("read_file", json!({ "path": path }));
        let bob = Principal::new("bob");
        check(rules, bob.clone(), path("/srv/a"), "text of /srv/a null").await?;
        check(rules, bob.clone(), path("/srv/../etc/passwd"), DENIED).await?;
        check(rules, bob, path("/etc/passwd"), DENIED).await
    }

    #[tokio::test]
    async fn resources_and_prompts_have_rules() -> Outcome {
        let rules = r#"
            [[rules]]
            effect = "allow"
            resources = ["notes://days/*"]
            arguments.day = { glob = "m*" }

            [[rules]]
            effect = "allow"
            prompts = ["review"]
            arguments.language = { equals = "Rust" }
        "#;
        for era in eras() {
            let client = TestClient::of(governed(rules)).era(era).connect().await?;
            for (day, is_allowed) in [("monday", true), ("friday", false)] {
                let uri = json!({ "uri": format!("notes://days/{day}") });
                let outcome: Result<Value, _> = client.request("resources/read", uri).await;
                assert_eq!(outcome.is_ok(), is_allowed, "{day}");
            }
            for (language, is_allowed) in [("Rust", true), ("C", false)] {
                let review = json!({ "name": "review", "arguments": { "language": language } });
                let outcome: Result<Value, _> = client.request("prompts/get", review).await;
                assert_eq!(outcome.is_ok(), is_allowed, "{language}");
            }
        }
        Ok(())
    }

    fn faults(server: Server) -> Vec<String> {
        let error = server.into_service().expect_err("the policy does not fit");
        error.reasons().to_vec()
    }

    #[tokio::test]
    async fn rules_are_compared_with_the_server() {
        let rules = r#"
            [[rules]]
            effect = "allow"
            tools = ["pya", "write_*"]
            resources = ["notes://day/*"]
            prompts = ["review"]

            [[rules]]
            effect = "allow"
            tools = ["pay"]
            arguments.amuont = { max = 1 }
        "#;
        let expected = [
            "policy, line 5, column 22: unknown tool `pya`; did you mean `pay`?",
            "policy, line 5, column 29: the pattern `write_*` matches no tool of the server",
            "policy, line 6, column 26: the pattern `notes://day/*` matches no resource of the server",
            "policy, line 12, column 23: no component of this rule has an argument `amuont`; did you \
             mean `amount`?",
        ];
        assert_eq!(faults(governed(rules)), expected);
        // A mounted server is compared with its own policy, under its own names.
        let mounted = Server::new("outer", "1").mount("a", governed(rules));
        assert_eq!(faults(mounted), expected);
        let good =
            "[[rules]]\neffect = \"allow\"\ntools = [\"pay\"]\nresources = [\"notes://days/a\"]";
        assert!(Server::new("outer", "1").mount("a", governed(good)).into_service().is_ok());
        // Components may follow.
        let mut server = governed(rules);
        let _handle = server.handle();
        assert!(server.into_service().is_ok());
    }

    #[test]
    fn a_file_is_named_in_its_errors() {
        let error = Policy::file("/nonexistent/policy.toml").unwrap_err().to_string();
        assert!(error.starts_with("/nonexistent/policy.toml: cannot be read: "), "{error}");
        let path = std::env::temp_dir().join(format!("mcp-policy-{}.toml", std::process::id()));
        std::fs::write(&path, "default = \"deny\"\n\nrule = 1\n").unwrap();
        let error = Policy::file(&path).unwrap_err().to_string();
        let expected = format!("{}:3:1: unknown field `rule`", path.display());
        assert!(error.starts_with(&expected), "{error}");
        std::fs::remove_file(path).unwrap();
    }
}
