//! Rule: a type has one `#[server]` block.
//!
//! Two blocks implement one trait twice, and the compiler's errors about that name neither block as
//! the mistake. An attribute sees its own item only, so the source file is read for the others.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Item, ItemImpl};

use super::server;
use crate::errors::Errors;

/// Reports a block whose type has another block before it, in the same module of the same file.
/// Returns `true` if it was reported.
pub(crate) fn check(item: &TokenStream, errors: &mut Errors) -> bool {
    let Some(block) = source().and_then(|source| repeated(&source, item)) else { return false };
    let name = server::type_name(&block.self_ty).unwrap_or_else(|| "the type".to_owned());
    errors.at(
        &block.self_ty,
        format!(
            "`{name}` has another `#[server]` block, and a type has one; move these methods there"
        ),
    );
    true
}

/// The source file with the attribute; `None` if there is none, as in tests of this crate.
fn source() -> Option<String> {
    let file = proc_macro::is_available().then(|| proc_macro::Span::call_site().local_file())?;
    std::fs::read_to_string(file?).ok()
}

/// The block, if a block before it in the source has the same type.
fn repeated(source: &str, item: &TokenStream) -> Option<ItemImpl> {
    // Files with one block are not parsed.
    if source.matches("server").count() < 2 {
        return None;
    }
    let block = syn::parse2(item.clone()).ok()?;
    let file = syn::parse_file(source).ok()?;
    repeats_in(&file.items, &block).then_some(block)
}

fn repeats_in(items: &[Item], block: &ItemImpl) -> bool {
    let servers = items.iter().filter_map(|item| match item {
        Item::Impl(other) if other.self_ty == block.self_ty => without_server(other),
        _ => None,
    });
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(module) => module.content.as_ref(),
        _ => None,
    });
    servers.skip(1).any(|other| other == *block)
        || modules.into_iter().any(|(_, items)| repeats_in(items, block))
}

/// The block as `#[server]` sees it. Returns `None` for a block without that attribute, and for one
/// that depends on a condition.
fn without_server(block: &ItemImpl) -> Option<ItemImpl> {
    let is_server = |attribute: &Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "server")
    };
    let is_condition =
        |attribute: &Attribute| attribute.path().to_token_stream().to_string().starts_with("cfg");
    if block.attrs.iter().any(is_condition) {
        return None;
    }
    let index = block.attrs.iter().position(is_server)?;
    let mut block = block.clone();
    block.attrs.remove(index);
    Some(block)
}

#[cfg(test)]
mod tests {
    use super::repeated;

    fn check(source: &str, item: &str, expected: bool) {
        let found = repeated(source, &item.parse().expect("an item"));
        assert_eq!(found.is_some(), expected, "{item} in {source}");
    }

    const FIRST: &str = "impl Desk { /// D.\n#[tool] fn f(/** A */ a: u8) {} }";
    const SECOND: &str = "impl Desk { /// D.\n#[tool] fn g() {} }";

    #[test]
    fn the_second_block_of_a_type_is_found() {
        let source =
            format!("struct Desk; #[server] {FIRST} #[mcp_runtime::server(name = \"a\")] {SECOND}");
        check(&source, FIRST, false);
        check(&source, SECOND, true);
        let nested = format!("mod outer {{ mod inner {{ {source} }} }}");
        check(&nested, FIRST, false);
        check(&nested, SECOND, true);
    }

    #[test]
    fn other_blocks_are_not() {
        check(&format!("#[server] {FIRST} {SECOND}"), FIRST, false);
        check(&format!("#[server] impl Other {{ fn f() {{}} }} #[server] {SECOND}"), SECOND, false);
        check(
            &format!("mod a {{ #[server] {FIRST} }} mod b {{ #[server] {SECOND} }}"),
            SECOND,
            false,
        );
        check(
            &format!("#[cfg(unix)] #[server] {FIRST} #[cfg(not(unix))] #[server] {SECOND}"),
            SECOND,
            false,
        );
        check(&format!("fn a() {{ #[server] {FIRST} #[server] {SECOND} }}"), SECOND, false);
        check("#[server] #[server] not rust", SECOND, false);
    }
}
