//! Answers of model providers, as a body and as a stream.

use serde_json::Value;

use super::selected;
use crate::providers::{Answer, AnswerStream, Arguments, Provider};

const PROVIDERS: [Provider; 4] =
    [Provider::OpenAiResponses, Provider::OpenAiChat, Provider::Anthropic, Provider::Gemini];

/// Reads any bytes as the answer of a provider, and as a stream with one event a line. Arguments of calls
/// are JSON objects, and the parts of the history are JSON.
///
/// # Panics
/// If they are not.
pub fn answers(bytes: &[u8]) {
    let (provider, rest) = selected(bytes, 4);
    let provider = PROVIDERS[usize::from(provider)];
    let text = String::from_utf8_lossy(rest);
    if let Ok(answer) = Answer::parse(provider, &text) {
        check(&answer);
    }
    let mut stream = AnswerStream::new(provider);
    for line in text.lines() {
        let (event, data) = match line.split_once('\t') {
            Some((event, data)) => (Some(event), data),
            None => (None, line),
        };
        let was_finished = stream.is_finished();
        let deltas = stream.push(event, data);
        assert!(!was_finished || deltas.is_ok_and(|deltas| deltas.is_empty()), "behind the end");
    }
    if let Ok(answer) = stream.finish() {
        check(&answer);
    }
}

fn check(answer: &Answer) {
    for call in &answer.calls {
        if let Arguments::Object(object) = &call.arguments {
            assert!(object.get().starts_with('{'), "{object}");
        }
    }
    for part in &answer.history {
        let value = serde_json::from_str::<Value>(part.get());
        // Numbers and depth are those of the provider.
        assert!(value.map_or_else(|error| !error.is_eof() && !error.is_io(), |_| true), "{part}");
    }
}
