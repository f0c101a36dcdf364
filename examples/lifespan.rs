//! A worker that begins before the server serves, and finishes its work after the last request.
//!
//! `cargo run -p mcp-examples --example lifespan -- --file visits.txt`, or with `--http 127.0.0.1:8000`.

use std::fs::File;
use std::io::Write as _;

use mcp_runtime::prelude::*;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// The queue of the worker: names, and at last `None`.
struct Visits(mpsc::UnboundedSender<Option<String>>);

/// Write the name of a visitor down.
#[tool]
async fn visit(name: String, visits: State<Visits>) -> Result<&'static str, ToolError> {
    visits.0.send(Some(name))?;
    Ok("written down")
}

/// Writes the names in the queue into the file.
fn write_down(
    mut file: File,
    mut names: mpsc::UnboundedReceiver<Option<String>>,
) -> std::io::Result<()> {
    while let Some(Some(name)) = names.blocking_recv() {
        writeln!(file, "{name}")?;
    }
    file.sync_all()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().skip_while(|argument| argument != "--file").nth(1);
    let path = path.unwrap_or_else(|| "visits.txt".into());
    Server::new("visits", env!("CARGO_PKG_VERSION"))
        .with::<visit>()
        .lifespan(async |serving| {
            // Before the first request. An error ends the program with a message.
            let file = File::options().create(true).append(true).open(path)?;
            let (queue, names) = mpsc::unbounded_channel();
            let worker = spawn_blocking(move || write_down(file, names));
            serving.with(Visits(queue.clone())).await;
            // After the last request.
            queue.send(None)?;
            worker.await??;
            eprintln!("all visits are written down");
            Ok(())
        })
        .run()
        .await?;
    Ok(())
}
