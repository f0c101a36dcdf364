use crate::expand;

fn check(keys: &str, item: &str, expected: &[&str]) {
    let (_, errors) =
        expand::client_or_fallback(keys.parse().expect("keys"), item.parse().expect("an item"));
    assert_eq!(errors.messages(), expected, "#[client({keys})] {item}");
}

/// A trait with these items.
fn check_items(items: &str, expected: &[&str]) {
    check("", &format!("trait Stocks {{ {items} }}"), expected);
}

#[test]
fn nothing_is_wrong() {
    check_items("async fn f(&self);", &[]);
    check_items("async fn f<'a>(self: &Self, a: &'a str) -> String;", &[]);
    check_items("#[tool(name = \"a/b.c\")] async fn f(&self) -> Result<u8, E>;", &[]);
    check_items("async fn f(&self, #[arg(rename = \"type\")] kind: u8) -> io::Result<u8>;", &[]);
    check_items("async fn f(&self); fn g(self) where Self: Sized {} fn h<T>(a: T) {}", &[]);
    check(
        "crate = a::b",
        "pub(crate) trait S: Send + Sync where Self: Sized { async fn f(&self); }",
        &[],
    );
}

#[test]
fn wrong_items() {
    check("", "struct S;", &["`#[client]`: is on a `struct`; put it on a trait"]);
    check("", "impl S { fn f() {} }", &["`#[client]`: is on an `impl`; put it on a trait"]);
    let no_method = "client `Stocks`: has no method for a tool; write one for each, such as \
                     `async fn add(&self, a: i64) -> i64;`";
    check_items("", &[no_method]);
    check_items("async fn f(&self) {}", &[no_method]);
    check(
        "nam = 1",
        "trait S { async fn f(&self); }",
        &["client `S`: unknown key `nam`; the keys are `crate`"],
    );
}

#[test]
fn traits() {
    check(
        "",
        "#[arg] #[ask] unsafe trait S<'a, T> { type A; async fn f(&self); }",
        &[
            "client `S`: is an `unsafe trait`, but no server can keep its contract; write `trait`",
            "client `S`: is generic over `'a`, but tools are not generic; leave it out, or write a \
             type",
            "client `S`: is generic over `T`, but tools are not generic; leave it out, or write a \
             type",
            "client `S`: has an item that is not a method, which the generated client cannot \
             implement; move it to another trait",
            "client `S`: `#[arg]` is on the trait; put it before a parameter of a method",
            "client `S`: `#[ask]` is for servers, which ask the user; leave it out",
        ],
    );
}

#[test]
fn signatures() {
    check_items(
        "unsafe fn f<'a, T>(a: u8);",
        &[
            "method `f`: is not `async`, but a call has to wait for the server; write `async fn`",
            "method `f`: is `unsafe`, but no server can keep its contract; leave it out",
            "method `f`: is generic over `T`, but tools are not generic; write a type instead",
            "method `f`: takes no `self`; write `&self` first",
        ],
    );
    check_items(
        "const async extern \"C\" fn f(&self, ...);",
        &[
            "method `f`: is `const`, but a server is not called at compile time; leave it out",
            "method `f`: has a foreign calling convention, which the call of a tool does not have; \
             leave it out",
            "method `f`: takes any number of arguments; take a `Vec` instead",
        ],
    );
    let more = "method `f`: takes more than `&self`, though clients are shared; write `&self`";
    check_items("async fn f(&mut self);", &[more]);
    check_items("async fn f(self);", &[more]);
    check_items(
        "async fn check(&self);",
        &["method `check`: has the name of a method of every generated client; rename it and \
             write \
           `#[tool(name = \"check\")]` above it"],
    );
}

#[test]
fn results() {
    check_items(
        "async fn f(&self) -> impl Copy; async fn g(&self) -> &str; \
         async fn h(&self) -> Option<(u8, &str)>; async fn i<'a>(&'a self) -> Name<'a>; \
         async fn j(&self) -> Cow<'static, str>;",
        &[
            "method `f`: returns an `impl Trait`, which cannot be deserialized; write the type",
            "method `g`: returns a reference, but there is nothing to borrow a result from; return \
             an owned type, such as `String`",
            "method `h`: returns a type that borrows, but there is nothing to borrow a result \
             from; return an owned type, such as `String`",
            "method `i`: returns a type that borrows, but there is nothing to borrow a result \
             from; return an owned type, such as `String`",
        ],
    );
    check_items(
        "fn f(&self) -> impl Future<Output = u8>; fn g(&self) -> BoxFuture<'_, u8>;",
        &[
            "method `f`: returns a future; make it an `async fn` that returns what the future does",
            "method `g`: returns a future; make it an `async fn` that returns what the future does",
        ],
    );
}

#[test]
fn attributes_of_methods() {
    check_items(
        "#[tool(name = \"\", title = \"a\")] #[tool] async fn f(&self); #[prompt] async fn \
         g(&self); #[arg] async fn h(&self); #[tool] async fn i(&self) {} #[ask] async fn j(#[arg] \
         &self);",
        &[
            "method `f`: unknown key `title`; the keys are `name`",
            "method `f`: has two `#[tool]`; write one with all the keys",
            "method `f`: its tool has an empty name; write the name that the server lists",
            "method `g`: is a prompt, and methods call tools; use `client()` for a prompt",
            "method `h`: `#[arg]` is on the method; put it before a parameter",
            "method `i`: has a body, so it calls no tool; drop the body, or leave out the \
             attribute",
            "method `j`: `#[ask]` is for servers, which ask the user; leave it out",
            "method `j`: `#[arg]` is on `self`; put it before a parameter",
        ],
    );
}

#[test]
fn parameters() {
    check_items(
        "async fn f(&self, #[cfg(a)] a: u8, b: impl Copy, _: u8, #[arg(rename = \"a\")] c: u8);",
        &[
            "method `f`: a parameter cannot depend on `cfg`; put it on the whole function instead",
            "method `f`: takes an `impl Trait`, but tools are not generic; write a type",
            "method `f`: has a parameter without a name, but the server needs the name; name it",
            "method `f`: two parameters are named `a`; rename one of them",
        ],
    );
    check_items(
        "async fn f(&self, #[arg(min = 1, rename = \"\")] #[arg] a: u8, #[ask(\"b\")] b: u8);",
        &[
            "method `f`: a parameter has two `#[arg]`; write one with all the keys",
            "method `f`: unknown key `min`; the keys are `rename`",
            "method `f`: `a` is renamed to nothing; write a name",
            "method `f`: `#[ask]` is for servers, which ask the user; leave it out",
        ],
    );
}
