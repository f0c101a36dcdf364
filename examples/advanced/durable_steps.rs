//! A task of twenty steps and two questions, for the tests that end its server in the middle.
//!
//! ```text
//! cargo run -p mcp-advanced-examples --example durable_steps -- STORE LOG
//! ```
//!
//! STORE is a path or the URL of a Redis. Every step adds two lines to the file LOG: `begin N` when it
//! begins, and `end N` when it is in the store. The lines also go to standard error. More arguments say
//! what happens when this process has written a line:
//!
//! - `kill-at=LINE`: it ends like `kill -9`.
//! - `pause-at=LINE`: it stops like `kill -STOP`, once.
//! - `hold-at=LINE`: the task waits for ever.
//!
//! `lease=MILLISECONDS` is the lease time. With `tool=other` the process has another tool instead.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use mcp_runtime::elicit::Elicited;
use mcp_runtime::prelude::*;
use mcp_runtime::{Server, Store};

/// Number of steps.
const STEPS: u32 = 20;

/// The file with the lines.
struct Log {
    file: Mutex<File>,
    kill_at: Option<String>,
    pause_at: Mutex<Option<String>>,
    hold_at: Option<String>,
}

impl Log {
    async fn write(&self, line: &str) -> std::io::Result<()> {
        self.write_now(line)?;
        if self.is_pause(line)? {
            pause().await?;
        }
        if self.hold_at.as_deref() == Some(line) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    fn write_now(&self, line: &str) -> std::io::Result<()> {
        let mut file = self.file.lock().map_err(|_| poisoned())?;
        file.write_all(format!("{line}\n").as_bytes())?;
        eprintln!("{line}");
        if self.kill_at.as_deref() == Some(line) {
            end_at_once();
        }
        Ok(())
    }

    fn is_pause(&self, line: &str) -> std::io::Result<bool> {
        let mut pause_at = self.pause_at.lock().map_err(|_| poisoned())?;
        Ok(pause_at.take_if(|at| at == line).is_some())
    }
}

fn poisoned() -> std::io::Error {
    std::io::Error::other("a step panicked")
}

/// Ends the process as `kill -9` does: nothing is flushed, and nothing is dropped.
fn end_at_once() -> ! {
    std::process::abort()
}

/// Stops the process until it gets `SIGCONT`.
#[cfg(unix)]
async fn pause() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let number = if cfg!(target_os = "linux") { 18 } else { 19 };
    let mut continued = signal(SignalKind::from_raw(number))?;
    let process = std::process::id().to_string();
    std::process::Command::new("kill").args(["-s", "STOP", &process]).status()?;
    // Other threads may stop a little later than this one goes on.
    continued.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn pause() -> std::io::Result<()> {
    Err(std::io::Error::other("this system has no `SIGSTOP`"))
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
            log.write(&format!("answered {step}")).await?;
        }
        let body = async || {
            log.write(&format!("begin {step}")).await?;
            Ok::<_, std::io::Error>(step)
        };
        total += cx.try_once(format!("step {step}"), body).await?;
        log.write(&format!("end {step}")).await?;
        cx.progress(f64::from(step), f64::from(STEPS), format!("step {step} is done"));
    }
    Ok(format!("the sum of the steps is {total}"))
}

/// Do nothing.
#[tool(task)]
async fn other() -> &'static str {
    "nothing"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(store), Some(log)) = (arguments.next(), arguments.next()) else {
        return Err("expected the place of the store and the path of the log".into());
    };
    let options: Vec<String> = arguments.collect();
    let option = |name: &str| {
        let value = options.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        value.map(str::to_owned)
    };
    let lease: Option<u64> = option("lease").map(|lease| lease.parse()).transpose()?;
    let file = OpenOptions::new().create(true).append(true).open(log)?;
    let store = match store.starts_with("redis:") {
        true => Store::redis(store)?,
        false => Store::redb(store)?,
    };
    let log = Log {
        file: Mutex::new(file),
        kill_at: option("kill-at"),
        pause_at: Mutex::new(option("pause-at")),
        hold_at: option("hold-at"),
    };
    let mut server = Server::new("steps", "1.0.0").state(log).store(store);
    server = match option("tool") {
        Some(_) => server.with::<other>(),
        None => server.with::<work>(),
    };
    if let Some(lease) = lease {
        server = server.task_lease(Duration::from_millis(lease));
    }
    let handle = server.handle();
    tokio::spawn(async move {
        if terminated().await.is_ok() {
            handle.shutdown();
        }
    });
    server.serve_stdio().await?;
    Ok(())
}

/// Waits for `SIGTERM`.
#[cfg(unix)]
async fn terminated() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
