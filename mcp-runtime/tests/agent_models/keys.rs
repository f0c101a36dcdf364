//! Keys: where they come from, and where they never go.

use std::sync::{Arc, Mutex};

use mcp_runtime::agent::{GenaiModel, Model as _, ModelErrorKind};
use mcp_runtime::providers::Provider;
use serde_json::json;

use crate::ask;
use crate::conversations::reply;
use crate::fake::{Fake, Reply};
use crate::interfaces::{Interface, KEY, KEY_VARIABLE};

#[tokio::test]
async fn a_server_elsewhere_gets_no_key_unless_one_is_named() {
    for interface in Interface::all() {
        let mut fake = Fake::start([reply(&interface.text, false)]).await;
        let model = GenaiModel::new(interface.name).base_url(&*fake.url).streaming(false);
        ask(&model).await.0.unwrap();
        let request = fake.request().await;
        for name in ["authorization", "x-api-key", "x-goog-api-key"] {
            assert_eq!(request.header(name), None, "{:?}", interface.provider);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_missing_is_named() {
    let model = GenaiModel::new("openai::x").api_key_variable("MCP_TEST_KEY_THAT_IS_NOT_SET");
    let error = ask(&model).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Request);
    assert!(error.to_string().contains("`MCP_TEST_KEY_THAT_IS_NOT_SET` is not set"), "{error}");
    // The default is the variable of the provider, which is rarely set.
    if std::env::var_os("CLOUDGPU_API_KEY").is_none() {
        let error = ask(&GenaiModel::new("cloudgpu::x")).await.0.unwrap_err();
        assert!(error.to_string().contains("`CLOUDGPU_API_KEY` is not set"), "{error}");
    }
}

#[tokio::test]
async fn the_variable_of_the_key_is_known_before_a_request() {
    let variable = |model: GenaiModel| async move { model.key_variable().await };
    for (name, expected) in [
        ("gpt-5.2", Some("OPENAI_API_KEY")),
        ("claude-sonnet-4-6", Some("ANTHROPIC_API_KEY")),
        ("ollama::qwen3", None),
    ] {
        let found = variable(GenaiModel::new(name)).await.unwrap();
        assert_eq!(found.as_deref(), expected, "{name}");
        let elsewhere = GenaiModel::new(name).base_url("http://localhost:1/v1");
        assert_eq!(variable(elsewhere.clone()).await.unwrap(), None, "{name}");
        let named = elsewhere.api_key_variable(KEY_VARIABLE);
        assert_eq!(variable(named).await.unwrap().as_deref(), Some(KEY_VARIABLE));
    }
    for model in [GenaiModel::new("openai::"), GenaiModel::new("openai::x").base_url("x")] {
        assert_eq!(variable(model).await.unwrap_err().kind(), ModelErrorKind::Request);
    }
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_removed() {
    let log = Log::default();
    let guard = log.listen();
    for interface in Interface::all() {
        let long = format!("{}{KEY}", "x".repeat(395));
        for text in [KEY, &long] {
            let body =
                json!({ "error": { "message": format!("wrong key: {text}"), "type": "auth" } });
            let event =
                format!("data: {}\n\n", json!({ "type": "error", "error": { "message": text } }));
            let replies = [
                Reply::json(401, body.to_string()),
                Reply::new(500, "text/html", format!("<html>{text}")),
                Reply::new(200, "text/html", format!("<html>{text}")),
                Reply::json(200, format!("{{\"{text}\"")),
                Reply::json(200, body.to_string()),
                Reply::events(event),
                Reply::events(format!("data: {text}\n\n")),
                Reply::new(307, "text/plain", "")
                    .header("location", &format!("https://x/?key={text}")),
            ];
            for reply in replies {
                let fake = Fake::start([reply]).await;
                let model = interface.model(&fake.url).retries(0);
                let error = ask(&model).await.0.unwrap_err();
                let shown = format!("{error} {error:?} {model:?}");
                // The name of the crate is in the name of the agent, but not in an error.
                assert!(!shown.contains(KEY), "{shown}");
                assert!(!shown.contains("mcp-run"), "{shown}");
            }
        }
    }
    drop(guard);
    let log = log.text();
    assert!(!log.contains(&format!("Bearer {KEY}")), "{log}");
}

#[tokio::test]
async fn a_wrong_key_names_its_variable() {
    let body =
        json!({ "error": { "message": "Incorrect API key", "type": "invalid_request_error" } });
    for interface in Interface::all() {
        let fake = Fake::start([Reply::json(401, body.to_string())]).await;
        let error = ask(&interface.model(&fake.url)).await.0.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Status(401));
        let expected = format!(
            "the model answered with status 401: Incorrect API key (invalid_request_error); the key is \
             that of the environment variable `{KEY_VARIABLE}`"
        );
        assert_eq!(error.to_string(), expected);
        let fake = Fake::start([Reply::new(403, "text/plain", "")]).await;
        let model = GenaiModel::new(interface.name).base_url(&*fake.url);
        let error = ask(&model).await.0.unwrap_err().to_string();
        assert!(error.contains("Forbidden; no key was sent"), "{error}");
    }
}

#[tokio::test]
async fn a_base_url_without_use_is_refused() {
    let cases = [
        ("localhost:8080", "expected `http://` or `https://`"),
        ("not a url", "expected a URL such as"),
        ("ftp://host/v1", "expected `http://` or `https://`"),
        ("http://user:secret@host/v1", "expected no user and no password"),
    ];
    for (url, expected) in cases {
        let error =
            ask(&GenaiModel::new("openai::x").base_url(url)).await.0.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_model_name_is_refused() {
    for (name, expected) in [
        (
            "openai_rsp::gpt-5.2",
            "there is no provider `openai_rsp`; expected one of openai, openai_resp",
        ),
        ("openai::", "expected the name of a model, got `openai::`"),
        ("", "expected the name of a model"),
        ("vertex::llama", "begins with `gemini` or `claude`, got `llama`"),
    ] {
        let error = ask(&GenaiModel::new(name)).await.0.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Request);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn names_select_interfaces() {
    let cases = [
        ("gpt-5.2", Provider::OpenAiResponses),
        ("gpt-4o-mini", Provider::OpenAiChat),
        ("openai::gpt-5.2", Provider::OpenAiChat),
        ("openai_resp::gpt-4o", Provider::OpenAiResponses),
        ("claude-sonnet-4-6", Provider::Anthropic),
        ("minimax::MiniMax-M2", Provider::Anthropic),
        ("baidu-coding-anthropic::x", Provider::Anthropic),
        ("gemini-3-flash", Provider::Gemini),
        ("vertex::claude-sonnet-4-6", Provider::Anthropic),
        ("mistral::mistral-large", Provider::OpenAiChat),
        ("cohere::command-a", Provider::OpenAiChat),
        ("hf.co/some/model:Q4", Provider::OpenAiChat),
        ("genai_1::x", Provider::OpenAiChat),
    ];
    for (name, provider) in cases {
        let model = GenaiModel::new(name);
        assert_eq!(model.provider(), provider, "{name}");
        assert_eq!(model.name(), name.rsplit("::").next().unwrap());
    }
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        use tracing_subscriber::layer::SubscriberExt as _;
        let layer = Lines(self.clone());
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

struct Lines(Log);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Fields<'a>(&'a Log);
        impl tracing::field::Visit for Fields<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                let text = format!("{field}={value:?} ");
                self.0.0.lock().unwrap().extend_from_slice(text.as_bytes());
            }
        }
        event.record(&mut Fields(&self.0));
    }
}
