//! One tool: its companion type, its registration and its handler.
//!
//! A parameter's type and rules are written twice, to declare and to take it. The compiler tells
//! equal errors at equal places once, so a mistake in them is still one error.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{allowances, companion, conditions, here, paths};
use crate::model::param::Param;
use crate::model::rules::Ordered;
use crate::model::tool::Tool;
use crate::syntax::function::Function;

/// The function without our attributes, and the component of its name.
pub(crate) fn expand(tool: &Tool, function: &Function) -> TokenStream {
    let function = function.without_ours();
    let companion = companion(&tool.ident, &tool.visibility, &tool.attributes);
    let conditions = conditions(&tool.attributes);
    let allow = allowances(&tool.attributes);
    let alias = paths::alias(tool.options.krate.as_ref());
    let ident = &tool.ident;
    let registration = registration(tool, &quote!(#ident));
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

/// The statements that put a tool into `components`.
///
/// `target` names the function. A function with a receiver finds its server in `this`.
pub(crate) fn registration(tool: &Tool, target: &TokenStream) -> TokenStream {
    let contract = contract(tool);
    let ordered = tool.params.iter().flat_map(|param| &param.rules.ordered);
    let assertions = ordered.map(|ordered| assertion(tool, ordered));
    let builder = builder(tool);
    let handler = handler(tool, target);
    quote_spanned! {here()=>
        #contract
        #(#assertions)*
        use __mcp::{FallibleReturn as _, OpaqueDefault as _, PlainReturn as _, ShownDefault as _};
        components.tool(#builder.handler(#handler));
    }
}

/// A comparison that only the compiler can make.
fn assertion(tool: &Tool, ordered: &Ordered) -> TokenStream {
    let Ordered { low, high, span, message } = ordered;
    let message = format!("tool `{}`: {message}", tool.ident.unraw());
    quote_spanned!(*span=> const _: () = ::core::assert!(#low <= #high, #message);)
}

/// Makes the compiler read the contract again when its file changes.
fn contract(tool: &Tool) -> Option<TokenStream> {
    let file = tool.options.contract.as_ref()?;
    Some(quote_spanned! {here()=>
        const _: &str = ::core::include_str!(
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #file)
        );
    })
}

fn builder(tool: &Tool) -> TokenStream {
    let name = literal(&tool.name.text, tool.name.span);
    let description = &tool.description;
    let options = options(tool);
    let parameters = tool.params.iter().map(declared);
    let returns = returns(tool);
    quote_spanned! {here()=>
        __mcp::ToolBuilder::new(#name, #description)
            #options
            #(.parameter(#parameters))*
            .returns(#returns)
    }
}

/// How values of the result's type are described and sent.
fn returns(tool: &Tool) -> TokenStream {
    let result = &tool.result;
    at(tool.result_span, |here| quote_spanned!(here=> __mcp::Returned::<#result>::new().returns()))
}

fn options(tool: &Tool) -> TokenStream {
    let options = &tool.options;
    let wide = tool.name.is_wide.then(|| quote!(.wide_name()));
    let title = options.title.as_ref().map(|title| quote!(.title(#title)));
    let icons = options.icons.iter().map(|icon| icon.tokens(&paths::private()));
    let meta = options.meta.as_ref().map(|(span, meta)| quote_spanned!(*span=> .meta(#meta)));
    let hints = options.hints.iter().map(|(hint, is)| quote!(.#hint(#is)));
    let open = options.open.then(|| quote!(.open()));
    let cooperative = options.cooperative.then(|| quote!(.cooperative()));
    let schema = options.input_schema.as_ref();
    let schema = schema.map(|(span, schema)| quote_spanned!(*span=> .input_schema(#schema)));
    quote!(#wide #title #(.icon(#icons))* #meta #(#hints)* #open #cooperative #schema)
}

/// A parameter with everything that is advertised.
fn declared(param: &Param) -> TokenStream {
    let parameter = parameter(param);
    let describe = param.description.as_ref().map(|text| quote!(.describe(#text)));
    let examples = param.rules.examples.as_ref().map(|(span, examples)| {
        quote_spanned!(*span=> .examples(|| ::std::vec![#(__mcp::example(&(#examples))),*]))
    });
    let declared = quote!(#parameter #describe #examples);
    let Some((span, name)) = &param.rules.header else { return declared };
    let with_header = at(*span, |here| quote_spanned!(here=> parameter.header(#name)));
    quote_spanned!(here()=> { let parameter = #declared; #with_header })
}

/// A parameter with everything that is enforced.
///
/// Each rule is a statement of its own, so that an error about its receiver shows at its key.
fn parameter(param: &Param) -> TokenStream {
    let name = literal(&param.name, param.name_span);
    let ty = &param.elided;
    let parameter =
        at(param.ty.span(), |here| quote_spanned!(here=> __mcp::parameter::<#ty, _>(#name)));
    if param.rules.list.is_empty() {
        return parameter;
    }
    let rules = param.rules.list.iter().map(|rule| {
        let (method, arguments) = (&rule.method, &rule.arguments);
        at(method.span(), |here| {
            if method == "default" {
                // One of two traits, which only method lookup can choose between.
                quote_spanned!(here=> let rules = rules.#method(#arguments);)
            } else {
                quote_spanned!(here=> let rules = __mcp::Rules::#method(rules, #arguments);)
            }
        })
    });
    quote_spanned!(here()=> #parameter.rules(|rules| { #(#rules)* rules }))
}

fn handler(tool: &Tool, target: &TokenStream) -> TokenStream {
    let body = body(tool, target);
    let future = if tool.options.blocking {
        quote_spanned!(here()=> __mcp::blocking(move || { #body }))
    } else {
        quote_spanned!(here()=> ::std::boxed::Box::pin(async move { #body }))
    };
    let this = tool
        .has_receiver
        .then(|| quote_spanned!(here()=> let this = ::std::sync::Arc::clone(&this);));
    quote_spanned! {here()=>
        move |call: __mcp::Call| -> __mcp::ToolFuture {
            #this
            #future
        }
    }
}

/// From a call to its reply.
fn body(tool: &Tool, target: &TokenStream) -> TokenStream {
    let count = Literal::usize_unsuffixed(tool.params.len());
    let names: Vec<Ident> = tool.params.iter().map(local).collect();
    let taken = taken(tool, &names);
    let this = tool.has_receiver.then(|| quote_spanned!(here()=> &this,));
    let wait = tool.is_async.then(|| quote!(.await));
    let returns = returns(tool);
    // The reply is bound, for in older editions a temporary at the end outlives the slots.
    quote_spanned! {here()=>
        let mut slots = [const { __mcp::Slot::Missing }; #count];
        #taken
        let result = #target(#this #(#names),*) #wait;
        let reply = #returns.reply(&call, result);
        reply
    }
}

/// Takes all parameters, or answers what is wrong with them.
///
/// The inputs end before the function runs, so that its future does not carry them.
fn taken(tool: &Tool, names: &[Ident]) -> TokenStream {
    if names.is_empty() {
        return quote_spanned! {here()=>
            {
                let inputs = __mcp::Inputs::read(&call, &mut slots);
                if !inputs.fit() {
                    return inputs.refusal();
                }
            }
        };
    }
    let takes = tool.params.iter().zip(names).enumerate().map(|(index, (param, name))| {
        let index = Literal::usize_unsuffixed(index);
        let parameter = parameter(param);
        quote_spanned!(here()=> let #name = inputs.take(#index, #parameter);)
    });
    quote_spanned! {here()=>
        let (#(#names,)*) = {
            let inputs = __mcp::Inputs::read(&call, &mut slots);
            #(#takes)*
            match (#(#names,)*) {
                (#(::core::option::Option::Some(#names),)*) if inputs.fit() => (#(#names,)*),
                _ => return inputs.refusal(),
            }
        };
    }
}

/// A local variable that collides with nothing the user can name.
fn local(param: &Param) -> Ident {
    format_ident!("__{}", param.ident.unraw(), span = here())
}

/// Code that shows at a place of the user's, and names what generated code does.
fn at(span: Span, code: impl FnOnce(Span) -> TokenStream) -> TokenStream {
    code(span.resolved_at(here()))
}

fn literal(text: &str, span: Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    literal
}
