//! Providers whose requests differ from those of their interface: URLs, names and limits.

use mcp_runtime::agent::{GenaiModel, Message, Model as _, ModelRequest};
use mcp_runtime::providers::Provider;
use serde_json::json;

use crate::fake::{Fake, Reply, Request};
use crate::interfaces::{Interface, KEY_VARIABLE, tools};

/// Sends a request to a base URL of a server, and returns it.
async fn sent(name: &str, base: &str) -> Request {
    let model = GenaiModel::new(name);
    let interface =
        Interface::all().into_iter().find(|it| it.provider == model.provider()).unwrap();
    let mut fake = Fake::start([Reply::json(200, &*interface.text[0])]).await;
    let model = model.base_url(format!("{}{base}", fake.url)).api_key_variable(KEY_VARIABLE);
    let model = model.streaming(false).max_tokens(5);
    let definitions = tools().definitions(model.provider());
    let messages = [Message::user("Hello.")];
    model.answer(ModelRequest::new(&messages, &definitions), &mut |_| {}).await.unwrap();
    fake.request().await
}

#[tokio::test]
async fn base_urls_may_have_a_version_or_none() {
    let chat = "/v1/chat/completions";
    let cases = [
        ("openai::x", "", chat),
        ("openai::x", "/", chat),
        ("openai::x", "/v1", chat),
        ("openai::x", "/v1/", chat),
        ("openai::x", "/v1/chat/completions", chat),
        ("openai::x", "/openai/deployments/d", "/openai/deployments/d/chat/completions"),
        ("openai::x", "/v1?api-version=1#x", "/v1/chat/completions?api-version=1"),
        ("openai_resp::x", "/v1", "/v1/responses"),
        ("openai_resp::x", "/v1/responses", "/v1/responses"),
        ("groq::x", "/openai/v1/", "/openai/v1/chat/completions"),
        ("ollama::x", "", chat),
        ("anthropic::x", "", "/v1/messages"),
        ("anthropic::x", "/anthropic", "/anthropic/v1/messages"),
        ("anthropic::x", "/anthropic/v1/messages", "/anthropic/v1/messages"),
        ("minimax::x", "/anthropic/v1", "/anthropic/v1/messages"),
        ("opencode_go::minimax-m2", "/v1", "/v1/messages"),
        ("gemini::x", "", "/v1beta/models/x:generateContent"),
        ("gemini::x", "/v1", "/v1/models/x:generateContent"),
        ("gemini::tunedModels/x y", "/v1", "/v1/tunedModels/x%20y:generateContent"),
    ];
    for (name, base, target) in cases {
        assert_eq!(sent(name, base).await.target, target, "{name} at {base}");
    }
}

#[tokio::test]
async fn limits_and_names_are_those_of_the_provider() {
    for (name, member) in [
        ("groq::llama-3.3", "max_tokens"),
        ("openai::llama-3.3", "max_tokens"),
        ("openai::gpt-5.2", "max_completion_tokens"),
        ("openai::o3", "max_completion_tokens"),
        ("openai::gpt-4o", "max_tokens"),
        ("anthropic::x", "max_tokens"),
    ] {
        assert_eq!(sent(name, "/v1").await.json()[member], json!(5), "{name}");
    }
    let fireworks = sent("fireworks::qwen3", "/v1").await.json();
    assert_eq!(fireworks["model"], json!("accounts/fireworks/models/qwen3"));
    let fireworks = sent("fireworks::accounts/me/models/x", "/v1").await.json();
    assert_eq!(fireworks["model"], json!("accounts/me/models/x"));
    // Only models that reason have thoughts to send back.
    let include = sent("openai_resp::gpt-4o", "/v1").await.json().get("include").cloned();
    assert_eq!(include, None);
    let copilot = sent("github_copilot::openai/gpt-4.1", "/inference").await;
    assert_eq!(copilot.header("accept"), Some("application/vnd.github+json"));
}

#[tokio::test]
async fn vertex_has_models_of_two_interfaces() {
    let base = "/v1/projects/p/locations/l/";
    let claude = sent("vertex::claude-sonnet-4-6", base).await;
    assert_eq!(
        claude.target,
        format!("{base}publishers/anthropic/models/claude-sonnet-4-6:rawPredict")
    );
    assert_eq!(claude.json()["anthropic_version"], json!("vertex-2023-10-16"));
    assert!(claude.json().get("model").is_none() && claude.header("anthropic-version").is_none());
    let gemini = sent("vertex::gemini-3-flash", base).await;
    assert_eq!(
        gemini.target,
        format!("{base}publishers/google/models/gemini-3-flash:generateContent")
    );
    for request in [claude, gemini] {
        assert!(request.header("authorization").unwrap().starts_with("Bearer "));
    }
    assert_eq!(GenaiModel::new("vertex::gemini-3-flash").provider(), Provider::Gemini);
}
