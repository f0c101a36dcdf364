//! Notes in an SQLite database that is closed on every way out.
//!
//! `cargo run -p mcp-advanced-examples --example notes -- --db notes.db --http 127.0.0.1:8000`, or without
//! `--http` for stdio.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::prelude::*;
use rusqlite::Connection;

/// The database. SQLite blocks, so functions that use it are `blocking`.
struct Notes(Mutex<Connection>);

impl Notes {
    fn open(path: &str) -> rusqlite::Result<Self> {
        let database = Connection::open(path)?;
        // A reader does not wait for a writer. Changes are in a second file until the database is closed.
        database.pragma_update(None, "journal_mode", "wal")?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        )?;
        Ok(Self(Mutex::new(database)))
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The state is dropped when the server ends: at the end of input, on a signal, and by a shutdown. The
// connection closes the database by itself; this is the place for other clean-up.
impl Drop for Notes {
    fn drop(&mut self) {
        eprintln!("the notes are closed");
    }
}

/// Add a note, and return its number.
#[tool(blocking)]
fn add_note(#[arg(min_len = 1)] text: String, notes: State<Notes>) -> Result<i64, ToolError> {
    let database = notes.database();
    database.execute("INSERT INTO note (text) VALUES (?1)", [text])?;
    Ok(database.last_insert_rowid())
}

/// Find the notes that contain a text, the newest first.
#[tool(read_only, blocking)]
fn find_notes(
    #[arg(default)] text: String,
    #[arg(default = 20, min = 1, max = 100)] limit: u32,
    notes: State<Notes>,
) -> Result<Vec<String>, ToolError> {
    let database = notes.database();
    let mut statement = database
        .prepare("SELECT text FROM note WHERE instr(text, ?1) ORDER BY id DESC LIMIT ?2")?;
    let found = statement.query_map((text, limit), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().skip_while(|argument| argument != "--db").nth(1);
    Server::new("notes", env!("CARGO_PKG_VERSION"))
        .state(Notes::open(path.as_deref().unwrap_or("notes.db"))?)
        .with::<(add_note, find_notes)>()
        .run()
        .await?;
    Ok(())
}
