//! The registration of one tool.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::component::{self, Handler, at, literal};
use super::{here, limits};
use crate::model::param::Param;
use crate::model::task::Task;
use crate::model::tool::Tool;

/// The statements that register a tool in `components`.
pub(super) fn registration(tool: &Tool, target: &TokenStream) -> TokenStream {
    let contract = contract(tool);
    let comparisons = tool.item.params.iter().flat_map(|param| &param.rules.comparisons);
    let subject = format!("tool `{}`", tool.item.ident.unraw());
    let assertions = comparisons.map(|comparison| limits::assertion(&subject, comparison));
    let builder = builder(tool);
    let handler = handler(tool, target);
    quote_spanned! {here()=>
        #contract
        #(#assertions)*
        use __mcp::{FallibleReturn as _, PlainReturn as _};
        components.tool(#builder.handler(#handler));
    }
}

/// Makes the compiler rebuild when the contract file changes.
fn contract(tool: &Tool) -> Option<TokenStream> {
    let file = tool.options.contract.as_ref()?;
    Some(quote_spanned! {here()=>
        const _: &str = ::core::include_str!(
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #file)
        );
    })
}

fn builder(tool: &Tool) -> TokenStream {
    let item = &tool.item;
    let name = literal(&item.name.text, item.name.span);
    let description = &item.description;
    let options = options(tool);
    let parameters = item.params.iter().map(declared);
    let returns = returns(tool);
    let schema = tool
        .options
        .output_schema
        .as_ref()
        .map(|ty| at(ty.span(), |here| quote_spanned!(here=> .output_schema::<#ty>())));
    quote_spanned! {here()=>
        __mcp::ToolBuilder::new(#name, #description)
            #options
            #(.parameter(#parameters))*
            .returns(#returns)
            #schema
    }
}

/// Expression that describes and converts values of the result type.
fn returns(tool: &Tool) -> TokenStream {
    let result = &tool.item.result;
    at(
        tool.item.result_span,
        |here| quote_spanned!(here=> __mcp::Returned::<#result>::new().returns()),
    )
}

fn options(tool: &Tool) -> TokenStream {
    let options = &tool.options;
    let wide = options.wide_name.then(|| quote!(.wide_name()));
    let shown = component::options(&tool.item);
    let hints = options.hints.iter().map(|(hint, is)| quote!(.#hint(#is)));
    let open = options.open.then(|| quote!(.open()));
    let cooperative = options.cooperative.then(|| quote!(.cooperative()));
    let task = task(&options.task);
    let schema = options.input_schema.as_ref();
    let schema = schema.map(|(span, schema)| quote_spanned!(*span=> .input_schema(#schema)));
    quote!(#wide #shown #(#hints)* #open #cooperative #task #schema)
}

/// The settings of a tool that runs as a task.
fn task(task: &Task) -> Option<TokenStream> {
    let required = task.required?;
    let ttl = task.ttl.map(|ttl| match ttl {
        Some(ttl) => quote!(.ttl(::core::option::Option::Some(#ttl))),
        None => quote!(.ttl(::core::option::Option::None)),
    });
    let interval = task.poll_interval.map(|interval| quote!(.poll_interval(#interval)));
    let attempts = task.attempts.as_ref();
    let attempts = attempts.map(|(span, number)| quote_spanned!(*span=> .attempts(#number)));
    Some(quote!(.task(__mcp::TaskSettings::new(#required) #ttl #interval #attempts)))
}

/// A parameter with everything that is advertised.
fn declared(param: &Param) -> TokenStream {
    let parameter = parameter(param);
    let describe = param.description.as_ref().map(|text| quote!(.describe(#text)));
    let examples = param.rules.examples.as_ref().map(|(span, examples)| {
        quote_spanned!(*span=> .examples(|| ::std::vec![#(__mcp::example(&(#examples))),*]))
    });
    let secret = param.rules.secret.map(|span| quote_spanned!(span=> .secret()));
    quote!(#parameter #describe #examples #secret)
}

/// A parameter with everything that is enforced.
fn parameter(param: &Param) -> TokenStream {
    let name = literal(&param.name, param.name_span);
    let ty = &param.elided;
    let parameter = at(param.ty.span(), |here| match param.name.is_empty() {
        true => quote_spanned!(here=> __mcp::unnamed::<#ty, _>()),
        false => quote_spanned!(here=> __mcp::parameter::<#ty, _>(#name)),
    });
    let rules = limits::statements(&param.rules.list, "rules", "Rules");
    let parameter = match param.rules.list.is_empty() {
        true => parameter,
        false => quote_spanned!(here()=> #parameter.rules(|rules| { #(#rules)* rules })),
    };
    // A header bounds integers.
    let Some((span, name)) = &param.rules.header else { return parameter };
    let with_header = at(*span, |here| quote_spanned!(here=> parameter.header(#name)));
    quote_spanned!(here()=> { let parameter = #parameter; #with_header })
}

fn handler(tool: &Tool, target: &TokenStream) -> TokenStream {
    let item = &tool.item;
    let count = Literal::usize_unsuffixed(item.params.len());
    let handler = Handler {
        item,
        target,
        call: quote_spanned!(here()=> __mcp::Call),
        future: quote_spanned!(here()=> __mcp::ToolFuture),
        before: quote_spanned! {here()=>
            let mut slots = [const { __mcp::Slot::Missing }; #count];
        },
        begin: tool
            .options
            .task
            .required
            .map(|_| quote_spanned!(here()=> call.begin_body().await;)),
        read: quote_spanned!(here()=> __mcp::ToolArguments::read(&call, &mut slots)),
        parameters: item.params.iter().map(parameter).collect(),
        returns: returns(tool),
    };
    handler.tokens()
}
