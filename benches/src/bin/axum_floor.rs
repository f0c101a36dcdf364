//! A minimal axum handler: a JSON value in, a JSON value out, no checks.

use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // If the connection is already closed, reading from it returns the error.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, Router::new().route("/mcp", post(serve))).await?)
}

async fn serve(Json(request): Json<Value>) -> Json<Value> {
    let arguments = &request["params"]["arguments"];
    if let Some(text) = arguments["text"].as_str() {
        return Json(echo(&request["id"], text));
    }
    let sum = arguments["a"].as_i64().unwrap_or(0) + arguments["b"].as_i64().unwrap_or(0);
    Json(json!({
        "jsonrpc": "2.0",
        "id": request["id"],
        "result": {
            "resultType": "complete",
            "content": [{ "type": "text", "text": sum.to_string() }],
            "structuredContent": sum,
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "floor", "version": "1" } },
        },
    }))
}

fn echo(id: &Value, text: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": id,
        "result": {
            "resultType": "complete",
            "content": [{ "type": "text", "text": text }],
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "floor", "version": "1" } },
        },
    })
}
