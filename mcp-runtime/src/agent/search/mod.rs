//! Search for tools, so that a model with a thousand of them is given the few that it needs.

mod fold;
mod index;
mod rank;
mod related;
mod similar;
mod stem;
mod synonyms;
mod text;
mod tool;
mod words;

#[cfg(test)]
mod tests;

pub use self::index::{Found, ToolIndex};
pub use self::tool::{SearchResult, SearchTool};
