//! Revision 2025-06-18. Structured results, titles and resource links; batches are gone.

use super::facts::{Asks, Facts, LogLevelFrom, Opens, StructuredContent};
use crate::jsonrpc::ErrorCode;
use crate::method::Method;

pub(super) const FACTS: Facts = Facts {
    name: "2025-06-18",
    opens: Opens::Handshake,
    asks: Asks::ServerRequests,
    log_level: LogLevelFrom::SetLevel,
    batches: false,
    result_type: false,
    cache_hints: false,
    server_info_in_results: false,
    standard_headers: false,
    disconnect_cancels: false,
    primed_streams: false,
    structured_content: StructuredContent::Object,
    tool_annotations: true,
    titles: true,
    icons: false,
    elicitation: true,
    url_elicitation: false,
    sampling_tools: false,
    audio: true,
    resource_links: true,
    unknown_resource: ErrorCode::RESOURCE_NOT_FOUND,
    methods: &[
        Method::Initialize,
        Method::Initialized,
        Method::Ping,
        Method::ToolsList,
        Method::ToolsCall,
        Method::ResourcesList,
        Method::ResourcesTemplatesList,
        Method::ResourcesRead,
        Method::ResourcesSubscribe,
        Method::ResourcesUnsubscribe,
        Method::PromptsList,
        Method::PromptsGet,
        Method::Complete,
        Method::SetLevel,
        Method::Cancelled,
        Method::Progress,
        Method::RootsListChanged,
    ],
};
