//! Revision 2026-07-28. No sessions: every request carries what it needs.

use super::facts::{Asks, Facts, LogLevelFrom, Opens, StructuredContent};
use crate::jsonrpc::ErrorCode;
use crate::method::Method;

pub(super) const FACTS: Facts = Facts {
    name: "2026-07-28",
    opens: Opens::EveryRequest,
    sessions: false,
    asks: Asks::RetryWithInput,
    log_level: LogLevelFrom::RequestMeta,
    batches: false,
    result_type: true,
    cache_hints: true,
    server_info_in_results: true,
    standard_headers: true,
    disconnect_cancels: true,
    primed_streams: false,
    structured_content: StructuredContent::Any,
    tool_annotations: true,
    titles: true,
    icons: true,
    completions: true,
    elicitation: true,
    rich_forms: true,
    url_elicitation: true,
    sampling_tools: true,
    audio: true,
    resource_links: true,
    unknown_resource: ErrorCode::INVALID_PARAMS,
    methods,
};

fn methods(method: Method) -> bool {
    match method {
        Method::Discover
        | Method::ToolsList
        | Method::ToolsCall
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::ResourcesRead
        | Method::PromptsList
        | Method::PromptsGet
        | Method::Complete
        | Method::Listen
        | Method::TasksGet
        | Method::TasksUpdate
        | Method::TasksCancel
        | Method::Cancelled => true,
        Method::Initialize
        | Method::ResourcesSubscribe
        | Method::ResourcesUnsubscribe
        | Method::SetLevel
        | Method::TasksResult
        | Method::TasksList
        | Method::CreateMessage
        | Method::Elicit
        | Method::RootsList
        | Method::Ping
        | Method::Initialized
        | Method::RootsListChanged
        | Method::LogMessage
        | Method::ToolsListChanged
        | Method::ResourcesListChanged
        | Method::ResourceUpdated
        | Method::PromptsListChanged
        | Method::ElicitationComplete
        | Method::SubscriptionsAcknowledged
        | Method::TaskStatus
        | Method::CoreTaskStatus
        | Method::Progress => false,
    }
}
