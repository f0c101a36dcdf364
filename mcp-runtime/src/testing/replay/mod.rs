//! Runs a handler over all channels of questions and compares the results.

mod runs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use self::runs::Run;
use crate::component::app::App;
use crate::error::{BuildError, Error};
use crate::server::builder::Server;
use crate::testing::script::{Script, scripted};

/// Creates a [`Replay`] of a handler of a server: a test that the handler behaves alike over all
/// channels of questions.
pub fn replay(server: Server) -> Replay {
    Replay {
        app: server.build(),
        method: "tools/call",
        params: Value::Null,
        script: Script::default(),
        counters: Vec::new(),
    }
}

/// A test that a handler behaves alike over all channels of questions, with scripted answers.
///
/// The handler runs within a session, as a request that is repeated with all answers at a time and
/// with one answer at a time, and as a parked call. The test fails if the outcomes differ, if an
/// effect is repeated, and if a question changes from one run of the handler to the next, so that its
/// answer is lost.
///
/// # Example
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

/// Counter of a side effect of a handler.
struct Counter {
    name: String,
    count: Box<dyn Fn() -> u64 + Send>,
}

impl Replay {
    /// Sets the handler: a tool with arguments.
    pub fn tool(mut self, name: &str, arguments: Value) -> Self {
        self.method = "tools/call";
        self.params = json!({ "name": name, "arguments": arguments });
        self
    }

    /// Sets the handler: a prompt with arguments.
    pub fn prompt(mut self, name: &str, arguments: Value) -> Self {
        self.method = "prompts/get";
        self.params = json!({ "name": name, "arguments": arguments });
        self
    }

    /// Sets the handler: a resource by its URI.
    pub fn resource(mut self, uri: &str) -> Self {
        self.method = "resources/read";
        self.params = json!({ "uri": uri });
        self
    }

    /// Adds a counter of a side effect, which is read before and after each run.
    pub fn counting(mut self, name: &str, count: impl Fn() -> u64 + Send + 'static) -> Self {
        self.counters.push(Counter { name: name.to_owned(), count: Box::new(count) });
        self
    }

    /// Runs the handler over all channels and returns its outcome: the result within a session, or the
    /// error.
    ///
    /// # Errors
    /// [`ReplayError`] with all differences.
    pub async fn run(self) -> Result<Value, ReplayError> {
        let app = self.app.as_ref().map_err(|error| ReplayError::new(vec![error.to_string()]))?;
        let lifespan_failed = |error: Error| ReplayError::new(vec![error.report().to_string()]);
        app.open().await.map_err(lifespan_failed)?;
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
        app.close().await.map_err(lifespan_failed)?;
        let mut problems = Vec::new();
        let Some((session, others)) = runs.split_first() else { return Ok(Value::Null) };
        problems.extend(session.problem.clone());
        for other in others {
            self.compare(session, other, &mut problems);
        }
        if problems.is_empty() {
            Ok(session.outcome.clone())
        } else {
            Err(ReplayError::new(problems))
        }
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
        if session.common_members() != other.common_members() {
            problems.push(format!(
                "{way}: the outcomes differ: {} here, {} within a session",
                other.common_members(),
                session.common_members()
            ));
        }
        for (counter, (here, there)) in
            self.counters.iter().zip(other.effects.iter().zip(&session.effects))
        {
            if here != there {
                let name = &counter.name;
                problems.push(format!(
                    "{way}: `{name}` is counted {here} times, and {there} times within a session; \
                     an effect that must not be repeated belongs into `Context::once`"
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

/// Differences between the runs of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayError {
    problems: Vec<String>,
}

impl ReplayError {
    fn new(problems: Vec<String>) -> Self {
        Self { problems }
    }

    /// All differences, one sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler does not behave alike in all ways:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
    }
}

impl std::error::Error for ReplayError {}
