//! The server as a component: each line of the standard input is a message, each line of the output an answer.

use std::error::Error;
use std::io::{self, BufRead, Write};

fn main() -> Result<(), Box<dyn Error>> {
    // For its timers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let responder = mcp_wasm_example::server().into_responder().await?;
        let mut output = io::stdout();
        for message in io::stdin().lock().lines() {
            if let Some(answer) = responder.respond(message?).await {
                output.write_all(&answer)?;
                output.write_all(b"\n")?;
                output.flush()?;
            }
        }
        Ok(responder.close().await?)
    })
}
