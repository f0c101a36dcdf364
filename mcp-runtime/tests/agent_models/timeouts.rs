//! Servers that are slow, in paused time.

use std::time::Duration;

use mcp_runtime::agent::{Delta, Model as _, ModelErrorKind, ModelRequest};

use crate::ask;
use crate::fake::{Fake, Reply};
use crate::interfaces::{Interface, tools};

/// Sends a request to a server that has received it, and lets time pass.
async fn wait(
    interface: &Interface,
    reply: Reply,
    streams: bool,
) -> (String, ModelErrorKind, Duration) {
    let mut fake = Fake::start([reply]).await;
    let model = interface.model(&fake.url).streaming(streams);
    let asking = tokio::spawn(async move {
        let begun = tokio::time::Instant::now();
        let error = ask(&model).await.0.unwrap_err();
        (error.to_string(), error.kind(), begun.elapsed())
    });
    fake.request().await;
    tokio::time::pause();
    let outcome = asking.await.unwrap();
    tokio::time::resume();
    outcome
}

/// `true` if a time is another one, but for what passed before time was paused.
fn is_about(time: Duration, expected: u64) -> bool {
    (Duration::from_secs(expected - 1)..Duration::from_secs(expected + 10)).contains(&time)
}

#[tokio::test]
async fn silence_is_bounded() {
    for interface in Interface::all() {
        let (error, kind, time) = wait(&interface, Reply::silence(), true).await;
        assert_eq!(kind, ModelErrorKind::Timeout);
        assert!(is_about(time, 300), "{time:?}");
        assert!(error.contains("sent nothing for 300 s; `GenaiModel::idle_timeout`"), "{error}");
        // An answer in one piece has the whole time.
        let (error, kind, time) = wait(&interface, Reply::silence(), false).await;
        assert_eq!(kind, ModelErrorKind::Timeout);
        assert!(is_about(time, 600), "{time:?}");
        assert!(error.contains("no whole answer in 600 s; `GenaiModel::timeout`"), "{error}");
    }
}

#[tokio::test]
async fn silence_in_the_middle_of_a_stream_is_bounded() {
    for interface in Interface::all() {
        let mut fake = Fake::start([Reply::events(&*interface.beginning).hanging()]).await;
        let model = interface.model(&fake.url);
        let definitions = tools().definitions(model.provider());
        let messages = ["Hello.".into()];
        let mut began = false;
        let error = model
            .answer(ModelRequest::new(&messages, &definitions), &mut |delta| {
                began |= delta == Delta::Text("Hel".into());
                tokio::time::pause();
            })
            .await
            .unwrap_err();
        tokio::time::resume();
        assert!(began);
        assert_eq!(error.kind(), ModelErrorKind::Timeout, "{error}");
        fake.request().await;
    }
}

#[tokio::test]
async fn a_stream_without_end_is_bounded() {
    for interface in Interface::all() {
        let reply =
            Reply::events("").repeating(interface.idle_event, Some(Duration::from_secs(20)));
        let (error, kind, _) = wait(&interface, reply, true).await;
        assert_eq!(kind, ModelErrorKind::Timeout, "{error}");
        assert!(error.contains("no whole answer in 600 s"), "{error}");
    }
}
