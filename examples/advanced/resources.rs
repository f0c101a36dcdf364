//! Resources: files of a directory, and rows of a database table.
//!
//! `cargo run -p mcp-advanced-examples --example resources -- --http 127.0.0.1:8000`, or without arguments
//! for stdio.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::files::{File, FileEntry, Root};
use mcp_runtime::prelude::*;
use mcp_runtime::resource::ResourceError;
use mcp_runtime::uri::UriTemplate;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

// No path leads out of the directory. `None` means "not found".
/// A page of this framework's documentation.
#[resource("docs:///{+path}", list = pages)]
async fn page(path: &str, docs: &State<Root>) -> io::Result<Option<File>> {
    docs.read(path).await
}

/// Lists the resources of the template.
async fn pages(cx: &Context) -> Result<Vec<ResourceLink>, ResourceError> {
    let docs = cx.require_state::<Root>()?;
    let template = UriTemplate::parse("docs:///{+path}")?;
    let link = |file: FileEntry| {
        let uri = template.expand([("path", file.path.as_str())]);
        file.into_link(uri)
    };
    Ok(docs.files().await?.into_iter().map(link).collect())
}

/// The database of articles. SQLite blocks, so functions that use it are `blocking`.
struct Shop {
    database: Mutex<Connection>,
}

/// A row of the table.
#[derive(Serialize)]
struct Article {
    id: u32,
    name: String,
    kind: String,
    cents: u32,
}

impl Shop {
    fn open() -> rusqlite::Result<Self> {
        let database = Connection::open_in_memory()?;
        database.execute_batch(
            "CREATE TABLE article (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, cents INTEGER);
             INSERT INTO article (name, kind, cents) VALUES
                 ('bolt M5', 'fastener', 12), ('nut M5', 'fastener', 9), ('saw', 'tool', 2490);",
        )?;
        Ok(Self { database: Mutex::new(database) })
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kinds(&self) -> rusqlite::Result<Vec<String>> {
        let database = self.database();
        let mut statement = database.prepare("SELECT DISTINCT kind FROM article ORDER BY kind")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }
}

impl Article {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            cents: row.get("cents")?,
        })
    }
}

// A URI without variables is listed unchanged. The result is sent as JSON.
/// The kinds of articles that there are.
#[resource("shop://kinds", blocking)]
fn kinds(shop: State<Shop>) -> rusqlite::Result<Vec<String>> {
    shop.kinds()
}

// Bytes are sent as base64.
/// The sign above the door, a bitmap of eight by eight.
#[resource("shop://sign", mime_type = "image/x-portable-bitmap")]
fn sign() -> &'static [u8] {
    b"P4 8 8\n\x3c\x42\x81\xa5\x81\x99\x42\x3c"
}

/// An article of the shop.
#[resource("shop://articles/{id}", ttl = "1m", blocking)]
fn article(id: u32, shop: State<Shop>) -> rusqlite::Result<Option<Article>> {
    let sql = "SELECT * FROM article WHERE id = ?1";
    shop.database().query_row(sql, [id], Article::of).optional()
}

/// The articles of one kind, the cheapest first.
#[resource("shop://kinds/{kind}{?limit}", blocking)]
fn articles_of_kind(
    #[arg(complete = kinds_there_are)] kind: String,
    /// Maximum number of articles; all if absent
    limit: Option<u32>,
    shop: State<Shop>,
) -> rusqlite::Result<Vec<Article>> {
    let database = shop.database();
    let mut statement =
        database.prepare("SELECT * FROM article WHERE kind = ?1 ORDER BY cents LIMIT ?2")?;
    statement.query_map(params![kind, limit.map_or(-1, i64::from)], Article::of)?.collect()
}

/// Completer. Suggestions that do not match the input are removed.
fn kinds_there_are(_: &str, cx: &Context) -> Result<Vec<String>, ResourceError> {
    Ok(cx.require_state::<Shop>()?.kinds()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let docs = Root::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))?;
    Server::new("resources", env!("CARGO_PKG_VERSION"))
        .state(docs)
        .state(Shop::open()?)
        .with::<(page, kinds, sign, article, articles_of_kind)>()
        .run()
        .await?;
    Ok(())
}
