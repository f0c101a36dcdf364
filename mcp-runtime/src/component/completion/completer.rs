//! Functions that suggest values.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Candidates;
use crate::context::handle::Context;

/// An argument that is being typed.
#[derive(Clone)]
pub struct Completing {
    pub(crate) partial: String,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) context: Context,
}

impl Completing {
    /// What has been typed.
    pub fn partial(&self) -> &str {
        &self.partial
    }

    /// The value of another argument, if it is already there.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// The other arguments that are already there.
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
pub struct Completer(Arc<dyn Fn(Completing) -> Suggested + Send + Sync>);

impl Completer {
    pub(crate) fn new<Via>(completer: impl Complete<Via>) -> Self {
        let completer = Arc::new(completer);
        Self(Arc::new(move |completing| Arc::clone(&completer).suggest(completing)))
    }

    pub(crate) fn suggest(&self, completing: Completing) -> Suggested {
        (self.0)(completing)
    }
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Completer")
    }
}

/// A function that suggests values: `async` or not, it takes what has been typed, as `&str` or
/// `String`, and perhaps `&Completing` or `&Context`, and returns [`Candidates`].
///
/// What does not begin with what has been typed is left out afterwards, so a completer may return
/// all there is. `Via` says which form it has and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot complete an argument",
    note = "name a function that takes `&str` or `String`, and perhaps `&Completing` or `&Context`, and returns `Vec<String>`; it may be `async`"
)]
pub trait Complete<Via>: Send + Sync + 'static {
    #[doc(hidden)]
    fn suggest(self: Arc<Self>, completing: Completing) -> Suggested;
}

/// An async function of one parameter, whatever lives in its future.
pub trait AsyncOf1<A>: Fn(A) -> <Self as AsyncOf1<A>>::Running {
    /// Its future.
    type Running: Future<Output = Self::Answer> + Send;
    /// What it returns.
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
    /// Its future.
    type Running: Future<Output = Self::Answer> + Send;
    /// What it returns.
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

/// Forms of one parameter: the type as marker, as parameter, and how it is had.
macro_rules! forms {
    ($(($($life:lifetime)?) $of:ident ($($type:ty),*) as $marker:ty,
        |$completing:ident| ($($value:expr),*);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<F, T, Via> Complete<ViaForm<$marker, IsAsync, T, Via>> for F
        where
            F: $(for<$life>)? $of<$($type),*, Answer = T> + Send + Sync + 'static,
            T: Candidates<Via>,
        {
            fn suggest(self: Arc<Self>, $completing: Completing) -> Suggested {
                Box::pin(async move { self($($value),*).await.into_texts() })
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, T, Via> Complete<ViaForm<$marker, IsPlain, T, Via>> for F
        where
            F: $(for<$life>)? Fn($($type),*) -> T + Send + Sync + 'static,
            T: Candidates<Via>,
        {
            fn suggest(self: Arc<Self>, $completing: Completing) -> Suggested {
                Box::pin(async move { self($($value),*).into_texts() })
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
