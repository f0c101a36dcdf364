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
        parse("pub fn f(/** A */ #[arg(min = 2)] a: u8, #[ask(\"b\")] b: B) {}"),
    );
    check(tool, &["pub fn f(a: u8, b: B) {}", "pub struct f {}", "impl __mcp::Component for f"]);
    let server =
        expand::server(parse("nmae = 1"), parse("impl D { #[tool] fn f(&self, #[arg] a: u8) {} }"));
    check(
        server,
        &["fn f(&self, a: u8) {}", "__mcp::ServerMethods for D", "pub fn into_server(self)"],
    );
    let server =
        expand::server(parse("nmae = 1"), parse("mod m { #[tool] fn f(#[arg] a: u8) {} }"));
    check(server, &["#[tool] fn f(#[arg] a: u8) {}", "pub struct Components {}"]);
}

#[test]
fn an_attribute_behind_a_condition_is_left_out() {
    let server = expand::server(
        parse(""),
        parse("impl D { #[cfg_attr(unix, tool)] fn f(&self, /** A */ #[arg] a: u8) {} }"),
    );
    check(server, &["impl D { fn f(&self, a: u8) {} }", "__mcp::ServerMethods for D"]);
}

#[test]
fn so_it_is_for_all_kinds() {
    let resource =
        expand::component(Kind::Resource, parse(""), parse("fn f(/** A */ a: u8) { a. }"));
    check(resource, &["fn f(a: u8) { a. }", "struct f {}", "impl __mcp::Component for f"]);
    let prompt = expand::component(Kind::Prompt, parse(""), parse("#[tool] fn f(#[arg] a: u8) {}"));
    check(prompt, &["fn f(a: u8) {}", "struct f {}", "impl __mcp::Component for f"]);
    let server = expand::server(
        parse("nmae = 1"),
        parse("impl D { #[resource] fn f(&self, #[arg] a: u8) {} #[prompt] fn g() {} }"),
    );
    check(server, &["{ fn f(&self, a: u8) {} fn g() {} }", "__mcp::ServerMethods for D"]);
}

#[test]
fn what_was_meant_to_be_a_form_can_be_named_as_one() {
    let form = |item| expand::elicit(parse(item));
    check(form("struct F(u8);"), &["impl __mcp::Elicit for F"]);
    check(
        form("#[elicit(crate = a::b, nmae = 1)] struct F<'a, T: Copy>(&'a T) where T: 'a;"),
        &["use a::b::__private", "__mcp::Elicit for F"],
    );
    check(form("enum F { A(u8) }"), &["impl __mcp::Choice for F"]);
}

#[test]
fn a_path_is_passed_on_after_what_was_written() {
    let server = expand::server(
        parse("crate = my::mcp"),
        parse(
            "mod m { #[resource(\"a://b\")] fn f() {} #[prompt] fn g() {} \
             #[tool(open,)] fn h() {} #[tool(crate = x)] fn i() {} }",
        ),
    );
    check(
        server,
        &[
            "#[resource(\"a://b\", crate = my::mcp)] fn f() {}",
            "#[prompt(crate = my::mcp)] fn g() {}",
            "#[tool(open, crate = my::mcp)] fn h() {}",
            "#[tool(crate = x)] fn i() {}",
        ],
    );
}

#[test]
fn other_items_come_back_untouched() {
    let item = "struct S { a: u8 }";
    check(expand::component(Kind::Tool, parse(""), parse(item)), &[item]);
    check(expand::server(parse(""), parse(item)), &[item]);
}

#[test]
fn a_client_survives_a_mistake() {
    let client = expand::client(
        parse("nmae = 1"),
        parse("pub trait S { #[tool] async fn f(&self, #[arg] a: u8) -> u8; fn g(&self) {} }"),
    );
    check(
        client,
        &[
            "fn f(&self, a: u8) -> impl ::core::future::Future<Output = \
             ::core::result::Result<u8, ::mcp_runtime::client::Error> > + ::core::marker::Send;",
            "fn g(&self) {}",
            "pub struct SClient",
            "impl S for SClient",
        ],
    );
    let generic =
        expand::client(parse(""), parse("trait S<T> { async fn f(&self, #[arg] a: T); }"));
    check(generic, &["trait S<T> { async fn f(&self, a: T); }", "struct SClient"]);
    let plain = expand::client(
        parse(""),
        parse("trait S { const extern \"C\" fn f(&self, a: u8, ...) -> u8; }"),
    );
    check(
        plain,
        &[
            "{ fn f(&self, a: u8,) -> impl ::core::future::Future<Output = \
             ::core::result::Result<u8, ::mcp_runtime::client::Error> > + ::core::marker::Send; }",
            "+ ::core::marker::Send { ::core::future::pending() }",
        ],
    );
}
