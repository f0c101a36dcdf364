//! Functions that list the resources of a template.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::Resource;

use crate::component::completion::completer::{AsyncOf1, IsAsync, IsPlain, ViaForm};
use crate::component::mount_scope::mounted_uri;
use crate::component::strings::failure::{Failure, HandlerFailure};
use crate::context::handle::Context;

type Listing = Pin<Box<dyn Future<Output = Result<Vec<Resource>, ProtocolError>> + Send>>;

/// A lister of any form.
#[derive(Clone)]
pub struct Lister(Arc<dyn Fn(Context) -> Listing + Send + Sync>);

impl Lister {
    pub(crate) fn new<Via>(lister: impl List<Via>) -> Self {
        let lister = Arc::new(lister);
        Self(Arc::new(move |context| Arc::clone(&lister).list(context)))
    }

    pub(crate) fn list(&self, context: Context) -> Listing {
        (self.0)(context)
    }

    /// Returns the lister of the same resources under a mount prefix. Resources that cannot be
    /// mounted are left out: no template would match its URI.
    pub(crate) fn mounted_under(self, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self(Arc::new(move |context| {
            let (listing, prefix) = ((self.0)(context), prefix.clone());
            Box::pin(async move {
                let mounted = listing.await?.into_iter().filter_map(|mut resource| {
                    resource.uri = mounted_uri(&prefix, &resource.uri).ok()?;
                    Some(resource)
                });
                Ok(mounted.collect())
            })
        }))
    }
}

impl fmt::Debug for Lister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lister")
    }
}

/// A function that lists the resources of a template: `async` or not, it takes nothing, `&Context`
/// or `Context`, and returns [`Links`]. `Via` identifies its form and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot list resources",
    note = "name a function that takes nothing or `&Context` and returns `Vec<ResourceLink>`; it may be `async`"
)]
pub trait List<Via>: Send + Sync + 'static {
    #[doc(hidden)]
    fn list(self: Arc<Self>, context: Context) -> Listing;
}

/// The resources of a template: anything to iterate over that has them, or a `Result` of such.
/// `Via` distinguishes them and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of resources",
    note = "return `Vec<ResourceLink>`, or a `Result` of one"
)]
pub trait Links<Via> {
    #[doc(hidden)]
    fn into_links(self) -> Result<Vec<Resource>, ProtocolError>;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = Resource>> Links<IsPlain> for I {
    fn into_links(self) -> Result<Vec<Resource>, ProtocolError> {
        Ok(self.into_iter().collect())
    }
}

#[diagnostic::do_not_recommend]
impl<I, E, Via> Links<ViaForm<IsPlain, Via, (), ()>> for Result<I, E>
where
    I: IntoIterator<Item = Resource>,
    E: HandlerFailure<Via>,
{
    fn into_links(self) -> Result<Vec<Resource>, ProtocolError> {
        match self.map_err(E::into_failure) {
            Ok(links) => links.into_links(),
            Err(Failure::Protocol(error)) => Err(error),
            Err(Failure::NotFound(_)) => Ok(Vec::new()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<F, R, T, Via> List<ViaForm<(), IsAsync, T, Via>> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = T> + Send,
    T: Links<Via>,
{
    fn list(self: Arc<Self>, _: Context) -> Listing {
        Box::pin(async move { self().await.into_links() })
    }
}

#[diagnostic::do_not_recommend]
impl<F, T, Via> List<ViaForm<(), IsPlain, T, Via>> for F
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Links<Via>,
{
    fn list(self: Arc<Self>, _: Context) -> Listing {
        Box::pin(async move { self().into_links() })
    }
}

/// Forms that take a context.
macro_rules! forms {
    ($(($($life:lifetime)?) $type:ty as $marker:ty, |$context:ident| $value:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<F, T, Via> List<ViaForm<$marker, IsAsync, T, Via>> for F
        where
            F: $(for<$life>)? AsyncOf1<$type, Answer = T> + Send + Sync + 'static,
            T: Links<Via>,
        {
            fn list(self: Arc<Self>, $context: Context) -> Listing {
                Box::pin(async move { self($value).await.into_links() })
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, T, Via> List<ViaForm<$marker, IsPlain, T, Via>> for F
        where
            F: $(for<$life>)? Fn($type) -> T + Send + Sync + 'static,
            T: Links<Via>,
        {
            fn list(self: Arc<Self>, $context: Context) -> Listing {
                Box::pin(async move { self($value).into_links() })
            }
        }
    )*};
}

forms! {
    ('a) &'a Context as &'static Context, |context| &context;
    () Context as Context, |context| context;
}
