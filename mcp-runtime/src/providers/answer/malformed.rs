//! Malformed answers: each is an error with the place and what came, or goes back to the model.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tests::bodies;
use super::{Answer, Arguments, Stop};
use crate::providers::broken::broken;
use crate::providers::provider::Provider;

/// Paths of all values inside, in the order of their numbers for [`broken`].
fn paths(value: &Value, path: &str, into: &mut Vec<String>) {
    into.push(path.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                paths(member, &format!("{path}{dot}{name}"), into);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                paths(item, &format!("{path}[{index}]"), into);
            }
        }
        _ => {}
    }
}

fn body(provider: Provider) -> Value {
    bodies().into_iter().find(|(of, _)| *of == provider).unwrap().1
}

/// Replaces every value of an answer. Errors must name the place, or one inside of the new value, and
/// quote what came. Returns the places at which there is an answer nevertheless, and the number of
/// errors.
fn replace_each(provider: Provider, with: &Value) -> (BTreeSet<String>, usize) {
    let body = body(provider);
    let mut places = Vec::new();
    paths(&body, "", &mut places);
    let (mut tolerated, mut errors) = (BTreeSet::new(), 0);
    for (number, place) in places.iter().enumerate() {
        let broken = broken(&body, &mut { number }, with).unwrap();
        match Answer::parse(provider, &broken.to_string()) {
            Ok(_) => drop(tolerated.insert(place.clone())),
            Err(error) => {
                errors += 1;
                let text = error.to_string();
                let reason = text.strip_prefix("answer of the model: ").unwrap();
                assert!(place.is_empty() || reason.starts_with(place), "{place}: {text}");
                assert!(reason.contains("expected ") && reason.contains(", got "), "{text}");
                let inner =
                    [with.to_string(), "nothing".into(), "an empty array".into(), "7".into()];
                assert!(inner.iter().any(|part| text.contains(part)), "{with}: {text}");
            }
        }
    }
    (tolerated, errors)
}

/// Members that are not read, or may have any value, without those inside of them.
fn unread(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::OpenAiResponses => {
            &["output[0].id", "output[0].encrypted_content", "output[0].summary"]
        }
        // Some compatible servers send arguments as an object.
        Provider::OpenAiChat => &[
            "choices[0].message.role",
            "choices[0].message.tool_calls[0].function.arguments",
            "choices[0].message.tool_calls[1].function.arguments",
        ],
        Provider::Anthropic => {
            &["content[0].thinking", "content[0].signature", "content[2].input", "content[3].input"]
        }
        Provider::Gemini => &[
            "candidates[0].content.role",
            "candidates[0].content.parts[0].text",
            "candidates[0].content.parts[0].thought",
            "candidates[0].content.parts[2].thoughtSignature",
            "candidates[0].content.parts[2].functionCall.args",
        ],
    }
}

/// Objects without a member that they must have.
const EMPTY: [&str; 4] =
    ["choices[0].message", "candidates", "candidates[0].content", "candidates[0].content.parts"];

/// Characters of an index.
const PART: [char; 6] = ['[', ']', '0', '1', '2', '3'];

#[test]
fn every_wrong_type_is_an_error_with_its_place() {
    for provider in Provider::ALL {
        let mut errors = 0;
        for with in [json!(7), json!(true), json!([7]), json!({ "type": 7 })] {
            let (tolerated, found) = replace_each(provider, &with);
            errors += found;
            let is_unread =
                |place: &&String| !unread(provider).iter().any(|it| place.starts_with(it));
            // A message without content is empty, and a part of Gemini may be of any kind.
            let is_empty = |place: &&String| {
                with.is_object() && EMPTY.iter().any(|it| place.trim_end_matches(PART) == *it)
            };
            let others: Vec<_> =
                tolerated.iter().filter(is_unread).filter(|place| !is_empty(place)).collect();
            assert!(others.is_empty(), "{provider:?}, {with}: {others:?}");
        }
        for with in [json!(null), json!("other"), json!([]), json!({})] {
            errors += replace_each(provider, &with).1;
        }
        assert!(errors >= 100, "{provider:?}: {errors}");
    }
}

#[test]
fn texts_that_are_cut_off_are_errors() {
    for provider in Provider::ALL {
        let text = body(provider).to_string();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let error = Answer::parse(provider, &text[..end]).unwrap_err().to_string();
            assert!(error.starts_with("answer of the model: not JSON: EOF"), "{error}");
            let start = &text[..end.min(20)];
            assert!(error.contains(start), "{error}");
        }
    }
}

#[test]
fn texts_that_are_no_answers_are_errors_that_quote_them() {
    let deep = format!("{}1{}", r#"{"a":["#.repeat(20_000), "]}".repeat(20_000));
    let huge = format!(
        r#"{{"output":"{0}","choices":"{0}","content":"{0}","candidates":"{0}"}}"#,
        "x".repeat(5_000_000)
    );
    let table = [
        ("", "not JSON"),
        ("  \n", "not JSON"),
        ("\u{feff}{}", "not JSON"),
        ("<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "502 Bad Gateway"),
        ("upstream connect error", "upstream connect error"),
        ("data: {\"id\":1}\n\n", "data: {"),
        ("{}{}", "not JSON: trailing characters"),
        ("{\"a\":NaN}", "not JSON"),
        ("{'a':1}", "not JSON"),
        (&deep, "got nothing"),
        (&huge, "expected an array, got `\"xxx"),
        ("null", "expected an object, got `null`"),
        ("true", "expected an object, got `true`"),
        ("7", "expected an object, got `7`"),
        ("\"text\"", "expected an object, got `\"text\"`"),
        ("[]", "expected an object, got `[]`"),
        ("[[]]", "expected an object, got `[]`"),
        ("[{},{}]", "expected an object, got `[{},{}]`"),
        ("{}", "got nothing"),
        (
            r#"{"error":{"message":"no","type":"x"}}"#,
            "the provider failed: `{\"message\":\"no\",\"type\":\"x\"}`",
        ),
        (r#"{"error":"overloaded"}"#, "the provider failed: `\"overloaded\"`"),
        (r#"{"type":"error","error":{"type":"api_error"}}"#, "api_error"),
        (r#"[{"error":{"code":503}}]"#, "the provider failed: `{\"code\":503}`"),
        (r#"{"detail":"Not Found"}"#, "got nothing"),
    ];
    for provider in Provider::ALL {
        for (text, expected) in table {
            let error = Answer::parse(provider, text).unwrap_err().to_string();
            assert!(error.starts_with("answer of the model: "), "{error}");
            assert!(error.contains(expected), "{provider:?}: {text:.80}: {error}");
            assert!(error.chars().count() < 600, "{error}");
        }
    }
}

/// An answer with two calls, whose arguments are JSON text.
fn with_arguments(provider: Provider, ids: [&str; 2], arguments: &str) -> String {
    let quoted = json!(arguments).to_string();
    let calls = ids.map(|id| match provider {
        Provider::OpenAiResponses => {
            format!(
                r#"{{"type":"function_call","call_id":"{id}","name":"t","arguments":{quoted}}}"#
            )
        }
        Provider::OpenAiChat => {
            format!(r#"{{"id":"{id}","function":{{"name":"t","arguments":{quoted}}}}}"#)
        }
        Provider::Anthropic => {
            format!(r#"{{"type":"tool_use","id":"{id}","name":"t","input":{arguments}}}"#)
        }
        Provider::Gemini => {
            format!(r#"{{"functionCall":{{"id":"{id}","name":"t","args":{arguments}}}}}"#)
        }
    });
    let calls = calls.join(",");
    match provider {
        Provider::OpenAiResponses => format!(r#"{{"output":[{calls}]}}"#),
        Provider::OpenAiChat => {
            format!(r#"{{"choices":[{{"message":{{"tool_calls":[{calls}]}}}}]}}"#)
        }
        Provider::Anthropic => format!(r#"{{"content":[{calls}]}}"#),
        Provider::Gemini => format!(r#"{{"candidates":[{{"content":{{"parts":[{calls}]}}}}]}}"#),
    }
}

#[test]
fn arguments_of_the_wrong_form_go_back_to_the_model() {
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(125), "]".repeat(125));
    let table = [
        ("7", "not a JSON object"),
        ("\"text\"", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("[{\"a\":1}]", "not a JSON object"),
        ("true", "not a JSON object"),
        (&deep, "deep"),
    ];
    for provider in Provider::ALL {
        for (arguments, reason) in table {
            let text = with_arguments(provider, ["c", "d"], arguments);
            // What is nested too deeply may be refused as a whole.
            let Ok(answer) = Answer::parse(provider, &text) else {
                assert_eq!(reason, "deep", "{text}");
                continue;
            };
            assert_eq!((answer.calls.len(), answer.stop), (2, Stop::ToolCalls));
            let Arguments::Malformed(malformed) = &answer.calls[1].arguments else {
                panic!("{provider:?}: {arguments}")
            };
            let text = malformed.to_string();
            assert!(text.contains(reason) && text.contains("with one JSON object"), "{text}");
            assert!(text.contains(&arguments[..arguments.len().min(100)]), "{text}");
        }
        for none in ["{}", "null", "  {} "] {
            let answer =
                Answer::parse(provider, &with_arguments(provider, ["c", "d"], none)).unwrap();
            let Arguments::Object(object) = &answer.calls[0].arguments else { panic!("{none}") };
            assert_eq!(object.get().trim(), "{}");
        }
    }
    for text in [
        "{",
        "{\"a\":",
        "{\"a\":1}}",
        "{\"a\":1} {}",
        "a: 1",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":NaN}",
        "```json\n{}\n```",
    ] {
        for provider in [Provider::OpenAiResponses, Provider::OpenAiChat] {
            let answer =
                Answer::parse(provider, &with_arguments(provider, ["c", "d"], text)).unwrap();
            let Arguments::Malformed(malformed) = &answer.calls[0].arguments else {
                panic!("{text}")
            };
            assert!(malformed.to_string().contains("not valid JSON"), "{malformed}");
        }
    }
}

#[test]
fn calls_with_the_same_identifier_are_all_read() {
    for provider in Provider::ALL {
        let answer = Answer::parse(provider, &with_arguments(provider, ["c", "c"], "{}")).unwrap();
        let ids: Vec<_> = answer.calls.iter().map(|call| call.id.as_deref()).collect();
        assert_eq!(ids, [Some("c"), Some("c")]);
        // Keys and surrogates that are odd are no reason to fail.
        let odd = with_arguments(provider, ["", "é\\u00e9"], r#"{"a":1,"a":{"b":1e400}}"#);
        let answer = Answer::parse(provider, &odd).unwrap();
        assert_eq!(answer.calls[1].id.as_deref(), Some("éé"));
    }
}
