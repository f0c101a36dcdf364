//! Rules about an item and others of its source file.
//!
//! An attribute sees its own item only. Where the compiler's errors about two items would not name
//! the mistake, the source file is read for the other one.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Item, ItemImpl};

use super::server;
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::kind::Kind;

/// Reports a `#[server]` block whose type has another one before it, in the same module of the same
/// file. Returns `true` if it was reported.
pub(crate) fn reject_second_block(item: &TokenStream, errors: &mut Errors) -> bool {
    let Some(block) = source().and_then(|source| second_block(&source, item)) else {
        return false;
    };
    let name = server::type_name(&block.self_ty).unwrap_or_else(|| "the type".to_owned());
    errors.at(
        &block.self_ty,
        format!(
            "`{name}` has another `#[server]` block, and a type has one; move these methods there"
        ),
    );
    true
}

/// Reports a component that has the name of a type or module beside it. Returns `true` if it was
/// reported.
pub(crate) fn reject_namesake(kind: Kind, function: &Function, errors: &mut Errors) -> bool {
    let ident = &function.signature.ident;
    let found = source().and_then(|source| namesake(&source, kind, ident));
    let Some(namesake) = found else { return false };
    errors.at(
        ident,
        format!(
            "has the name of a {namesake}, and the attribute makes a type of that name; rename the \
             function, and keep the name for clients with `name = \"{}\"`",
            ident.unraw()
        ),
    );
    true
}

/// The source file with the attribute; `None` if there is none, as in tests of this crate.
fn source() -> Option<String> {
    let file = proc_macro::is_available().then(|| proc_macro::Span::call_site().local_file())?;
    std::fs::read_to_string(file?).ok()
}

/// Returns `true` for a module of a file that `found` accepts, by its items.
fn any_module(items: &[Item], found: &dyn Fn(&[Item]) -> bool) -> bool {
    found(items)
        || items.iter().any(|item| match item {
            Item::Mod(module) => {
                module.content.as_ref().is_some_and(|(_, items)| any_module(items, found))
            }
            _ => false,
        })
}

/// The block, if a block before it in the source has the same type.
fn second_block(source: &str, item: &TokenStream) -> Option<ItemImpl> {
    // Most files have one block, and are not parsed.
    if source.matches("server").count() < 2 {
        return None;
    }
    let block: ItemImpl = syn::parse2(item.clone()).ok()?;
    let file = syn::parse_file(source).ok()?;
    let is_second = |items: &[Item]| {
        let servers = items.iter().filter_map(|item| match item {
            Item::Impl(other) if other.self_ty == block.self_ty => without_server(other),
            _ => None,
        });
        servers.skip(1).any(|other| other == block)
    };
    any_module(&file.items, &is_second).then_some(block)
}

/// The block as `#[server]` sees it. Returns `None` for a block without that attribute, and for one
/// that depends on a condition.
fn without_server(block: &ItemImpl) -> Option<ItemImpl> {
    if depends(&block.attrs) {
        return None;
    }
    let index = block.attrs.iter().position(|attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "server")
    })?;
    let mut block = block.clone();
    block.attrs.remove(index);
    Some(block)
}

/// The keyword of an item that has the name of a component in its module.
fn namesake(source: &str, kind: Kind, name: &Ident) -> Option<&'static str> {
    const KEYWORDS: [&str; 6] = ["enum", "mod", "struct", "trait", "type", "union"];
    // Most names are unique, and the file is not parsed.
    if !KEYWORDS.iter().any(|keyword| source.contains(&format!("{keyword} {name}"))) {
        return None;
    }
    let file = syn::parse_file(source).ok()?;
    let is_component = |item: &Item| match item {
        Item::Fn(function) => {
            function.sig.ident == *name
                && function.attrs.iter().any(|attribute| Kind::of(attribute) == Some(kind))
        }
        _ => false,
    };
    let keyword = KEYWORDS.into_iter().find(|keyword| {
        let declares = |item: &Item| declared(item) == Some((*keyword, name.clone()));
        any_module(&file.items, &|items| {
            items.iter().any(is_component) && items.iter().any(declares)
        })
    })?;
    Some(if keyword == "mod" { "module" } else { keyword })
}

/// The keyword and the name of an item in the namespace of types, unless it depends on a condition.
fn declared(item: &Item) -> Option<(&'static str, Ident)> {
    let (keyword, ident, attributes) = match item {
        Item::Enum(item) => ("enum", &item.ident, &item.attrs),
        Item::Mod(item) => ("mod", &item.ident, &item.attrs),
        Item::Struct(item) => ("struct", &item.ident, &item.attrs),
        Item::Trait(item) => ("trait", &item.ident, &item.attrs),
        Item::Type(item) => ("type", &item.ident, &item.attrs),
        Item::Union(item) => ("union", &item.ident, &item.attrs),
        _ => return None,
    };
    (!depends(attributes)).then(|| (keyword, ident.clone()))
}

fn depends(attributes: &[Attribute]) -> bool {
    let is_condition =
        |attribute: &Attribute| attribute.path().to_token_stream().to_string().starts_with("cfg");
    attributes.iter().any(is_condition)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn check_block(source: &str, item: &str, expected: bool) {
        let found = second_block(source, &item.parse().expect("an item"));
        assert_eq!(found.is_some(), expected, "{item} in {source}");
    }

    const FIRST: &str = "impl Desk { /// D.\n#[tool] fn f(/** A */ a: u8) {} }";
    const SECOND: &str = "impl Desk { /// D.\n#[tool] fn g() {} }";

    #[test]
    fn the_second_block_of_a_type_is_found() {
        let source =
            format!("struct Desk; #[server] {FIRST} #[mcp::server(name = \"a\")] {SECOND}");
        check_block(&source, FIRST, false);
        check_block(&source, SECOND, true);
        let nested = format!("mod outer {{ mod inner {{ {source} }} }}");
        check_block(&nested, FIRST, false);
        check_block(&nested, SECOND, true);
    }

    #[test]
    fn other_blocks_are_no_mistake() {
        for source in [
            format!("#[server] {FIRST} {SECOND}"),
            format!("#[server] impl Other {{ fn f() {{}} }} #[server] {SECOND}"),
            format!("mod a {{ #[server] {FIRST} }} mod b {{ #[server] {SECOND} }}"),
            format!("#[cfg(unix)] #[server] {FIRST} #[cfg(not(unix))] #[server] {SECOND}"),
            format!("fn a() {{ #[server] {FIRST} #[server] {SECOND} }}"),
            "#[server] #[server] not rust".to_owned(),
        ] {
            check_block(&source, SECOND, false);
        }
    }

    fn check_name(source: &str, expected: Option<&str>) {
        let name = Ident::new("find", Span::call_site());
        assert_eq!(namesake(source, Kind::Tool, &name), expected, "{source}");
    }

    #[test]
    fn a_type_or_module_of_the_same_name_is_found() {
        check_name("struct find; #[tool] fn find() {}", Some("struct"));
        check_name("#[mcp::tool(read_only)] async fn find() {} pub mod find;", Some("module"));
        check_name("mod a { type find = u8; #[tool] fn find() {} }", Some("type"));
    }

    #[test]
    fn other_items_are_no_mistake() {
        check_name("struct finder; #[tool] fn find() {}", None);
        check_name("mod a { struct find; } #[tool] fn find() {}", None);
        check_name("struct find; mod a { #[tool] fn find() {} }", None);
        check_name("#[cfg(unix)] mod find {} #[tool] fn find() {}", None);
        check_name("mod find {} fn find() {}", None);
        check_name("mod find {} #[prompt] fn find() {}", None);
    }
}
