//! Results in the form of each provider.

use mcp_core::protocol::{CallToolResult, Content, Resource, ResourceBody, ResourceContents};
use serde_json::{Value, json};

use crate::providers::answer::{Answer, ModelCall};
use crate::providers::provider::Provider;
use crate::providers::tool_set::ToolSet;

fn call(id: &str) -> ModelCall {
    let body = json!({ "content": [{ "type": "tool_use", "id": id, "name": "t", "input": {} }] });
    Answer::parse(Provider::Anthropic, &body.to_string()).unwrap().calls.remove(0)
}

fn results(provider: Provider, results: &[CallToolResult]) -> Vec<Value> {
    let calls: Vec<_> = (0..results.len()).map(|number| call(&format!("c{number}"))).collect();
    ToolSet::default().definitions(provider).results(calls.iter().zip(results))
}

#[test]
fn parallel_results_are_grouped_as_each_provider_wants() {
    let both = [CallToolResult::text("a"), CallToolResult::error("b")];
    assert_eq!(
        results(Provider::OpenAiResponses, &both),
        [
            json!({ "type": "function_call_output", "call_id": "c0", "output": "a" }),
            json!({ "type": "function_call_output", "call_id": "c1", "output": "[tool error] b" }),
        ]
    );
    assert_eq!(
        results(Provider::OpenAiChat, &both),
        [
            json!({ "role": "tool", "tool_call_id": "c0", "content": "a" }),
            json!({ "role": "tool", "tool_call_id": "c1", "content": "[tool error] b" }),
        ]
    );
    assert_eq!(
        results(Provider::Anthropic, &both),
        [json!({ "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "c0", "content": [{ "type": "text", "text": "a" }] },
            { "type": "tool_result", "tool_use_id": "c1", "content": [{ "type": "text", "text": "b" }], "is_error": true },
        ] })]
    );
    assert_eq!(
        results(Provider::Gemini, &both),
        [json!({ "role": "user", "parts": [
            { "functionResponse": { "id": "c0", "name": "t", "response": { "output": "a" } } },
            { "functionResponse": { "id": "c1", "name": "t", "response": { "error": "b" } } },
        ] })]
    );
    for provider in Provider::ALL {
        assert!(results(provider, &[]).is_empty());
    }
}

#[test]
fn media_stay_media_where_they_can() {
    let result = [CallToolResult::text("a").content(Content::image([0, 1], "image/png"))];
    assert_eq!(
        results(Provider::OpenAiResponses, &result)[0]["output"],
        json!([
            { "type": "input_text", "text": "a" },
            { "type": "input_image", "image_url": "data:image/png;base64,AAE=" },
        ])
    );
    assert_eq!(
        results(Provider::OpenAiChat, &result)[0]["content"],
        "a\n[image: image/png, 2 bytes, not shown]"
    );
    assert_eq!(
        results(Provider::Anthropic, &result)[0]["content"][0]["content"][1],
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAE=" } })
    );
    assert_eq!(
        results(Provider::Gemini, &result)[0]["parts"][0]["functionResponse"]["parts"],
        json!([{ "inlineData": { "mimeType": "image/png", "data": "AAE=" } }])
    );
    let others = [CallToolResult::new([
        Content::audio([0], "audio/wav"),
        Content::image([0], "image/tiff"),
    ])];
    for provider in Provider::ALL {
        let text = results(provider, &others)[0].to_string();
        assert!(text.contains("[audio: audio/wav, 1 bytes, not shown]"), "{text}");
        assert!(text.contains("[image: image/tiff, 1 bytes, not shown]"), "{text}");
    }
}

#[test]
fn resources_are_text_or_files() {
    let contents = |body: Value| -> ResourceContents { serde_json::from_value(body).unwrap() };
    let text = contents(json!({ "uri": "f:/a.txt", "text": "body" }));
    assert!(matches!(text.body, ResourceBody::Text(_)));
    let file =
        contents(json!({ "uri": "f:/a.pdf", "mimeType": "application/pdf", "blob": "AAE=" }));
    let link: Resource = serde_json::from_value(
        json!({ "uri": "f:/b", "name": "b", "mimeType": "text/plain", "description": "B." }),
    )
    .unwrap();
    let result = [CallToolResult::new([
        Content::resource(text),
        Content::resource(file),
        Content::resource_link(link),
    ])];
    assert_eq!(
        results(Provider::OpenAiChat, &result)[0]["content"],
        "[resource: f:/a.txt]\nbody\n[resource: f:/a.pdf application/pdf, 2 bytes, not shown]\n\
         [resource link: b f:/b (text/plain)] B."
    );
    assert_eq!(
        results(Provider::Anthropic, &result)[0]["content"][0]["content"][1]["type"],
        "document"
    );
    assert_eq!(
        results(Provider::OpenAiResponses, &result)[0]["output"][1],
        json!({ "type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAE=" })
    );
}

#[test]
fn structured_content_is_text_if_there_is_no_other() {
    let mut only = CallToolResult::structured(&json!({ "sum": 5 })).unwrap();
    for provider in Provider::ALL {
        let text = results(provider, std::slice::from_ref(&only))[0].to_string();
        assert_eq!(text.matches("sum").count(), 1, "{text}");
    }
    only.content.clear();
    assert_eq!(results(Provider::OpenAiChat, &[only.clone()])[0]["content"], r#"{"sum":5}"#);
    let gemini = &results(Provider::Gemini, &[only])[0]["parts"][0]["functionResponse"];
    assert_eq!(gemini["response"], json!({ "output": { "sum": 5 } }));
}
