//! Errors that were not written for the client, on a server that masks them.

use mcp_core::jsonrpc::ProtocolError;

use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::tool::outcome::ToolOutcome;

const MASKED: &str = "the handler failed; the log of the server has the details";

/// Replaces the message of an error that was not written for the client, if the server masks errors.
pub(crate) fn mask(app: &App, output: &mut Result<HandlerOutput, ProtocolError>) {
    if !app.bounds.masks_errors {
        return;
    }
    match output {
        Ok(HandlerOutput::Tool(outcome)) if outcome.is_foreign() => {
            tracing::error!(error = outcome.text(), "a handler failed");
            *outcome = ToolOutcome::failed(MASKED.to_owned());
        }
        Err(error) if error.is_foreign() => {
            tracing::error!(error = %error.message, "a handler failed");
            let masked = ProtocolError::new(error.code, MASKED);
            // The data is the URI of the resource.
            *error = match error.data.take() {
                Some(data) => masked.data(data),
                None => masked,
            };
        }
        _ => {}
    }
}
