use serde_json::json;

use crate::harness::{Run, example};

fn export(provider: &str, more: &[&str]) -> Run {
    let server = example("stock_prices");
    Run::of(&[&["export", "--for", provider], more, &["--", &server]].concat())
}

#[test]
fn definitions_have_the_form_of_their_provider() {
    let openai = export("openai", &["--strict"]);
    assert_eq!(openai.stderr, "", "nothing is left out");
    let openai = &openai.json()[0];
    assert_eq!((&openai["type"], &openai["strict"]), (&json!("function"), &json!(true)));
    assert_eq!(openai["parameters"]["required"], json!(["symbol"]));
    assert_eq!(export("openai", &[]).json()[0]["strict"], false);
    let chat = export("openai-chat", &["--json"]).json();
    assert_eq!(chat[0]["function"]["name"], "get_stock_price");
    let anthropic = export("anthropic", &["--quiet"]).json();
    assert_eq!(anthropic[0]["input_schema"]["type"], "object");
    let gemini = export("gemini", &[]).json();
    assert_eq!(gemini[0]["functionDeclarations"][0]["name"], "get_stock_price");
}

#[test]
fn the_provider_is_required() {
    let run = Run::of(&["export", "--", &example("stock_prices")]);
    assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
    assert!(run.stderr.contains("--for <PROVIDER>"), "{run:?}");
}

#[test]
fn what_is_left_out_is_noted() {
    let server = example("long_job");
    let run = Run::of(&["export", "--for", "anthropic", "--", &server]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let strict = Run::of(&["export", "--for", "anthropic", "--strict", "--", &server]);
    let note = "note: `write_report`: /properties/subject/minLength was left out\n";
    assert!(strict.stderr.contains(note), "{strict:?}");
    assert!(strict.json().is_array(), "notes are no part of the document");
    let quiet = Run::of(&["export", "--for", "anthropic", "--strict", "-q", "--", &server]);
    assert_eq!((&quiet.stdout, &*quiet.stderr), (&strict.stdout, ""));
}
