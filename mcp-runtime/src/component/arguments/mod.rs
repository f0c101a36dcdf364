//! Reading of arguments into the parameters of handlers.
//!
//! One pipeline serves tools, whose arguments are JSON, and prompts and resources, whose arguments
//! are strings: [`table`] finds the parameter of an argument, [`slot`] holds its value, [`reader`]
//! converts it, by way of [`habits`] if it does not fit, and [`error`] collects and renders the
//! mistakes. A value that does not deserialize is read once more by [`borrowing`], which lends decoded
//! strings.

pub(crate) mod absent;
pub(crate) mod borrowing;
pub(crate) mod de;
pub(crate) mod decoded;
pub(crate) mod error;
pub(crate) mod habits;
pub(crate) mod kept;
pub(crate) mod reader;
pub(crate) mod slot;
pub(crate) mod table;
pub(crate) mod text;

pub(crate) use absent::when_absent;
pub(crate) use borrowing::Borrowing;
pub(crate) use de::SlotDeserializer;
pub(crate) use error::{ArgumentError, report};
pub(crate) use habits::{Leniency, Meaning};
pub(crate) use kept::{Kept, KeptTexts};
pub(crate) use reader::{ArgumentReader, Refusal, SlowRead};
pub(crate) use slot::Slot;
pub(crate) use table::{Named, ParameterTable};
