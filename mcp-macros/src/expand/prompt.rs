//! The registration of one prompt.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::component::{self, Handler, at, literal};
use super::{here, string_argument};
use crate::model::prompt::Prompt;

/// The statements that register a prompt in `components`.
pub(super) fn registration(prompt: &Prompt, target: &TokenStream) -> TokenStream {
    let item = &prompt.item;
    let imports = string_argument::imports();
    let name = literal(&item.name.text, item.name.span);
    let description = &item.description;
    let options = component::options(item);
    let parameters: Vec<TokenStream> = item.params.iter().map(string_argument::parameter).collect();
    let declared = parameters
        .iter()
        .zip(&item.params)
        .map(|(tokens, param)| string_argument::declared(tokens, param));
    let result = &item.result;
    let returns = at(
        item.result_span,
        |here| quote_spanned!(here=> (&__mcp::Returned::<#result>::new()).messages()),
    );
    let handler = Handler {
        item,
        target,
        call: quote_spanned!(here()=> __mcp::StringCall),
        future: quote_spanned!(here()=> __mcp::PromptFuture),
        before: TokenStream::new(),
        begin: None,
        read: quote_spanned!(here()=> __mcp::StringArguments::read(&call)),
        parameters: parameters.clone(),
        returns: returns.clone(),
    };
    let handler = handler.tokens();
    quote_spanned! {here()=>
        #imports
        components.prompt(
            __mcp::PromptBuilder::new(#name, #description)
                #options
                #(.parameter(#declared))*
                .messages(#returns)
                .handler(#handler),
        );
    }
}
