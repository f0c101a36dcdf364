//! One component: its companion type, its registration and its handler.
//!
//! A parameter's type and rules are written twice: once to declare it, once to read it. The
//! compiler reports equal errors at one place once, so a mistake in them is still one error.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::{allowances, ask, companion, conditions, here, paths, prompt, resource, tool};
use crate::model::component::Component;
use crate::model::item::Item;
use crate::syntax::function::Function;

/// The function without our attributes, and the component of the same name.
pub(crate) fn expand(component: &Component, function: &Function) -> TokenStream {
    let function = function.without_ours();
    let item = component.item();
    let companion = companion(item.kind, &item.ident, &item.visibility, &item.attributes);
    let conditions = conditions(&item.attributes);
    let allow = allowances(&item.attributes);
    let alias = paths::alias(item.options.krate.as_ref());
    let ident = &item.ident;
    let registration = registration(component, &quote!(#ident));
    let generated = quote_spanned! {here()=>
        #companion
        #(#conditions)*
        #allow
        const _: () = {
            #alias
            impl __mcp::Component for #ident {
                fn register(components: &mut __mcp::Registration) {
                    #registration
                }
            }
        };
    };
    quote!(#function #generated)
}

/// The statements that register a component in `components`.
///
/// `target` is the path of the function. A function with a receiver uses the server in `this`.
pub(crate) fn registration(component: &Component, target: &TokenStream) -> TokenStream {
    match component {
        Component::Tool(tool) => tool::registration(tool, target),
        Component::Resource(resource) => resource::registration(resource, target),
        Component::Prompt(prompt) => prompt::registration(prompt, target),
    }
}

/// The options that every builder takes: title, icons, metadata, scopes and time limit.
pub(super) fn options(item: &Item) -> TokenStream {
    let options = &item.options;
    let title = options.title.as_ref().map(|title| quote!(.title(#title)));
    let icons = options.icons.iter().map(|icon| icon.tokens(&paths::private()));
    let meta = options.meta.as_ref().map(|(span, meta)| quote_spanned!(*span=> .meta(#meta)));
    let scopes = &options.scopes;
    let scopes = (!scopes.is_empty()).then(|| quote!(.scopes([#(#scopes),*])));
    let timeout = options.timeout.map(|(_, limit)| match limit {
        Some(limit) => quote!(.timeout(::core::option::Option::Some(#limit))),
        None => quote!(.timeout(::core::option::Option::None)),
    });
    quote!(#title #(.icon(#icons))* #meta #scopes #timeout)
}

/// Parts of the closure that calls the function of a component.
pub(super) struct Handler<'a> {
    pub(super) item: &'a Item,
    /// Path of the function.
    pub(super) target: &'a TokenStream,
    /// Type of the variable `call`.
    pub(super) call: TokenStream,
    /// Type of the returned future.
    pub(super) future: TokenStream,
    /// Statements before the inputs are read, for values that must outlive the inputs.
    pub(super) before: TokenStream,
    /// Statement between the questions and the body.
    pub(super) begin: Option<TokenStream>,
    /// Expression that reads the inputs of `call`.
    pub(super) read: TokenStream,
    /// One expression for each parameter, passed to `ToolArguments::take`.
    pub(super) parameters: Vec<TokenStream>,
    /// Expression that turns the returned value into a reply.
    pub(super) returns: TokenStream,
}

impl Handler<'_> {
    /// The closure from a call to the future of its reply.
    pub(super) fn tokens(&self) -> TokenStream {
        let Self { item, call, future, .. } = self;
        let body = self.body();
        // A future that is not `Send` is reported at the name of the function.
        let made = at(item.ident.span(), |here| match item.options.blocking {
            true => quote_spanned!(here=> __mcp::blocking(move || { #body })),
            false => quote_spanned!(here=> ::std::boxed::Box::pin(async move { #body })),
        });
        let this = item
            .has_receiver
            .then(|| quote_spanned!(here()=> let this = ::std::sync::Arc::clone(&this);));
        quote_spanned! {here()=>
            move |call: #call| -> #future {
                #this
                #made
            }
        }
    }

    /// The statements from a call to its reply.
    fn body(&self) -> TokenStream {
        let Self { item, target, before, begin, returns, .. } = self;
        let names: Vec<Ident> = item.params.iter().map(|param| local(&param.ident)).collect();
        let taken = self.taken(&names);
        let asked = ask::statements(item);
        let inputs = in_order(item, names);
        let this = item.has_receiver.then(|| quote_spanned!(here()=> &this,));
        let wait = item.is_async.then(|| quote!(.await));
        // `reply` is a variable because in older editions a temporary in the tail expression
        // outlives the slots.
        quote_spanned! {here()=>
            #before
            #taken
            #(#asked)*
            #begin
            let result = #target(#this #(#inputs),*) #wait;
            let reply = #returns.reply(&call, result);
            reply
        }
    }

    /// Reads all parameters, or returns an error about those that are invalid.
    ///
    /// The inputs are dropped before the function runs, so that its future does not hold them.
    fn taken(&self, names: &[Ident]) -> TokenStream {
        let read = &self.read;
        if names.is_empty() {
            return quote_spanned! {here()=>
                {
                    let inputs = #read;
                    if !inputs.fit() {
                        return inputs.refusal();
                    }
                }
            };
        }
        let takes = self.parameters.iter().zip(names).enumerate();
        let takes = takes.map(|(index, (parameter, name))| {
            let index = Literal::usize_unsuffixed(index);
            quote_spanned!(here()=> let #name = inputs.take(#index, #parameter);)
        });
        quote_spanned! {here()=>
            let (#(#names,)*) = {
                let inputs = #read;
                #(#takes)*
                match (#(#names,)*) {
                    (#(::core::option::Option::Some(#names),)*) if inputs.fit() => (#(#names,)*),
                    _ => return inputs.refusal(),
                }
            };
        }
    }
}

/// The arguments of the function in the order of its parameters. `names` are the parameters without
/// `#[ask]`.
fn in_order(item: &Item, mut names: Vec<Ident>) -> Vec<Ident> {
    for ask in &item.asks {
        names.insert(ask.position, local(&ask.ident));
    }
    names
}

/// A local variable that cannot collide with a name of the user.
pub(super) fn local(ident: &Ident) -> Ident {
    format_ident!("__{}", ident.unraw(), span = here())
}

/// Code with the span of the user's tokens, resolved at the macro's call site.
pub(super) fn at(span: Span, code: impl FnOnce(Span) -> TokenStream) -> TokenStream {
    code(span.resolved_at(here()))
}

/// A string literal with the span of the tokens it comes from.
pub(super) fn literal(text: &str, span: Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    literal
}
