//! Return types of completers.

use std::fmt::Display;

/// Values that a completer returns: anything to iterate over whose items become `String`s, or
/// a `Result` of such. `Via` distinguishes them and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be suggestions",
    note = "return `Vec<String>`, anything else to iterate over texts, or a `Result` of one"
)]
pub trait Candidates<Via> {
    #[doc(hidden)]
    fn into_texts(self) -> Result<Vec<String>, String>;
}

/// Marks [`Candidates`] of a completer that cannot fail.
#[derive(Debug)]
pub enum ViaList {}

/// Marks [`Candidates`] of a completer that can fail.
#[derive(Debug)]
pub enum ViaFallible {}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: Into<String>>> Candidates<ViaList> for I {
    fn into_texts(self) -> Result<Vec<String>, String> {
        Ok(self.into_iter().map(Into::into).collect())
    }
}

#[diagnostic::do_not_recommend]
impl<I, E> Candidates<ViaFallible> for Result<I, E>
where
    I: IntoIterator<Item: Into<String>>,
    E: Display,
{
    fn into_texts(self) -> Result<Vec<String>, String> {
        match self {
            Ok(values) => values.into_texts(),
            Err(error) => Err(error.to_string()),
        }
    }
}
