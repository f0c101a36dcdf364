//! Answers that arrive in parts.

/// Part of an answer, as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delta {
    /// Further text for the user.
    Text(String),
    /// Further thoughts of the model, where the provider shows them.
    Thought(String),
    /// Begin of a call of a tool, with its name at the provider. Arguments follow.
    Call(String),
    /// All parts so far are void: the stream broke, and the model answers once more from the
    /// beginning.
    Restart,
}
