//! Errors of `genai`.

use std::time::SystemTime;

use genai::webc::StreamTimeout;
use genai::{Error, webc};

use super::super::super::error::{ModelError, ModelErrorKind};
use super::super::exchange::{described, status_failure};
use super::super::key::Key;
use super::super::retry::Failure;
use crate::providers::{Answer, Provider};
use crate::shorten::reason;

/// Reads an error that comes before any request.
pub(in super::super) fn error(error: &Error) -> ModelError {
    failure(error, None).error
}

/// Reads an error. Its texts with bodies of requests are left out.
pub(super) fn failure(error: &Error, key: Option<&Key>) -> Failure {
    let failed = match error {
        Error::HttpError { status, body, headers, .. } => Some((*status, body, headers)),
        Error::WebModelCall {
            webc_error: webc::Error::ResponseFailedStatus { status, body, headers },
            ..
        } => Some((*status, body, headers)),
        _ => None,
    };
    if let Some((status, body, headers)) = failed {
        return status_failure(status, headers, body, key, SystemTime::now());
    }
    match error {
        Error::WebModelCall { webc_error, .. } | Error::WebAdapterCall { webc_error, .. } => {
            match webc_error {
                webc::Error::Reqwest(error) => {
                    Failure::temporary(ModelErrorKind::Connection, reason(error))
                }
                webc::Error::ResponseFailedNotJson { content_type, body } => malformed(format!(
                    "expected JSON, got `{}`: {}",
                    reason(content_type),
                    described(body)
                )),
                other => malformed(reason(other)),
            }
        }
        Error::WebStream { error, cause, .. } => match error.downcast_ref::<StreamTimeout>() {
            Some(timeout) => Failure::permanent(
                ModelErrorKind::Timeout,
                format!("{timeout}; `GenaiModel::idle_timeout` sets the limit"),
            ),
            None => match error.downcast_ref::<Error>() {
                Some(inner) => failure(inner, key),
                None => Failure::temporary(ModelErrorKind::Connection, reason(cause)),
            },
        },
        Error::ChatResponse { body, .. } => {
            let inner = body.get("error").unwrap_or(body);
            let text = serde_json::json!({ "error": inner }).to_string();
            match Answer::parse(Provider::OpenAiChat, &text) {
                Err(error) => {
                    let error = ModelError::from(error);
                    Failure { is_temporary: error.is_temporary(), error }
                }
                Ok(_) => malformed(reason(inner)),
            }
        }
        // The text has the whole request.
        Error::ChatResponseGeneration { cause, .. } => malformed(reason(cause)),
        Error::StreamParse { .. }
        | Error::NoChatResponse { .. }
        | Error::InvalidJsonResponseElement { .. }
        | Error::JsonValueExt(_)
        | Error::SerdeJson(_) => malformed(reason(error)),
        other => Failure::permanent(ModelErrorKind::Request, reason(other)),
    }
}

fn malformed(message: String) -> Failure {
    Failure::permanent(ModelErrorKind::Malformed, message)
}
