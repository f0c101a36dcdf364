//! Revision 2025-06-18. Structured results, titles and resource links; batches are gone.

use super::facts::{Facts, StructuredContent};
use super::v2025_03_26 as base;

pub(super) const FACTS: Facts = Facts {
    name: "2025-06-18",
    batches: false,
    structured_content: StructuredContent::Object,
    titles: true,
    elicitation: true,
    resource_links: true,
    ..base::FACTS
};
