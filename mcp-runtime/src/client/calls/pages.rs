//! Lists that come in pages.
//!
//! Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use mcp_core::jsonrpc::Raw;
use mcp_core::method::{Area, Method};
use mcp_core::protocol::Tool;
use serde::de::DeserializeOwned;

use crate::client::connect::json;
use crate::client::core::{Client, Core, Options};
use crate::client::error::Error;
use crate::client::subscription::Event;
use crate::client::transport::Json;
use crate::client::unfold::{self, Unfold};

/// How many pages a list may have. A server whose list does not end is not followed further.
const MOST_PAGES: usize = 10_000;

/// A list that comes in pages: a stream of pages, or everything at once with [`all`](Self::all).
///
/// Pages that the server allows to be kept may come from the [cache](super::super::Cache). An item
/// that cannot be read is left out, with a warning, and does not spoil the others.
pub struct Pages<T> {
    steps: Unfold<Position, Result<Vec<Json>, Error>>,
    client: Client,
    learn: Learn<T>,
}

/// Where in a list the next page starts.
struct Position {
    client: Client,
    method: Method,
    cursor: Option<String>,
    seen: HashSet<String>,
    has_more: bool,
}

/// Takes note of an item; an error leaves it out.
type Learn<T> = fn(&T, &Core) -> Result<(), String>;

/// Takes note of a tool.
pub(super) fn learn_tool(tool: &Tool, core: &Core) -> Result<(), String> {
    let link = core.current();
    let mirrors = link.transport.mirrors() && link.facts().standard_headers;
    let learned = core.tools.learn(tool, mirrors);
    learned.inspect_err(|reason| warn_left_out(&format!("the tool `{}`", tool.name), reason))
}

fn warn_left_out(what: &str, reason: &str) {
    tracing::warn!(target: "mcp_runtime::client", "{what} is left out: {reason}");
}

impl<T> Pages<T> {
    pub(super) fn new(client: &Client, method: Method, learn: Learn<T>) -> Self {
        let start = Position::start(client.clone(), method);
        Self { steps: Unfold::new(start, step), client: client.clone(), learn }
    }
}

impl<T: DeserializeOwned> Pages<T> {
    /// The next page; `None` after the last. An error ends the list.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        unfold::next(self).await
    }

    /// Every item of every page.
    ///
    /// # Errors
    /// That of the first page that cannot be had.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await {
            all.extend(page?);
        }
        Ok(all)
    }

    fn read(&self, page: &[Json]) -> Vec<T> {
        let items = page.iter().filter_map(|item| {
            let read = serde_json::from_str::<T>(item.as_str());
            read.inspect_err(|error| warn_left_out(item.as_str(), &error.to_string())).ok()
        });
        items.filter(|item| (self.learn)(item, &self.client.core).is_ok()).collect()
    }
}

impl<T: DeserializeOwned> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = std::task::ready!(Pin::new(&mut self.steps).poll_next(cx));
        Poll::Ready(page.map(|page| page.map(|page| self.read(&page))))
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

type Step = Option<(Result<Vec<Json>, Error>, Position)>;

fn step(position: Position) -> crate::client::transport::Boxed<'static, Step> {
    Box::pin(async move {
        if !position.has_more {
            return None;
        }
        let mut position = position;
        let page = position.page().await;
        position.has_more &= page.is_ok();
        Some((page, position))
    })
}

impl Position {
    fn start(client: Client, method: Method) -> Self {
        Self { client, method, cursor: None, seen: HashSet::new(), has_more: true }
    }

    async fn page(&mut self) -> Result<Vec<Json>, Error> {
        let params = match &self.cursor {
            Some(cursor) => format!(r#"{{"cursor":{}}}"#, json(cursor)),
            None => "{}".to_owned(),
        };
        let core = &self.client.core;
        let page = core.request_cached(self.method, &params, &mut Options::default()).await;
        if self.cursor.is_some() && matches!(page, Err(Error::Remote(_))) {
            // The pages that led here are not those that the server has now.
            core.inbound.cache.invalidate(&core.inbound.origin, &changed(self.method));
        }
        let page = page?;
        let cursor = page.raw().member("nextCursor").and_then(Raw::string);
        self.cursor = cursor.map(std::borrow::Cow::into_owned);
        self.has_more = self.cursor.is_some();
        if let Some(cursor) = &self.cursor
            && (self.seen.len() == MOST_PAGES || !self.seen.insert(cursor.clone()))
        {
            return Err(Error::protocol(format!(
                "expected a list that ends, got the cursor `{cursor}` again; tell the server's author"
            )));
        }
        items(self.method, &page)
    }
}

/// The change that makes a list stale.
fn changed(method: Method) -> Event {
    match method.area() {
        Area::Tools => Event::Tools,
        Area::Prompts => Event::Prompts,
        Area::Resources => Event::Resources,
        Area::Lifecycle
        | Area::Completion
        | Area::Logging
        | Area::Subscriptions
        | Area::Sampling
        | Area::Elicitation
        | Area::Roots
        | Area::Tasks
        | Area::Utilities => Event::Missed,
    }
}

fn items(method: Method, page: &Json) -> Result<Vec<Json>, Error> {
    let member = method.list_member();
    let member = member.ok_or_else(|| Error::Argument(format!("`{method}` lists nothing")))?;
    let list = page.raw().member(member).filter(|list| list.as_str().starts_with('['));
    let list = list.ok_or_else(|| {
        let got = crate::client::transport::excerpt(page.as_str());
        Error::protocol(format!("expected `{member}` in the result of `{method}`, got {got}"))
    })?;
    Ok(list.elements().map(Json::of).collect())
}

impl Core {
    /// Lists the tools anew, for what calling them needs to know.
    pub(crate) async fn relearn_tools(self: &Arc<Self>) -> Result<(), Error> {
        self.inbound.cache.invalidate(&self.inbound.origin, &Event::Tools);
        let client = Client { core: Arc::clone(self) };
        let mut position = Position::start(client, Method::ToolsList);
        while position.has_more {
            for item in position.page().await? {
                if let Ok(tool) = serde_json::from_str::<Tool>(item.as_str()) {
                    // Whether it is left out was said when it was listed.
                    let _ = self.tools.learn(&tool, false);
                }
            }
        }
        Ok(())
    }
}
