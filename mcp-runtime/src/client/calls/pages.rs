//! Lists that arrive in pages.
//!
//! Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use mcp_core::json;
use mcp_core::jsonrpc::{ErrorCode, Raw};
use mcp_core::method::{Area, Method};
use mcp_core::protocol::Tool;
use mcp_core::revision::CacheHint;
use serde::de::DeserializeOwned;

use super::request::{Caching, ClientRequest, OnInputRequired};
use crate::client::core::{Client, Core, RequestOptions};
use crate::client::error::Error;
use crate::client::event::Event;
use crate::client::message::{BoxFuture, JsonText, excerpt};
use crate::client::unfold::{self, Unfold};
use crate::read_json::read_json;
use crate::shorten::line;

/// Largest number of pages of a list. What goes on behind them is left out.
const MAX_PAGES: usize = 10_000;

/// Largest size of a list in bytes. What goes on behind the page that exceeds it is left out.
const MAX_BYTES: usize = 256 << 20;

/// A list that arrives in pages: a stream of pages, or all items with [`all`](Self::all).
///
/// Pages may come from the [cache](crate::client::Cache) if the server allows it. Items that cannot
/// be read are left out, with a warning. A list whose server repeats a cursor, or that does not end
/// within 10,000 pages or 256 MiB, ends with the pages that came, with a warning. A list
/// for which the server declares no capability is empty; in a session it is not requested.
///
/// ```
/// # use mcp_runtime::client::{Client, Error};
/// # use mcp_runtime::prelude::*;
/// # /// Add two integers.
/// # #[tool]
/// # async fn add(a: i64, b: i64) -> i64 { a + b }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let server = Server::new("calculator", "1.0.0").with::<add>();
/// # let client = Client::in_memory(server).connect().await?;
/// let mut pages = client.tools();
/// while let Some(page) = pages.next().await {
///     for tool in page? {
///         assert_eq!(tool.name, "add");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<T> {
    pages: Unfold<PageCursor, Result<Page, Error>>,
    client: Client,
    method: Method,
    accept: Accept<T>,
}

/// Accepts an item. An error leaves it out of the list.
type Accept<T> = fn(&T, &Core) -> Result<(), String>;

/// Stores a tool that was listed. Where HTTP repeats arguments in headers, tools that request that
/// in an invalid way are left out.
pub(super) fn accept_tool(tool: &Tool, core: &Core) -> Result<(), String> {
    let connection = core.current_connection();
    let mirrors = connection.transport.mirrors() && connection.facts().standard_headers;
    let accepted = core.tools.store(tool, mirrors);
    accepted.inspect_err(|reason| warn_left_out(&format!("the tool `{}`", tool.name), reason))
}

fn warn_left_out(what: &str, reason: &str) {
    let (what, reason) = (line(what), line(reason));
    tracing::warn!(target: "mcp_runtime::client", "{what} is left out: {reason}");
}

impl<T> Pages<T> {
    pub(super) fn new(client: &Client, method: Method, accept: Accept<T>) -> Self {
        let start = PageCursor::start(client.clone(), method);
        Self { pages: Unfold::new(start, next_page), client: client.clone(), method, accept }
    }

    /// Requests the pages from the server, whatever the cache contains.
    pub(crate) fn fresh(mut self) -> FreshPages<T> {
        let start = PageCursor::start(self.client.clone(), self.method);
        let start = PageCursor { caching: Caching::Refresh, ..start };
        self.pages = Unfold::new(start, next_page);
        FreshPages(self)
    }
}

/// A page of a list that was requested from the server.
pub(crate) struct FreshPage<T> {
    /// Items, and the text of each.
    pub(crate) items: Vec<(T, JsonText)>,
    pub(crate) hint: CacheHint,
}

/// A list whose pages do not come from the cache.
pub(crate) struct FreshPages<T>(Pages<T>);

impl<T: DeserializeOwned> FreshPages<T> {
    /// Returns the next page; `None` after the last. An error ends the list.
    pub(crate) async fn next(&mut self) -> Option<Result<FreshPage<T>, Error>> {
        let page = unfold::next(&mut self.0.pages).await?;
        Some(page.map(|page| {
            let items = page.items.iter();
            let items = items.filter_map(|text| Some((self.0.parse_item(text)?, text.clone())));
            FreshPage { items: items.collect(), hint: page.hint }
        }))
    }
}

impl<T: DeserializeOwned> Pages<T> {
    /// Returns the next page; `None` after the last. An error ends the list.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        unfold::next(self).await
    }

    /// Returns the items of all pages.
    ///
    /// # Errors
    /// The error of the first page that cannot be fetched.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await {
            all.extend(page?);
        }
        Ok(all)
    }

    fn parse_item(&self, item: &JsonText) -> Option<T> {
        let parsed = read_json::<T>(item.as_str());
        let parsed = parsed.inspect_err(|error| warn_left_out(&excerpt(item.as_str()), error));
        parsed.ok().filter(|item| (self.accept)(item, &self.client.core).is_ok())
    }
}

impl<T: DeserializeOwned> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = std::task::ready!(Pin::new(&mut self.pages).poll_next(cx));
        let parse =
            |page: Page| page.items.iter().filter_map(|item| self.parse_item(item)).collect();
        Poll::Ready(page.map(|page| page.map(parse)))
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// A page as it came.
struct Page {
    items: Vec<JsonText>,
    hint: CacheHint,
}

/// A page and the position behind it; `None` at the end.
type NextPage = Option<(Result<Page, Error>, PageCursor)>;

fn next_page(mut cursor: PageCursor) -> BoxFuture<'static, NextPage> {
    Box::pin(async move {
        if !cursor.has_more {
            return None;
        }
        let page = cursor.fetch().await;
        cursor.has_more &= page.is_ok();
        Some((page, cursor))
    })
}

/// The position in a list at which the next page starts.
struct PageCursor {
    client: Client,
    method: Method,
    caching: Caching,
    cursor: Option<String>,
    /// Hashes of the cursors so far, each of which a server may make as long as it likes.
    seen: HashSet<u64>,
    hasher: RandomState,
    /// Number of pages that came, and their size.
    pages: usize,
    bytes: usize,
    has_more: bool,
}

impl PageCursor {
    fn start(client: Client, method: Method) -> Self {
        Self {
            client,
            method,
            caching: Caching::On,
            cursor: None,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            pages: 0,
            bytes: 0,
            has_more: true,
        }
    }

    /// Fetches a page and moves behind it.
    async fn fetch(&mut self) -> Result<Page, Error> {
        let params = match &self.cursor {
            Some(cursor) => json::object_string(|params| params.value("cursor", cursor)),
            None => "{}".to_owned(),
        };
        let core = &self.client.core;
        if self.cursor.is_none() && !core.connection().await?.offers(self.method) {
            return Ok(self.not_declared());
        }
        let request = ClientRequest {
            // Lists cannot ask for input, so it is an error if one does.
            on_input_required: OnInputRequired::Return,
            caching: self.caching,
            ..ClientRequest::new(self.method, &params)
        };
        let page = core.request(request, &mut RequestOptions::default()).await;
        if self.cursor.is_some() && matches!(page, Err(Error::Remote(_))) {
            // The server does not know the cursor any more, so the pages before are stale.
            core.inbound.cache.invalidate(&core.inbound.origin, &change_of(self.method));
        }
        if matches!(&page, Err(Error::Remote(error)) if error.code == ErrorCode::METHOD_NOT_FOUND)
            && !core.current_connection().declares(self.method)
        {
            return Ok(self.not_declared());
        }
        let page = page?.complete()?;
        let items = items(self.method, &page)?;
        self.pages += 1;
        self.bytes += page.as_str().len();
        let next = page.raw().member("nextCursor").filter(|next| !next.is_null());
        self.has_more = next.is_some();
        if let Some(next) = next
            && let Err(reason) = self.advance(next)
        {
            self.has_more = false;
            let Self { method, pages, .. } = self;
            tracing::warn!(
                target: "mcp_runtime::client",
                "{reason}; the result of `{method}` ends after {pages} pages and may be incomplete"
            );
        }
        Ok(Page { items, hint: CacheHint::of_result(page.raw()) })
    }

    /// Returns the only page of a list that the server has not declared.
    fn not_declared(&mut self) -> Page {
        tracing::debug!(
            target: "mcp_runtime::client",
            "the server declares no capability for `{}`",
            self.method
        );
        self.has_more = false;
        Page { items: Vec::new(), hint: CacheHint::public(0) }
    }

    /// Moves to the next page. An empty cursor is one like any other.
    ///
    /// # Errors
    /// The reason for which the list ends here, although the server has more.
    fn advance(&mut self, next: Raw<'_>) -> Result<(), String> {
        let Some(cursor) = next.string() else {
            let got = excerpt(next.as_str());
            return Err(format!("expected the cursor of the next page, a string, got {got}"));
        };
        let is_new = self.seen.insert(self.hasher.hash_one(&*cursor));
        if !is_new {
            return Err(format!("the server repeats the cursor {}", excerpt(next.as_str())));
        }
        if self.pages >= MAX_PAGES || self.bytes > MAX_BYTES {
            return Err("the list of the server does not end".to_owned());
        }
        self.cursor = Some(cursor.into_owned());
        Ok(())
    }
}

/// Returns the change that makes a list stale.
fn change_of(method: Method) -> Event {
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

fn items(method: Method, page: &JsonText) -> Result<Vec<JsonText>, Error> {
    let member = method.list_member();
    let member = member.ok_or_else(|| Error::argument(format!("`{method}` lists nothing")))?;
    // `null` is how some languages write an empty list.
    let is_list = |list: &Raw<'_>| list.is_null() || list.is_array();
    let list = page.raw().member(member).filter(is_list);
    let list = list.ok_or_else(|| {
        let got = excerpt(page.as_str());
        Error::protocol(format!("expected `{member}` in the result of `{method}`, got {got}"))
    })?;
    Ok(list.elements().map(JsonText::of).collect())
}

impl Core {
    /// Lists the tools again, for the arguments that are repeated in headers.
    ///
    /// The future is boxed, because listing is a request itself.
    pub(super) fn relist_tools(self: &Arc<Self>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            self.inbound.cache.invalidate(&self.inbound.origin, &Event::Tools);
            let client = Client { core: Arc::clone(self) };
            let mut cursor = PageCursor::start(client, Method::ToolsList);
            while cursor.has_more {
                for item in cursor.fetch().await?.items {
                    if let Ok(tool) = serde_json::from_str::<Tool>(item.as_str()) {
                        // Invalid header arguments were reported when the tool was listed.
                        let _ = self.tools.store(&tool, false);
                    }
                }
            }
            Ok(())
        })
    }
}
