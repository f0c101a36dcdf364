//! The registration of one prompt.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::component::{self, Handler, at, literal};
use super::{here, text};
use crate::model::prompt::Prompt;

/// The statements that put a prompt into `components`.
pub(super) fn registration(prompt: &Prompt, target: &TokenStream) -> TokenStream {
    let item = &prompt.item;
    let imports = text::imports();
    let name = literal(&item.name.text, item.name.span);
    let description = &item.description;
    let options = component::options(item);
    let parameters: Vec<TokenStream> = item.params.iter().map(text::parameter).collect();
    let declared =
        parameters.iter().zip(&item.params).map(|(tokens, param)| text::declared(tokens, param));
    let result = &item.result;
    let returns = at(
        item.result_span,
        |here| quote_spanned!(here=> (&__mcp::Returned::<#result>::new()).messages()),
    );
    let handler = Handler {
        item,
        target,
        call: quote_spanned!(here()=> __mcp::TextCall),
        future: quote_spanned!(here()=> __mcp::PromptFuture),
        before: TokenStream::new(),
        read: quote_spanned!(here()=> __mcp::Texts::read(&call)),
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
