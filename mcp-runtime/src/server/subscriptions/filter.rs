//! What a listener wants to hear of.

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::SubscriptionFilter;

use crate::component::app::App;
use crate::read_json::read_json;

/// The lists whose changes a client hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) tools: bool,
    pub(crate) prompts: bool,
    pub(crate) resources: bool,
}

impl Lists {
    /// The lists of a legacy session, which cannot choose.
    pub(crate) const ALL: Self = Self { tools: true, prompts: true, resources: true };

    /// The lists that a filter contains.
    pub(crate) fn of(filter: &SubscriptionFilter) -> Self {
        Self {
            tools: filter.tools_list_changed == Some(true),
            prompts: filter.prompts_list_changed == Some(true),
            resources: filter.resources_list_changed == Some(true),
        }
    }
}

/// Reads the filter of `subscriptions/listen`.
///
/// # Errors
/// `-32602` if there is no filter or it is malformed.
pub(crate) fn read(params: Option<Raw<'_>>) -> Result<SubscriptionFilter, ProtocolError> {
    let wanted = params.and_then(|params| params.member("notifications"));
    let wanted = wanted.filter(|wanted| wanted.is_object()).ok_or_else(|| {
        ProtocolError::invalid_params(
            "subscriptions/listen: expected `notifications`, an object that says what to hear of",
        )
    })?;
    read_json(wanted.as_str()).map_err(|error| {
        let message = format!("subscriptions/listen: `notifications`: {error}");
        ProtocolError::invalid_params(message)
    })
}

/// The part of a filter that a server can honour, for the acknowledgement.
pub(crate) fn honoured(app: &App, wanted: SubscriptionFilter) -> SubscriptionFilter {
    let lists = Lists::of(&wanted);
    let when = |both: bool| both.then_some(true);
    let mut honoured = SubscriptionFilter::default();
    honoured.tools_list_changed = when(lists.tools && app.offers_tools());
    honoured.prompts_list_changed = when(lists.prompts && app.offers_prompts());
    honoured.resources_list_changed = when(lists.resources && app.offers_resources());
    if app.offers_resources() {
        let uris = wanted.resource_subscriptions.filter(|uris| !uris.is_empty());
        honoured.resource_subscriptions = uris;
    }
    honoured
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(params: &str, expected: Result<(Lists, &[&str]), &str>) {
        let found = read(Some(Raw::from_accepted(params)));
        match (found, expected) {
            (Ok(filter), Ok((lists, uris))) => {
                assert_eq!(Lists::of(&filter), lists, "{params}");
                assert_eq!(filter.resource_subscriptions.unwrap_or_default(), uris, "{params}");
            }
            (Err(error), Err(part)) => assert!(error.message.contains(part), "{error}"),
            (found, _) => panic!("{params}: {found:?}"),
        }
    }

    #[test]
    fn a_filter_says_what_to_hear_of() {
        let none = Lists { tools: false, prompts: false, resources: false };
        check(r#"{"notifications":{}}"#, Ok((none, &[])));
        check(r#"{"notifications":{"toolsListChanged":null,"newer":7}}"#, Ok((none, &[])));
        check(
            r#"{"notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true}}"#,
            Ok((Lists::ALL, &[])),
        );
        check(
            r#"{"notifications":{"toolsListChanged":false,"resourceSubscriptions":["a:b","a:c"]}}"#,
            Ok((none, &["a:b", "a:c"])),
        );
        check("{}", Err("expected `notifications`"));
        check(r#"{"notifications":[]}"#, Err("expected `notifications`"));
        check(r#"{"notifications":{"toolsListChanged":1}}"#, Err("boolean"));
        check(r#"{"notifications":{"resourceSubscriptions":"a:b"}}"#, Err("expected an array"));
    }
}
