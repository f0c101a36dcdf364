//! Reads arguments into the parameters of handlers: JSON of tools, strings of prompts and URIs.

pub(crate) mod absent;
pub(crate) mod de;
pub(crate) mod error;
pub(crate) mod slot;

pub(crate) use absent::when_absent;
pub(crate) use de::SlotDeserializer;
pub(crate) use error::{ArgumentError, report};
pub(crate) use slot::Slot;
