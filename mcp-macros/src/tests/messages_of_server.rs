use crate::expand;

fn check(keys: &str, item: &str, expected: &[&str]) {
    let (_, errors) =
        expand::server_or_fallback(keys.parse().expect("keys"), item.parse().expect("an item"));
    assert_eq!(errors.messages(), expected, "#[server({keys})] {item}");
}

/// An `impl` block with these items.
fn check_impl(items: &str, expected: &[&str]) {
    check("", &format!("impl Desk {{ {items} }}"), expected);
}

#[test]
fn nothing_is_wrong() {
    check_impl("/// D.\n#[tool] async fn f(&self, a: u8) -> u8 { a } fn helper(&mut self) {}", &[]);
    check_impl("/// D.\n#[mcp_runtime::tool] fn f(self: &Self) {} const N: u8 = 5;", &[]);
    check_impl("/// D.\n#[tool(name = \"u8\")] fn u8() {} /// D.\n#[tool] fn u16() {}", &[]);
    check(
        "name = \"a\", version = V, title = \"T\", instructions = TEXT, crate = x",
        "mod m {
        use super::*; /// D.\n#[tool] fn f() {} fn helper() {}
    }",
        &[],
    );
    check("", "impl<T: Send> Desk<T> where T: Sync { /// D.\n#[tool] fn f() {} }", &[]);
}

#[test]
fn wrong_items() {
    check(
        "",
        "struct S;",
        &["`#[server]`: is on a `struct`; put it on an `impl` block or a module"],
    );
    check("", "fn f() {}", &["`#[server]`: is on a `fn`; put it on an `impl` block or a module"]);
    check("", "mod m;", &["`#[server]`: write the module's body here, in braces"]);
    check(
        "",
        "impl Clone for Desk { /// D.\n#[tool] fn f() {} }",
        &["server `Desk`: is the `impl` of a trait; put `#[server]` on an `impl` of the type \
             itself"],
    );
    check(
        "",
        "impl<'a> Desk<'a> { /// D.\n#[tool] fn f() {} }",
        &["server `Desk`: borrows, but a server outlives every borrow; own the data or share it \
             in \
           an `Arc`"],
    );
    check_impl(
        "fn f() {}",
        &["server `Desk`: has no component; write `#[tool]`, `#[resource(\"…\")]` or `#[prompt]` \
           above each method that clients may use"],
    );
    check(
        "",
        "mod m { fn f() {} }",
        &["server `m`: has no component; write `#[tool]`, `#[resource(\"…\")]` or `#[prompt]` \
           above each function that clients may use"],
    );
}

#[test]
fn keys() {
    check(
        "nam = \"a\", title",
        "impl Desk { /// D.\n#[tool] fn f() {} }",
        &[
            "server `Desk`: unknown key `nam`; did you mean `name`? \
         (the keys are `name`, `version`, `title`, `instructions`, `crate`)",
            "server `Desk`: `title` needs a value; write `title = …`",
        ],
    );
    check_impl(
        "/// D.\n#[tool(crate = x)] fn f() {}",
        &["tool `f`: `crate` is for the server; write it in `#[server(crate = …)]`"],
    );
}

#[test]
fn names_are_unique() {
    let twice = "two tools are named `f`; rename one with `name = \"…\"`";
    check_impl(
        "/// D.\n#[tool] fn f() {} /// D.\n#[tool(name = \"f\")] fn g() {}",
        &[&format!("server `Desk`: {twice}")],
    );
    check(
        "",
        "mod m { /// D.\n#[tool] fn f() {} /// D.\n#[tool(name = \"f\")] fn g() {} }",
        &[&format!("server `m`: {twice}")],
    );
    check_impl(
        "/// D.\n#[cfg(unix)] #[tool(name = \"f\")] fn u() {} \
                /// D.\n#[cfg(not(unix))] #[tool(name = \"f\")] fn v() {}",
        &[],
    );
}

#[test]
fn prompts_and_uris_are_unique() {
    let items = "/// D.\n#[prompt] fn f() {} /// D.\n#[prompt(name = \"f\")] fn g() {} \
                 /// D.\n#[tool(name = \"f\")] fn h() {} \
                 /// D.\n#[resource(\"a://b\", name = \"f\")] fn i() {} \
                 /// D.\n#[resource(\"a://b\")] fn j() {} \
                 /// D.\n#[resource(\"a://c\", name = \"f\")] fn k() {}";
    let prompts = "two prompts are named `f`; rename one with `name = \"…\"`";
    let uris = "two resources have the URI \"a://b\"; change one of them";
    check_impl(items, &[&format!("server `Desk`: {prompts}"), &format!("server `Desk`: {uris}")]);
    check(
        "",
        &format!("mod m {{ {items} }}"),
        &[&format!("server `m`: {prompts}"), &format!("server `m`: {uris}")],
    );
}

#[test]
fn all_kinds_are_checked() {
    check_impl(
        "#[prompt] fn f(&self) {} /// D.\n#[resource] fn g(&self) {} \
         /// D.\n#[prompt] #[tool] fn h(&self) {}",
        &[
            "prompt `f`: has no description; write a doc comment above it, or `description = \
             \"…\"`",
            "resource `g`: has no URI; write it first, such as `#[resource(\"notes://today\")]`",
            "prompt `h`: is a prompt and a tool; keep one of the two",
        ],
    );
    check_impl(
        "/// D.\n#[resource(\"a://b\", crate = x)] fn f() {}",
        &["resource `f`: `crate` is for the server; write it in `#[server(crate = …)]`"],
    );
}

#[test]
fn methods() {
    check_impl(
        "/// D.\n#[tool] fn f(&mut self) {}",
        &["tool `f`: takes `&mut self`; take `&self` and keep changing state behind a lock"],
    );
    check_impl(
        "/// D.\n#[tool] fn f(self) {}",
        &["tool `f`: takes `self`; take `&self` and keep changing state behind a lock"],
    );
    check_impl(
        "/// D.\n#[tool] fn f(self: std::sync::Arc<Self>) {}",
        &["tool `f`: takes `self: std::sync::Arc<Self>`; take `&self` and keep changing state \
             behind a lock"],
    );
    check_impl(
        "#[tool] fn f(&self) {} /// D.\n#[tool] #[tool] fn g(&self, _: u8) {}",
        &[
            "tool `f`: has no description; write a doc comment above it, or `description = \"…\"`",
            "tool `g`: has two `#[tool]`; write one with all the keys",
            "tool `g`: has an argument without a name; name it, or write `#[arg(rename = \"…\")]` \
             before it",
        ],
    );
}

#[test]
fn attributes_behind_a_condition() {
    let message = |kind: &str, name: &str| {
        format!(
            "{kind} `{name}`: `#[server]` cannot see `{kind}` in a `cfg_attr`, which is resolved \
             later; write `#[{kind}]`, and `#[cfg(…)]` if the whole function depends on a condition"
        )
    };
    let items = "/// D.\n#[cfg_attr(unix, tool(read_only))] fn f(/** A */ a: u8) {} \
                 #[cfg_attr(unix, allow(dead_code), prompt)] fn g() {}";
    let expected = [message("tool", "f"), message("prompt", "g")];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_impl(items, &expected);
    check("", &format!("mod m {{ {items} }}"), &expected);
    check_impl("/// D.\n#[cfg_attr(unix, allow(dead_code))] #[tool] fn f() {}", &[]);
}
