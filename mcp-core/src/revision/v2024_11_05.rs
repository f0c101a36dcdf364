//! Revision 2024-11-05. The first public revision, which the other handshake revisions extend.

use super::facts::{Asks, Facts, LogLevelFrom, Opens, StructuredContent};
use crate::jsonrpc::ErrorCode;
use crate::method::Method;

pub(super) const FACTS: Facts = Facts {
    name: "2024-11-05",
    opens: Opens::Handshake,
    sessions: true,
    asks: Asks::ServerRequests,
    log_level: LogLevelFrom::SetLevel,
    batches: false,
    result_type: false,
    cache_hints: false,
    server_info_in_results: false,
    standard_headers: false,
    disconnect_cancels: false,
    primed_streams: false,
    structured_content: StructuredContent::Absent,
    tool_annotations: false,
    titles: false,
    icons: false,
    completions: false,
    elicitation: false,
    rich_forms: false,
    url_elicitation: false,
    sampling_tools: false,
    audio: false,
    resource_links: false,
    unknown_resource: ErrorCode::RESOURCE_NOT_FOUND,
    methods,
};

fn methods(method: Method) -> bool {
    match method {
        Method::Initialize
        | Method::Initialized
        | Method::Ping
        | Method::ToolsList
        | Method::ToolsCall
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::ResourcesRead
        | Method::ResourcesSubscribe
        | Method::ResourcesUnsubscribe
        | Method::PromptsList
        | Method::PromptsGet
        | Method::Complete
        | Method::SetLevel
        | Method::Cancelled
        | Method::Progress
        | Method::RootsListChanged => true,
        Method::Discover
        | Method::Listen
        | Method::TasksGet
        | Method::TasksUpdate
        | Method::TasksCancel
        | Method::TasksResult
        | Method::TasksList
        | Method::CreateMessage
        | Method::Elicit
        | Method::RootsList
        | Method::LogMessage
        | Method::ToolsListChanged
        | Method::ResourcesListChanged
        | Method::ResourceUpdated
        | Method::PromptsListChanged
        | Method::ElicitationComplete
        | Method::SubscriptionsAcknowledged
        | Method::TaskStatus
        | Method::CoreTaskStatus => false,
    }
}
