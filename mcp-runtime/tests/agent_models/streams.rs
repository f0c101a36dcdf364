//! Streams that break, fail or never end.

use std::time::Duration;

use mcp_runtime::agent::{Delta, ModelErrorKind};
use mcp_runtime::providers::Provider;

use crate::conversations::reply;
use crate::fake::{Fake, Reply};
use crate::interfaces::Interface;
use crate::{ask, text};

#[tokio::test]
async fn a_broken_stream_restarts() {
    for interface in Interface::all() {
        let broken = [
            Reply::events(&*interface.beginning).breaking(),
            Reply::events(&*interface.beginning),
            Reply::events(format!("{}data: {{\"cho", interface.beginning)),
            Reply::events(format!("{}{}", interface.beginning, interface.overloaded)),
        ];
        for broken in broken {
            let fake = Fake::start([broken, reply(&interface.text, true)]).await;
            let (answer, deltas) = ask(&interface.model(&fake.url)).await;
            assert_eq!(answer.unwrap().text, "Hello.", "{:?}", interface.provider);
            assert_eq!(deltas[..2], [Delta::Text("Hel".into()), Delta::Restart]);
            assert_eq!(text(&deltas), "Hello.");
        }
    }
}

#[tokio::test]
async fn a_stream_that_always_breaks_is_an_error() {
    for interface in Interface::all() {
        let broken = Reply::events(&*interface.beginning).breaking();
        let fake = Fake::start([broken.clone(), broken.clone(), broken]).await;
        let (answer, deltas) = ask(&interface.model(&fake.url)).await;
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Connection, "{error}");
        assert!(error.to_string().ends_with("(after 3 attempts)"), "{error}");
        assert_eq!(deltas.iter().filter(|delta| **delta == Delta::Restart).count(), 2);
    }
}

#[tokio::test]
async fn an_error_at_the_beginning_of_a_stream_is_retried_without_a_restart() {
    for interface in Interface::all() {
        let fake =
            Fake::start([Reply::events(interface.overloaded), reply(&interface.text, true)]).await;
        let (answer, deltas) = ask(&interface.model(&fake.url)).await;
        assert_eq!(answer.unwrap().text, "Hello.", "{:?}", interface.provider);
        assert!(!deltas.contains(&Delta::Restart), "{deltas:?}");
        let fake = Fake::start([Reply::events(interface.overloaded)]).await;
        let error = ask(&interface.model(&fake.url).retries(0)).await.0.unwrap_err();
        assert!(matches!(error.kind(), ModelErrorKind::Status(500..)), "{error:?}");
        assert!(error.to_string().contains("try later"), "{error}");
    }
}

#[tokio::test]
async fn the_end_of_the_answer_is_the_end_of_the_stream() {
    for interface in Interface::all() {
        // The connection breaks behind the answer.
        let fake = Fake::start([reply(&interface.text, true).breaking()]).await;
        let (answer, deltas) = ask(&interface.model(&fake.url)).await;
        assert_eq!(answer.unwrap().text, "Hello.", "{:?}", interface.provider);
        assert!(!deltas.contains(&Delta::Restart), "{:?}", interface.provider);
        // The server keeps the connection open. Streams of Gemini have no last event.
        let fake = Fake::start([reply(&interface.text, true).hanging()]).await;
        let model = interface.model(&fake.url);
        let model = match interface.provider {
            Provider::Gemini => model.idle_timeout(Duration::from_secs(1)),
            _ => model,
        };
        let (answer, _) = ask(&model).await;
        assert_eq!(answer.unwrap().text, "Hello.", "{:?}", interface.provider);
    }
}

#[tokio::test]
async fn events_may_end_in_any_line_break_and_be_cut_anywhere() {
    for interface in Interface::all() {
        let events = interface.calls[1].replace('\n', "\r\n");
        let fake = Fake::start([Reply::events(events)]).await;
        let (answer, deltas) = ask(&interface.model(&fake.url)).await;
        assert_eq!(answer.unwrap().calls.len(), 2, "{:?}", interface.provider);
        assert!(deltas.contains(&Delta::Call("get_weather".into())), "{deltas:?}");
        // The blank line of the last event is missing.
        let events = interface.text[1].trim_end();
        let fake = Fake::start([Reply::events(events)]).await;
        let (answer, _) = ask(&interface.model(&fake.url)).await;
        assert_eq!(answer.unwrap().text, "Hello.", "{:?}", interface.provider);
    }
}
