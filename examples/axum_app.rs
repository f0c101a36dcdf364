//! MCP beside ordinary routes of an axum application, with layers around it: one that says who calls,
//! and one that does not wait for ever.
//!
//! `cargo run --example axum_app`, then ask `http://127.0.0.1:8000/` or connect a client to
//! `http://127.0.0.1:8000/mcp` with the header `Authorization: Bearer open sesame`. Another address
//! can be given with `--http ADDR`.

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

/// How long a handler may take to say something: to answer, or to report progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// Say who calls.
#[tool(read_only)]
async fn whoami(cx: &Context) -> String {
    cx.principal().subject().unwrap_or("nobody").to_owned()
}

/// Wait, and say meanwhile how much is left if that is asked for.
#[tool(read_only)]
async fn wait(cx: &Context, #[arg(max = 60)] seconds: u8) -> String {
    for second in 0..seconds {
        cx.progress(f64::from(second) + 0.5, f64::from(seconds), "");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    format!("waited for {seconds} s")
}

/// Lets in who knows the password. A principal among the extensions of a request is the sender for
/// everything behind it: handlers, hooks, visibility, and the ownership of sessions.
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
    let server = Server::new("axum_app", env!("CARGO_PKG_VERSION")).with::<(whoami, wait)>();
    // The first layer is the outermost.
    let mcp = ServiceBuilder::new()
        .layer(from_fn(authenticate))
        .layer(HandleErrorLayer::new(async |_: BoxError| StatusCode::SERVICE_UNAVAILABLE))
        .timeout(PATIENCE)
        .service(server.into_service()?);
    let app = Router::new()
        .route_service("/mcp", mcp)
        .route("/", get(|| async { "an application with an MCP endpoint at /mcp\n" }));
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
