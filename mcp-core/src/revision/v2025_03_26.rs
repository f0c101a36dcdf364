//! Revision 2025-03-26. Streamable HTTP, audio, tool annotations and batches.

use super::facts::Facts;
use super::v2024_11_05 as base;

pub(super) const FACTS: Facts = Facts {
    name: "2025-03-26",
    batches: true,
    tool_annotations: true,
    completions: true,
    audio: true,
    ..base::FACTS
};
