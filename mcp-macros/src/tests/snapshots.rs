//! Each `snapshots/NAME.rs` expands to `snapshots/NAME.expanded.rs`; `UPDATE_EXPECT=1` rewrites it.

use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::expand;
use crate::syntax::function::contents;
use crate::syntax::kind::Kind;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).expect("a readable snapshot")
}

/// Expands the first attribute of each item that is one of ours.
fn expanded(source: &str) -> TokenStream {
    let file = syn::parse_file(source).expect("Rust");
    file.items.into_iter().map(expanded_item).collect()
}

fn expanded_item(mut item: syn::Item) -> TokenStream {
    let attributes = match &mut item {
        syn::Item::Fn(item) => &mut item.attrs,
        syn::Item::Impl(item) => &mut item.attrs,
        syn::Item::Mod(item) => &mut item.attrs,
        syn::Item::Trait(item) => &mut item.attrs,
        syn::Item::Struct(_) | syn::Item::Enum(_) => return expand::elicit(item.to_token_stream()),
        _ => return item.to_token_stream(),
    };
    let kinds = attributes.iter().map(Kind::of).enumerate();
    let component = kinds.filter_map(|(index, kind)| Some((index, kind?))).next();
    if let Some((index, kind)) = component {
        let keys = contents(&attributes.remove(index));
        return expand::component(kind, keys, item.to_token_stream());
    }
    /// An attribute on a block: its keys and what it is on become tokens.
    type OfBlock = fn(TokenStream, TokenStream) -> TokenStream;
    let of_blocks: [(&str, OfBlock); 2] = [("server", expand::server), ("client", expand::client)];
    for (name, expand) in of_blocks {
        if let Some(index) = attributes.iter().position(|attribute| attribute.path().is_ident(name))
        {
            let keys = contents(&attributes.remove(index));
            return expand(keys, item.to_token_stream());
        }
    }
    item.to_token_stream()
}

fn formatted(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("items"))
}

fn check(name: &str) {
    let found = formatted(expanded(&read(&format!("{name}.rs"))));
    let expected = format!("{name}.expanded.rs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path(&expected), &found).expect("a writable snapshot");
    }
    assert_eq!(read(&expected), found, "{name}: run with UPDATE_EXPECT=1 to accept");
}

#[test]
fn add() {
    check("add");
}

#[test]
fn ask() {
    check("ask");
}

#[test]
fn every_key() {
    check("every_key");
}

#[test]
fn resource() {
    check("resource");
}

#[test]
fn prompt() {
    check("prompt");
}

#[test]
fn server_impl() {
    check("server_impl");
}

#[test]
fn server_mod() {
    check("server_mod");
}

#[test]
fn client() {
    check("client");
}

#[test]
fn elicit() {
    check("elicit");
}

#[test]
fn a_custom_path_leaves_no_default_path_behind() {
    for name in [
        "add",
        "every_key",
        "resource",
        "prompt",
        "server_impl",
        "server_mod",
        "client",
        "elicit",
        "ask",
    ] {
        let source = read(&format!("{name}.rs"))
            .replace("crate = mcp, ", "")
            .replace("#[elicit(crate = mcp)]", "#[elicit()]");
        let mut items = syn::parse_file(&source).expect("Rust");
        items.items.iter_mut().for_each(add_path);
        let expanded = expanded(&items.to_token_stream().to_string()).to_string();
        assert!(!expanded.contains("mcp_runtime"), "{name}: {expanded}");
        assert!(expanded.contains("my :: mcp :: __private"), "{name}: {expanded}");
        assert!(!expanded.contains("compile_error"), "{name}: {expanded}");
    }
}

/// Writes `crate = my::mcp` into the attribute of an item, but not into those inside it.
fn add_path(item: &mut syn::Item) {
    let attributes = match item {
        syn::Item::Fn(item) => &mut item.attrs,
        syn::Item::Impl(item) => &mut item.attrs,
        syn::Item::Mod(item) => &mut item.attrs,
        syn::Item::Trait(item) => &mut item.attrs,
        syn::Item::Struct(item) => &mut item.attrs,
        syn::Item::Enum(item) => &mut item.attrs,
        _ => return,
    };
    let is_ours = |attribute: &syn::Attribute| {
        let is = |name| attribute.path().is_ident(name);
        Kind::of(attribute).is_some() || is("server") || is("client") || is("elicit")
    };
    for attribute in attributes.iter_mut().filter(|attribute| is_ours(attribute)) {
        let (path, keys) = (attribute.path().clone(), contents(attribute));
        let comma = (!keys.is_empty()).then(|| quote::quote!(,));
        *attribute = syn::parse_quote!(#[#path(#keys #comma crate = my::mcp)]);
    }
}
