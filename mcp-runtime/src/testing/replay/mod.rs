//! Runs a handler in every way in which it can be run, and tells where they differ.

mod runs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use self::runs::Run;
use crate::component::app::App;
use crate::error::BuildError;
use crate::server::builder::Server;
use crate::testing::script::{Script, scripted};

/// Runs a handler of a server in every way in which it can be run: within a session, as a request
/// that is sent again for each answer, with the answers coming together and one at a time, and as a
/// call that stays parked. See [`Replay`].
pub fn replay(server: Server) -> Replay {
    Replay {
        app: server.build(),
        method: "tools/call",
        params: Value::Null,
        script: Script::default(),
        counters: Vec::new(),
    }
}

/// A handler that is to be run in every way, and what its client answers.
///
/// It fails if the outcomes differ, if an effect is had more often in one way than in another, and
/// if a question changes from one run of the handler to the next, so that its answer is lost.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::elicit::AskError;
/// use mcp_runtime::testing;
/// use serde_json::json;
///
/// #[derive(Default)]
/// struct Bank {
///     charges: AtomicU64,
/// }
///
/// /// Buy a file for every root.
/// #[tool]
/// async fn buy(cx: &Context, bank: State<Arc<Bank>>) -> Result<String, AskError> {
///     cx.once("charge", async || bank.charges.fetch_add(1, Ordering::SeqCst)).await;
///     Ok(format!("bought {}", cx.roots().await?.all().len()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bank = Arc::new(Bank::default());
/// let server = Server::new("shop", "1.0").with::<buy>().state(Arc::clone(&bank));
/// let result = testing::replay(server)
///     .tool("buy", json!({}))
///     .roots(["file:///home"])
///     .counting("charges", move || bank.charges.load(Ordering::SeqCst))
///     .run()
///     .await
///     .unwrap();
/// assert_eq!(result["content"][0]["text"], "bought 1");
/// # }
/// ```
#[must_use = "nothing is run before `run`"]
pub struct Replay {
    app: Result<Arc<App>, BuildError>,
    method: &'static str,
    params: Value,
    script: Script,
    counters: Vec<Counter>,
}

scripted!(Replay);

/// Something that a handler does to the world.
struct Counter {
    what: String,
    count: Box<dyn Fn() -> u64 + Send>,
}

impl Replay {
    /// Calls a tool.
    pub fn tool(mut self, name: &str, arguments: Value) -> Self {
        self.method = "tools/call";
        self.params = json!({ "name": name, "arguments": arguments });
        self
    }

    /// Renders a prompt.
    pub fn prompt(mut self, name: &str, arguments: Value) -> Self {
        self.method = "prompts/get";
        self.params = json!({ "name": name, "arguments": arguments });
        self
    }

    /// Reads a resource.
    pub fn resource(mut self, uri: &str) -> Self {
        self.method = "resources/read";
        self.params = json!({ "uri": uri });
        self
    }

    /// Counts an effect, before and after each run of the handler.
    pub fn counting(mut self, what: &str, count: impl Fn() -> u64 + Send + 'static) -> Self {
        self.counters.push(Counter { what: what.to_owned(), count: Box::new(count) });
        self
    }

    /// Runs the handler in every way, and returns the outcome that they have in common: the result
    /// within a session, or the error.
    ///
    /// # Errors
    /// [`ReplayError`], with everything in which the ways differ.
    pub async fn run(self) -> Result<Value, ReplayError> {
        let app = self.app.as_ref().map_err(|error| ReplayError(vec![error.to_string()]))?;
        let mut runs = Vec::new();
        for way in runs::Way::ALL {
            let before = self.counts();
            let mut run = runs::run(app, way, self.method, &self.params, &self.script).await;
            let grown = self
                .counts()
                .into_iter()
                .zip(before)
                .map(|(now, before)| now.saturating_sub(before));
            run.effects = grown.collect();
            runs.push(run);
        }
        let mut problems = Vec::new();
        let Some((session, others)) = runs.split_first() else { return Ok(Value::Null) };
        problems.extend(session.problem.clone());
        for other in others {
            self.compare(session, other, &mut problems);
        }
        if problems.is_empty() { Ok(session.outcome.clone()) } else { Err(ReplayError(problems)) }
    }

    fn counts(&self) -> Vec<u64> {
        self.counters.iter().map(|counter| (counter.count)()).collect()
    }

    fn compare(&self, session: &Run, other: &Run, problems: &mut Vec<String>) {
        let way = other.way;
        if let Some(problem) = &other.problem {
            problems.push(format!("{way}: {problem}"));
            return;
        }
        if session.essence() != other.essence() {
            problems.push(format!(
                "{way}: the outcomes differ: {} here, {} within a session",
                other.essence(),
                session.essence()
            ));
        }
        for (counter, (here, there)) in
            self.counters.iter().zip(other.effects.iter().zip(&session.effects))
        {
            if here != there {
                let what = &counter.what;
                problems.push(format!(
                    "{way}: `{what}` is counted {here} times, and {there} times within a session; \
                     what must not be repeated before a question belongs into `Context::once`"
                ));
            }
        }
        if other.asked.len() > session.asked.len() {
            problems.push(format!(
                "{way}: a question changes from one run to the next, so its answer is lost and it \
                 is asked again: {}; ask the same, or use `volatile`",
                other.changed(session)
            ));
        }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("params", &self.params).finish_non_exhaustive()
    }
}

/// In what the ways differ in which a handler was run.
///
/// `Debug` writes the same text as `Display`, because that is what a test that unwraps it prints.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayError(Vec<String>);

impl ReplayError {
    /// Each difference, one sentence.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler does not behave alike in all ways:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
    }
}

impl fmt::Debug for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ReplayError {}
