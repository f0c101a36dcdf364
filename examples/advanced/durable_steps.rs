//! A task of twenty steps and two questions, for the tests that end its server in the middle.
//!
//! ```text
//! cargo run -p mcp-advanced-examples --example durable_steps -- STORE LOG
//! ```
//!
//! Every step adds two lines to the file LOG: `begin N` when it begins, and `end N` when it is in the
//! store. With `kill-at=TEXT` as the third argument, the process ends itself like `kill -9` when it has
//! written this line. The lines also go to standard error.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::Mutex;

use mcp_runtime::elicit::Elicited;
use mcp_runtime::prelude::*;
use mcp_runtime::{Server, Store};

/// Number of steps.
const STEPS: u32 = 20;

/// The file with the lines.
struct Log {
    file: Mutex<File>,
    kill_at: Option<String>,
}

impl Log {
    fn write(&self, line: &str) -> std::io::Result<()> {
        let mut file = self.file.lock().map_err(|_| std::io::Error::other("a step panicked"))?;
        file.write_all(format!("{line}\n").as_bytes())?;
        eprintln!("{line}");
        if self.kill_at.as_deref() == Some(line) {
            end_at_once();
        }
        Ok(())
    }
}

/// Ends the process as `kill -9` does: nothing is flushed, and nothing is dropped.
fn end_at_once() -> ! {
    std::process::abort()
}

/// A decision.
#[derive(Elicit)]
struct Decision {
    go_on: bool,
}

/// Go through all steps, and ask before the first and the eleventh.
#[tool(task = "required", ttl = "none")]
async fn work(cx: &Context, log: &State<Log>) -> Result<String, ToolError> {
    let mut total = 0;
    for step in 1..=STEPS {
        if step % 10 == 1 {
            let decision = cx.elicit::<Decision>(format!("Begin step {step}?")).await?;
            if !matches!(decision, Elicited::Accepted(Decision { go_on: true })) {
                return Err(ToolError::new("the user stopped it"));
            }
            log.write(&format!("answered {step}"))?;
        }
        let body = async || {
            log.write(&format!("begin {step}"))?;
            Ok::<_, std::io::Error>(step)
        };
        total += cx.try_once(format!("step {step}"), body).await?;
        log.write(&format!("end {step}"))?;
        cx.progress(f64::from(step), f64::from(STEPS), format!("step {step} is done"));
    }
    Ok(format!("the sum of the steps is {total}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(store), Some(log)) = (arguments.next(), arguments.next()) else {
        return Err("expected two paths: of the store and of the log".into());
    };
    let kill_at = arguments.next();
    let kill_at = kill_at.as_deref().and_then(|it| it.strip_prefix("kill-at=")).map(str::to_owned);
    let file = OpenOptions::new().create(true).append(true).open(log)?;
    let store = match store.starts_with("redis:") {
        true => Store::redis(store)?,
        false => Store::redb(store)?,
    };
    Server::new("steps", "1.0.0")
        .with::<work>()
        .state(Log { file: Mutex::new(file), kill_at })
        .store(store)
        .serve_stdio()
        .await?;
    Ok(())
}
