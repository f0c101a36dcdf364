//! Revision 2025-11-25. Icons, sampling with tools, URL elicitation, tasks of the core protocol.

use super::facts::Facts;
use super::v2025_06_18 as base;
use crate::method::Method;

pub(super) const FACTS: Facts = Facts {
    name: "2025-11-25",
    primed_streams: true,
    icons: true,
    rich_forms: true,
    url_elicitation: true,
    sampling_tools: true,
    methods,
    ..base::FACTS
};

fn methods(method: Method) -> bool {
    match method {
        Method::TasksGet | Method::TasksResult | Method::TasksList | Method::TasksCancel => true,
        inherited => base::FACTS.has(inherited),
    }
}
