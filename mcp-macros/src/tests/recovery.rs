//! After a mistake the user's code is all there, and so are the names that other code uses.

use proc_macro2::TokenStream;

use crate::expand;
use crate::syntax::kind::Kind;

fn parse(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

fn check(expanded: TokenStream, parts: &[&str]) {
    let expanded = expanded.to_string();
    for part in parts {
        assert!(expanded.contains(&parse(part).to_string()), "{part} is not in {expanded}");
    }
}

#[test]
fn bodies_may_be_unfinished() {
    let tool = expand::component(Kind::Tool, parse(""), parse("/// D.\nfn f(a: u8) { a. }"));
    check(tool, &["fn f(a: u8) { a. }", "impl __mcp::Component for f"]);
}

#[test]
fn the_type_survives_a_mistake() {
    let tool = expand::component(
        Kind::Tool,
        parse("nmae = 1"),
        parse("pub fn f(/** A */ #[arg(min = 2)] a: u8) {}"),
    );
    check(tool, &["pub fn f(a: u8) {}", "pub struct f {}", "impl __mcp::Component for f"]);
    let server =
        expand::server(parse("nmae = 1"), parse("impl D { #[tool] fn f(&self, #[arg] a: u8) {} }"));
    check(server, &["fn f(&self, a: u8) {}", "__mcp::Instance for D", "pub fn into_server(self)"]);
    let server =
        expand::server(parse("nmae = 1"), parse("mod m { #[tool] fn f(#[arg] a: u8) {} }"));
    check(server, &["#[tool] fn f(#[arg] a: u8) {}", "pub struct Components {}"]);
}

#[test]
fn other_items_come_back_untouched() {
    let item = "struct S { a: u8 }";
    check(expand::component(Kind::Tool, parse(""), parse(item)), &[item]);
    check(expand::server(parse(""), parse(item)), &[item]);
}
