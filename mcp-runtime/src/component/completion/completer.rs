//! Functions that complete arguments.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Candidates;
use crate::context::handle::Context;

/// An argument to be completed.
#[derive(Clone)]
pub struct Completing {
    pub(crate) partial: String,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) context: Context,
}

impl Completing {
    /// Text typed so far.
    pub fn partial(&self) -> &str {
        &self.partial
    }

    /// Value of another argument, if it is already present.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// Other arguments that are already present.
    #[cfg(feature = "client")]
    pub(crate) fn arguments(&self) -> &BTreeMap<String, String> {
        &self.arguments
    }

    /// The context of the request.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl fmt::Debug for Completing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completing").field("partial", &self.partial).finish_non_exhaustive()
    }
}

type Suggested = Pin<Box<dyn Future<Output = Result<Vec<String>, String>> + Send>>;

/// A completer of any form.
#[derive(Clone)]
pub struct Completer {
    suggest: Arc<dyn Fn(Completing) -> Suggested + Send + Sync>,
    /// Its suggestions are sent unfiltered.
    pub(crate) is_fuzzy: bool,
}

impl Completer {
    pub(crate) fn new<Via>(completer: impl Complete<Via>) -> Self {
        completer.into_completer()
    }

    /// A completer whose suggestions are filtered by their start.
    fn filtered(suggest: impl Fn(Completing) -> Suggested + Send + Sync + 'static) -> Self {
        Self { suggest: Arc::new(suggest), is_fuzzy: false }
    }

    pub(crate) fn suggest(&self, completing: Completing) -> Suggested {
        (self.suggest)(completing)
    }
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Completer")
    }
}

/// A function that completes an argument: `async` or not, it takes the text typed so far, as `&str`
/// or `String`, and perhaps `&Completing` or `&Context`, and returns [`Candidates`].
///
/// Values that do not start with that text are removed afterwards, so a completer may return
/// all values; one that filters for itself is put into [`Fuzzy`]. `Via` identifies its form and is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot complete an argument",
    note = "name a function that takes `&str` or `String`, and perhaps `&Completing` or `&Context`, and returns `Vec<String>`; it may be `async`"
)]
pub trait Complete<Via>: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    fn into_completer(self) -> Completer;
}

/// A completer that filters for itself: its suggestions are sent as they are.
///
/// `#[arg(complete = statements, fuzzy)]` is the same as this around the function.
///
/// ```
/// use mcp_runtime::completion::Fuzzy;
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::prompt::PromptArguments;
/// use mcp_runtime::protocol::PromptArgument;
///
/// /// Keywords that have the letters in this order.
/// fn keywords(partial: &str) -> Vec<&'static str> {
///     let fits = |keyword: &&str| {
///         let mut rest = keyword.chars();
///         partial.chars().all(|wanted| rest.any(|letter| letter.eq_ignore_ascii_case(&wanted)))
///     };
///     ["SELECT", "INSERT", "UPDATE"].into_iter().filter(fits).collect()
/// }
///
/// let explain = Prompt::new("explain", async |_: Context, arguments: PromptArguments| {
///     format!("Explain {}.", arguments.get("keyword").unwrap_or("SQL"))
/// })
/// .argument(PromptArgument::new("keyword"))
/// .complete("keyword", Fuzzy(keywords));
/// # drop(Server::new("sql", "1.0.0").prompt(explain));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fuzzy<C>(pub C);

/// Marks [`Fuzzy`] as a [`Complete`].
pub struct ViaFuzzy<Via>(Via);

impl<Via> fmt::Debug for ViaFuzzy<Via> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViaFuzzy")
    }
}

#[diagnostic::do_not_recommend]
impl<Via, C: Complete<Via>> Complete<ViaFuzzy<Via>> for Fuzzy<C> {
    fn into_completer(self) -> Completer {
        Completer { is_fuzzy: true, ..self.0.into_completer() }
    }
}

/// An async function of one parameter, whatever lives in its future.
pub trait AsyncOf1<A>: Fn(A) -> <Self as AsyncOf1<A>>::Running {
    /// Future of the function.
    type Running: Future<Output = Self::Answer> + Send;
    /// Return type.
    type Answer;
}

impl<F, A, R: Future + Send> AsyncOf1<A> for F
where
    F: Fn(A) -> R,
{
    type Running = R;
    type Answer = R::Output;
}

/// An async function of two parameters, whatever lives in its future.
pub trait AsyncOf2<A, B>: Fn(A, B) -> <Self as AsyncOf2<A, B>>::Running {
    /// Future of the function.
    type Running: Future<Output = Self::Answer> + Send;
    /// Return type.
    type Answer;
}

impl<F, A, B, R: Future + Send> AsyncOf2<A, B> for F
where
    F: Fn(A, B) -> R,
{
    type Running = R;
    type Answer = R::Output;
}

/// Marks one form of [`Complete`]: its parameters, whether it is async, and what it returns.
pub struct ViaForm<Parameters, Kind, Answer, Via>(Parameters, Kind, Answer, Via);

/// Marks an async function.
#[derive(Debug)]
pub enum IsAsync {}

/// Marks a function that is not async.
#[derive(Debug)]
pub enum IsPlain {}

/// Forms of a completer: its parameter types, their marker, and the arguments to pass.
macro_rules! forms {
    ($(($($life:lifetime)?) $of:ident ($($type:ty),*) as $marker:ty,
        |$completing:ident| ($($value:expr),*);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<F, T, Via> Complete<ViaForm<$marker, IsAsync, T, Via>> for F
        where
            F: $(for<$life>)? $of<$($type),*, Answer = T> + Send + Sync + 'static,
            T: Candidates<Via>,
        {
            fn into_completer(self) -> Completer {
                let function = Arc::new(self);
                Completer::filtered(move |$completing| {
                    let function = Arc::clone(&function);
                    Box::pin(async move { function($($value),*).await.into_texts() })
                })
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, T, Via> Complete<ViaForm<$marker, IsPlain, T, Via>> for F
        where
            F: $(for<$life>)? Fn($($type),*) -> T + Send + Sync + 'static,
            T: Candidates<Via>,
        {
            fn into_completer(self) -> Completer {
                let function = Arc::new(self);
                Completer::filtered(move |$completing| {
                    let function = Arc::clone(&function);
                    Box::pin(async move { function($($value),*).into_texts() })
                })
            }
        }
    )*};
}

forms! {
    ('a) AsyncOf1 (&'a str) as &'static str, |completing| (&completing.partial);
    () AsyncOf1 (String) as String, |completing| (completing.partial);
    ('a) AsyncOf2 (&'a str, &'a Completing) as (&'static str, Completing),
        |completing| (&completing.partial, &completing);
    ('a) AsyncOf2 (&'a str, &'a Context) as (&'static str, Context),
        |completing| (&completing.partial, &completing.context);
    ('a) AsyncOf2 (String, &'a Completing) as (String, Completing),
        |completing| (completing.partial.clone(), &completing);
    ('a) AsyncOf2 (String, &'a Context) as (String, Context),
        |completing| (completing.partial, &completing.context);
}

impl<P, K, A, V> fmt::Debug for ViaForm<P, K, A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViaForm")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn borrows(partial: &str) -> Vec<String> {
        vec![partial.to_owned()]
    }

    async fn asks(partial: &str, completing: &Completing) -> Result<Vec<String>, std::fmt::Error> {
        std::future::ready(()).await;
        Ok(vec![partial.to_owned(), completing.argument("a").unwrap_or_default().to_owned()])
    }

    fn plain(_: String) -> [&'static str; 2] {
        ["a", "b"]
    }

    async fn with_context(_: String, cx: &Context) -> Option<String> {
        cx.principal().subject().map(str::to_owned)
    }

    fn unsized_context(_: &str, _: &Context) -> Result<Vec<&'static str>, String> {
        Err("no".into())
    }

    #[test]
    fn functions_of_every_form_complete() {
        let _ = [
            Completer::new(borrows),
            Completer::new(asks),
            Completer::new(plain),
            Completer::new(with_context),
            Completer::new(unsized_context),
            Completer::new(|_: &str| vec!["x"]),
        ];
    }
}
