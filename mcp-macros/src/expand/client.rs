//! `#[client]`: a trait, and a type that implements it by calling the tools of a server.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, Path, ReturnType, Signature, parse_quote};

use super::component::{at, literal};
use super::{allowances, carried, conditions, here, paths};
use crate::errors::Errors;
use crate::model::client::Options;
use crate::model::method::{self, Argument, Method, Output};
use crate::model::types;
use crate::syntax::client_trait::{ClientTrait, Item};
use crate::syntax::function::Function;

/// The trait with its result types, and the generated client.
pub(crate) fn expand(options: &Options, methods: &[Method], item: &ClientTrait) -> TokenStream {
    let krate = options.krate.as_ref();
    let implemented = methods.iter().map(|method| implementation(method, krate));
    let expected = methods.iter().map(|method| expected(method, krate));
    let check = quote_spanned! {here()=>
        #[allow(unused_imports)]
        use __mcp::client::by_schema::*;
        let mut expected = ::std::vec::Vec::new();
        #(#expected)*
        __mcp::client::check(&self.client, expected).await
    };
    let given = with_results(methods, item, krate);
    let client = client(item, krate, Some(&quote!(#(#implemented)*)), &check);
    quote!(#given #client)
}

/// The trait as the compiler sees it: each method returns a `Send` future of a `Result`.
fn with_results(methods: &[Method], item: &ClientTrait, krate: Option<&Path>) -> ClientTrait {
    let mut methods = methods.iter();
    item.with_methods(|function| {
        if !method::is_provided(function)
            && let Some(method) = methods.next()
        {
            function.signature = signature(method, krate);
        }
    })
}

/// The generated client type, with the implementation of the trait if there is one.
fn client(
    item: &ClientTrait,
    krate: Option<&Path>,
    implemented: Option<&TokenStream>,
    check: &TokenStream,
) -> TokenStream {
    let (ident, visibility) = (&item.ident, &item.visibility);
    let name = name(ident);
    let (alias, runtime) = (paths::alias(krate), paths::runtime(krate));
    let (carried, conditions) = (carried(&item.attributes), conditions(&item.attributes));
    let allow = allowances(&item.attributes);
    let implementation = implemented.map(|implemented| {
        quote_spanned! {here()=>
            #[automatically_derived]
            impl #ident for #name {
                #implemented
            }
        }
    });
    let doc = format!("Calls the tools of [`{}`] on a server.", ident.unraw());
    quote_spanned! {here()=>
        #(#carried)*
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #visibility struct #name {
            client: #runtime::__private::client::Client,
        }
        #(#conditions)*
        #allow
        const _: () = {
            #alias
            #[allow(dead_code)]
            impl #name {
                /// A client that calls tools over `client`.
                pub fn new(client: __mcp::client::Client) -> Self {
                    Self { client }
                }

                /// The client that sends the calls.
                pub fn client(&self) -> &__mcp::client::Client {
                    &self.client
                }

                /// Compares the trait with the tools that the server lists.
                ///
                /// # Errors
                /// `Error::SchemaMismatch` with every difference, or the error of listing the tools.
                pub async fn check(&self) -> ::core::result::Result<(), __mcp::client::Error> {
                    #check
                }
            }

            #implementation
        };
    }
}

/// Name of the generated type: `StocksClient` for `Stocks`.
fn name(ident: &Ident) -> Ident {
    format_ident!("{}Client", ident.unraw(), span = ident.span())
}

/// The signature of a method, in the trait and in its implementation.
fn signature(method: &Method, krate: Option<&Path>) -> Signature {
    returning_future(&method.signature, &method.output, krate)
}

fn returning_future(given: &Signature, output: &Output, krate: Option<&Path>) -> Signature {
    let result = result(output, &output.ty, krate);
    let future = at(output.span, |here| {
        quote_spanned! {here=>
            -> impl ::core::future::Future<Output = #result> + ::core::marker::Send
        }
    });
    Signature { asyncness: None, output: parsed(future, given), ..plain(given) }
}

/// A signature without the qualifiers that a trait method cannot have. The mistake is already
/// reported.
fn plain(given: &Signature) -> Signature {
    Signature { constness: None, abi: None, variadic: None, ..given.clone() }
}

/// A generated return type. If it does not parse, the signature keeps its own.
fn parsed(generated: TokenStream, given: &Signature) -> ReturnType {
    syn::parse2(generated).unwrap_or_else(|_| given.output.clone())
}

/// The `Result` that a method returns.
fn result(output: &Output, ty: &TokenStream, krate: Option<&Path>) -> TokenStream {
    if output.is_result {
        return ty.clone();
    }
    let runtime = paths::runtime(krate);
    at(
        output.span,
        |here| quote_spanned!(here=> ::core::result::Result<#ty, #runtime::client::Error>),
    )
}

fn implementation(method: &Method, krate: Option<&Path>) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let allow = allowances(&method.attributes);
    let signature = signature(method, krate);
    let this = method.self_token;
    let tool = literal(&method.tool.0, method.tool.1);
    let arguments = method.arguments.iter().map(given);
    let result = result(&method.output, &method.output.ty, krate);
    let read = at(method.output.span, |here| quote_spanned!(here=> call.read::<#result>()));
    quote_spanned! {here()=>
        #(#conditions)*
        #allow
        #signature {
            let call = __mcp::client::call(&#this.client, #tool);
            #(#arguments)*
            #read
        }
    }
}

/// The statement that passes an argument to `call`. The type of the argument is checked only here.
fn given(argument: &Argument) -> TokenStream {
    let (ident, ty) = (&argument.ident, &argument.ty);
    let name = literal(&argument.name, argument.name_span);
    at(
        argument.ty.span(),
        |here| quote_spanned!(here=> let call = call.argument::<#ty>(#name, &#ident);),
    )
}

/// The statement that adds the signature that a method expects of its tool.
fn expected(method: &Method, krate: Option<&Path>) -> TokenStream {
    let tool = literal(&method.tool.0, method.tool.1);
    let arguments = method.arguments.iter().map(|argument| {
        let name = literal(&argument.name, argument.name_span);
        let ty = &argument.elided;
        quote_spanned! {here()=>
            .argument(#name, (&__mcp::client::SchemaProbe::<#ty>::new()).schema())
        }
    });
    let result = result(&method.output, &method.output.elided, krate);
    let conditions = conditions(&method.attributes);
    quote_spanned! {here()=>
        #(#conditions)*
        expected.push(
            __mcp::client::ExpectedTool::new(#tool)
                #(#arguments)*
                .returns((&__mcp::client::SchemaProbe::<#result>::new()).output())
        );
    }
}

/// Output for an invalid trait: the trait, and a client whose methods never return. The mistake is
/// then the only error.
pub(crate) fn fallback(item: &ClientTrait, krate: Option<&Path>) -> TokenStream {
    let never = quote_spanned!(here()=> ::core::unreachable!());
    if !can_be_implemented(item) {
        let given = item.with_methods(without_patterns);
        let client = client(item, krate, None, &never);
        return quote!(#given #client);
    }
    let given = item.with_methods(|function| {
        if !method::is_provided(function) {
            let output = method::output(&function.signature, &mut Errors::about(""));
            function.signature = returning_future(&function.signature, &output, krate);
            without_patterns(function);
        }
    });
    let calls = given.methods().filter(|method| !method::is_provided(method)).map(call_of_nothing);
    let client = client(item, krate, Some(&quote!(#(#calls)*)), &never);
    quote!(#given #client)
}

fn call_of_nothing(function: &Function) -> TokenStream {
    let conditions = conditions(&function.attributes);
    let signature = &function.signature;
    quote_spanned! {here()=>
        #(#conditions)*
        #[allow(unused_variables)]
        #signature {
            ::core::future::pending()
        }
    }
}

/// Replaces the patterns of parameters, which are allowed only in functions with a body.
fn without_patterns(function: &mut Function) {
    if method::is_provided(function) {
        return;
    }
    for input in &mut function.signature.inputs {
        if let FnArg::Typed(input) = input
            && !matches!(*input.pat, Pat::Ident(_))
        {
            *input.pat = parse_quote!(_);
        }
    }
}

/// Returns `true` if a type can implement the trait, whatever other mistakes it has.
fn can_be_implemented(item: &ClientTrait) -> bool {
    let is_plain = |item: &Item| match item {
        Item::Method(method) => {
            method::is_provided(method) || types::impl_keyword(&method.signature.output).is_none()
        }
        Item::Other(_) => false,
    };
    item.unsafety.is_none() && item.generics.params.is_empty() && item.items.iter().all(is_plain)
}
