//! A server composed of two others, with a hook, tools with restricted visibility, and an
//! extension.
//!
//! `cargo run -p mcp-examples --example mounted -- --http 127.0.0.1:8000`, or without arguments for stdio.

use std::sync::{Mutex, PoisonError};

use mcp_runtime::ProtocolError;
use mcp_runtime::hook::{Hook, HookFailure, HookRequest, HookResult};
use mcp_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// Add two integers.
#[tool(read_only)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn calculator() -> Server {
    Server::new("calculator", "1.0.0").with::<add>()
}

/// State of the notes server, visible to its own tools only.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn change<T>(&self, change: impl FnOnce(&mut Vec<String>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Take a note.
#[tool]
async fn write(notes: &State<Notes>, text: String) -> String {
    let count = notes.change(|notes| {
        notes.push(text);
        notes.len()
    });
    format!("there are {count} notes")
}

/// Read all notes.
#[tool(read_only)]
async fn read(notes: &State<Notes>) -> Vec<String> {
    notes.change(|notes| notes.clone())
}

/// Delete all notes.
#[tool(destructive)]
async fn admin_clear(notes: &State<Notes>) {
    notes.change(Vec::clear);
}

/// Identifier of an extension with methods of its own.
const UNDO: &str = "com.example/undo";

#[derive(Deserialize)]
struct Undo {
    steps: usize,
}

#[derive(Serialize)]
struct Undone {
    left: usize,
}

async fn undo(cx: Context, undo: Undo) -> Result<Undone, ProtocolError> {
    cx.client().require_extension(UNDO)?;
    let left = cx.require_state::<Notes>()?.change(|notes| {
        notes.truncate(notes.len().saturating_sub(undo.steps));
        notes.len()
    });
    Ok(Undone { left })
}

async fn draft(cx: Context, draft: String) {
    cx.log(LoggingLevel::Info, format!("a draft of {} bytes", draft.len()));
}

#[derive(Deserialize)]
struct Draft {
    text: String,
}

fn notes() -> Server {
    Server::new("notes", "1.0.0")
        .with::<(write, read, admin_clear)>()
        .state(Notes::default())
        .visible(|component, caller| {
            let scopes = caller.principal().scopes();
            !component.key().contains("admin") || scopes.iter().any(|scope| scope == "admin")
        })
        .extension(UNDO, serde_json::json!({ "depth": 100 }))
        .method("com.example/undo", undo)
        .notification("notifications/com.example/draft", async |cx: Context, it: Draft| {
            draft(cx, it.text).await;
        })
}

/// Prints the duration of each request to stderr.
struct Timing;

impl Hook for Timing {
    async fn after(&self, request: &HookRequest, _: &mut HookResult<'_>) {
        let name = request.name().unwrap_or_default();
        eprintln!("{} {name}: {:?}", request.method(), request.elapsed());
    }

    async fn error(&self, request: &HookRequest, failure: &HookFailure<'_>) {
        eprintln!("{}: {failure}", request.method());
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The tools are called `add`, `notes_write`, `notes_read` and `notes_admin_clear`.
    Server::new("office", env!("CARGO_PKG_VERSION"))
        .merge(calculator())
        .mount("notes", notes())
        .hook(Timing)
        .run()
        .await?;
    Ok(())
}
