//! The server of the page.

use std::io::IsTerminal as _;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse as _;
use axum::routing::get;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use tokio::net::TcpListener;

use super::guard::{Guard, protect};
use super::{Inspector, PageArguments, api};
use crate::exit::Failure;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal: $kind:ident,)*) => {
        [$(($path, $kind, include_bytes!(concat!("page/", $path)) as &[u8]),)*]
    };
}

/// The files of the page: name, type and content.
const FILES: &[(&str, &str, &[u8])] = &files![
    "api.js": SCRIPT,
    "components.js": SCRIPT,
    "content.js": SCRIPT,
    "detail.js": SCRIPT,
    "digits.js": SCRIPT,
    "dom.js": SCRIPT,
    "form.css": CSS,
    "form.js": SCRIPT,
    "keys.js": SCRIPT,
    "latency.js": SCRIPT,
    "main.js": SCRIPT,
    "page.css": CSS,
    "questions.js": SCRIPT,
    "run.js": SCRIPT,
    "schema.js": SCRIPT,
    "state.js": SCRIPT,
    "tasks.js": SCRIPT,
    "wire.js": SCRIPT,
];

const INDEX: &[u8] = include_bytes!("page/index.html");

/// The address of the page, before it is served.
#[derive(Serialize)]
pub(crate) struct Page {
    url: String,
    #[serde(skip)]
    listener: TcpListener,
    #[serde(skip)]
    guard: Arc<Guard>,
    #[serde(skip)]
    opens: bool,
}

impl Page {
    /// Takes the port.
    pub(crate) async fn bind(arguments: &PageArguments) -> Result<Self, Failure> {
        let port = arguments.port;
        let cannot_listen = |error: std::io::Error| {
            Failure::usage(format!("cannot listen at `127.0.0.1:{port}`: {error}"))
                .note("expected a port that is free, or no `--port`")
        };
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(cannot_listen)?;
        let bound = listener.local_addr().map_err(cannot_listen)?;
        let guard = Arc::new(Guard::new(bound.port())?);
        let opens = !arguments.no_open && std::io::stderr().is_terminal();
        Ok(Self { url: guard.url(), listener, guard, opens })
    }

    /// Prints the URL, and opens it in the browser if the user is at a terminal.
    pub(crate) fn announce(&self) {
        anstream::eprintln!("  {} inspector at {}", "▶".green(), self.url.bold());
        if self.opens {
            let url = self.url.clone();
            // Starting a browser blocks. Without one, the URL is there to be opened by hand.
            tokio::task::spawn_blocking(move || webbrowser::open(&url));
        }
    }

    /// Serves until it is dropped.
    pub(crate) async fn serve(self, inspector: Arc<Inspector>) -> Result<(), Failure> {
        let mut router = Router::new().route("/", get(|| file(HTML, INDEX)));
        for &(name, kind, content) in FILES {
            router = router.route(&format!("/{name}"), get(move || file(kind, content)));
        }
        let router = router.nest("/api", api::router(inspector));
        let router = router
            .fallback(async || api::failure(StatusCode::NOT_FOUND, "path", "no such page"))
            .layer(from_fn_with_state(self.guard, protect));
        let served = axum::serve(self.listener, router).await;
        served.map_err(|error| Failure::internal(format!("the page has ended: {error}")))
    }
}

async fn file(kind: &'static str, content: &'static [u8]) -> axum::response::Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}
