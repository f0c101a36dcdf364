//! The registration of one resource or resource template.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::component::{self, Handler, at, literal};
use super::{here, string_argument};
use crate::model::annotations::Annotations;
use crate::model::param::Param;
use crate::model::resource::Resource;

/// The statements that register a resource in `components`.
pub(super) fn registration(resource: &Resource, target: &TokenStream) -> TokenStream {
    let item = &resource.item;
    let imports = string_argument::imports();
    let uri = &resource.uri.text;
    let name = literal(&item.name.text, item.name.span);
    let description = &item.description;
    let shown = component::options(item);
    let options = options(resource);
    let parameter = |param: &Param| match resource.uri.variable(&param.name) {
        Some(variable) if variable.is_list => string_argument::list(param),
        Some(_) => string_argument::parameter(param),
        None if param.name.is_empty() => string_argument::parameter(param),
        None => string_argument::beside_uri(param),
    };
    let parameters: Vec<TokenStream> = item.params.iter().map(parameter).collect();
    let declared = parameters
        .iter()
        .zip(&item.params)
        .map(|(tokens, param)| string_argument::declared(tokens, param));
    let result = &item.result;
    let returns = at(
        item.result_span,
        |here| quote_spanned!(here=> (&&&__mcp::Returned::<#result>::new()).contents()),
    );
    let handler = Handler {
        item,
        target,
        call: quote_spanned!(here()=> __mcp::StringCall),
        future: quote_spanned!(here()=> __mcp::ReadFuture),
        before: TokenStream::new(),
        begin: None,
        read: quote_spanned!(here()=> __mcp::StringArguments::read(&call)),
        parameters: parameters.clone(),
        returns: returns.clone(),
    };
    let handler = handler.tokens();
    quote_spanned! {here()=>
        #imports
        components.resource(
            __mcp::ResourceBuilder::new(#uri, #name)
                .description(#description)
                #shown
                #options
                #(.parameter(#declared))*
                .contents(#returns)
                .handler(#handler),
        );
    }
}

/// The options that only resources have.
fn options(resource: &Resource) -> TokenStream {
    let options = &resource.options;
    let mime_type = options.mime_type.as_ref().map(|text| quote!(.mime_type(#text)));
    let size = options.size.as_ref().map(|(span, size)| quote_spanned!(*span=> .size(#size)));
    let annotations = annotations(&options.annotations);
    let ttl = options.ttl.map(Literal::u64_unsuffixed).map(|ttl| quote!(.ttl_ms(#ttl)));
    let private = options.private.map(|private| quote!(.private(#private)));
    let list = options.list.as_ref().map(|(span, path)| quote_spanned!(*span=> .list(#path)));
    quote!(#mime_type #size #annotations #ttl #private #list)
}

fn annotations(annotations: &Annotations) -> TokenStream {
    let Annotations { audience, priority, last_modified } = annotations;
    let audience = (!audience.is_empty())
        .then(|| quote_spanned!(here()=> .audience([#(__mcp::Role::#audience),*])));
    let priority =
        priority.as_ref().map(|(span, priority)| quote_spanned!(*span=> .priority(#priority)));
    let last_modified = last_modified.as_ref().map(|text| quote!(.last_modified(#text)));
    quote!(#audience #priority #last_modified)
}
