//! A worker that begins before the server serves, and finishes its work after the last request.
//!
//! `cargo run -p mcp-examples --example lifespan -- --file visits.txt`, or with `--http 127.0.0.1:8000`.

use mcp_runtime::prelude::*;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

/// The queue of the worker: names, and at last `None`.
struct Visits(mpsc::UnboundedSender<Option<String>>);

/// Write the name of a visitor down.
#[tool]
async fn visit(name: String, visits: State<Visits>) -> Result<&'static str, ToolError> {
    visits.0.send(Some(name))?;
    Ok("written down")
}

/// Writes the names in the queue into the file.
async fn write_down(
    mut file: tokio::fs::File,
    mut names: mpsc::UnboundedReceiver<Option<String>>,
) -> std::io::Result<()> {
    while let Some(Some(name)) = names.recv().await {
        file.write_all(format!("{name}\n").as_bytes()).await?;
    }
    file.flush().await?;
    file.sync_all().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().skip_while(|argument| argument != "--file").nth(1);
    let path = path.unwrap_or_else(|| "visits.txt".into());
    Server::new("visits", env!("CARGO_PKG_VERSION"))
        .with::<visit>()
        .lifespan(async |serving| {
            // Before the first request. An error ends the program with a message.
            let file = tokio::fs::OpenOptions::new().create(true).append(true).open(path).await?;
            let (queue, names) = mpsc::unbounded_channel();
            let worker = tokio::spawn(write_down(file, names));
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
