//! The floor over stdio: a blocking loop that reads and writes one line at a time.

use std::io::{BufRead, BufReader, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    let mut output = std::io::stdout().lock();
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        let before = answers.len();
        mcp_benches::answer(&line, &mut answers)?;
        if answers.len() > before {
            answers.push(b'\n');
        }
        line.clear();
        // Responses to lines that arrived together are flushed together.
        if input.buffer().is_empty() {
            output.write_all(&answers)?;
            answers.clear();
        }
    }
    Ok(())
}
