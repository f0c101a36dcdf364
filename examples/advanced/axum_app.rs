//! MCP next to other routes of an axum application, with two layers: authentication and a timeout. On
//! SIGINT or SIGTERM it shuts down gracefully, although clients keep their streams open.
//!
//! Run `cargo run -p mcp-advanced-examples --example axum_app`. Then open `http://127.0.0.1:8000/`, or
//! connect a client to `http://127.0.0.1:8000/mcp` with the header `Authorization: Bearer open sesame`.
//! `--http ADDR` sets another address.

use std::time::Duration;

use axum::error_handling::HandleErrorLayer;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{BoxError, Router};
use mcp_runtime::prelude::*;
use tower::ServiceBuilder;

/// Timeout of a response. A progress notification counts as the start of the response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Return the name of the caller.
#[tool(read_only)]
async fn whoami(cx: &Context) -> String {
    cx.principal().subject().unwrap_or("an anonymous caller").to_owned()
}

/// Wait, and report progress if the client asks for it.
#[tool(read_only)]
async fn wait(cx: &Context, #[arg(max = 60)] seconds: u8) -> String {
    for second in 0..seconds {
        cx.progress(f64::from(second) + 0.5, f64::from(seconds), "");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    format!("waited for {seconds} s")
}

/// Accepts requests with the password. A `Principal` in the request extensions is the caller for
/// everything behind this layer: handlers, hooks, visibility, and the ownership of sessions.
async fn authenticate(mut request: Request, next: Next) -> Result<Response, StatusCode> {
    let given = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
    if given != Some(b"Bearer open sesame") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    request.extensions_mut().insert(Principal::new("ali"));
    Ok(next.run(request).await)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().skip_while(|argument| argument != "--http").nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8000".into());
    let service = Server::new("axum_app", env!("CARGO_PKG_VERSION"))
        .with::<(whoami, wait)>()
        .into_service()?;
    // The first layer is the outermost.
    let mcp = ServiceBuilder::new()
        .layer(from_fn(authenticate))
        .layer(HandleErrorLayer::new(async |_: BoxError| StatusCode::SERVICE_UNAVAILABLE))
        .timeout(RESPONSE_TIMEOUT)
        .service(service.clone());
    let app = Router::new()
        .route_service("/mcp", mcp)
        .route("/", get(|| async { "an application with an MCP endpoint at /mcp\n" }));
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    // Without the shutdown of the service, axum would wait for clients to close their streams.
    let stop = async move {
        stop_signal().await;
        service.shutdown().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
