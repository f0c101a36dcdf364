//! The function that `worker.mjs` calls.

use mcp_runtime::responder::Responder;
use tokio::sync::OnceCell;
use wasm_bindgen::prelude::*;

static RESPONDER: OnceCell<Responder> = OnceCell::const_new();

/// Answers a message. Returns `undefined` if it has no answer.
///
/// # Errors
/// If the server cannot be built.
#[wasm_bindgen]
pub async fn respond(message: String) -> Result<Option<String>, JsError> {
    let responder = RESPONDER.get_or_try_init(|| crate::server().into_responder()).await?;
    let answer = responder.respond(message).await;
    Ok(answer.map(String::from_utf8).transpose()?)
}
