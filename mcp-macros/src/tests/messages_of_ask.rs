use crate::expand;
use crate::syntax::kind::Kind;

/// Messages of `#[ask(…)]` before the parameter of an `async fn f`, without the subject.
fn check(parameters: &str, expected: &[&str]) {
    check_item(&format!("async fn f({parameters}) {{}}"), expected);
}

fn check_item(item: &str, expected: &[&str]) {
    for kind in [Kind::Tool, Kind::Prompt] {
        let item = format!("/// Does it.\n{item}").parse().expect("an item");
        let (_, errors) = expand::component_or_fallback(kind, Default::default(), item);
        let subject = format!("{} `f`: ", kind.word());
        let messages: Vec<String> = errors
            .messages()
            .iter()
            .map(|message| message.strip_prefix(&subject).unwrap_or(message).to_owned())
            .collect();
        assert_eq!(messages, expected);
    }
}

#[test]
fn nothing_is_wrong() {
    check("#[ask(\"Go on?\")] a: A", &[]);
    check("b: u8, #[ask(\"{b}?\",)] mut a: Elicited<A>, cx: &Context", &[]);
    check("#[ask(\"a\", key = \"a\", volatile = false)] a: A, #[ask(\"b\", volatile)] b: B", &[]);
    check_item("async fn f<'a>(b: &'a str, #[ask(\"a\")] a: A<'a>) {}", &[]);
}

#[test]
fn messages() {
    let missing = "`#[ask]` has no message; write what the user is asked, as in \
                   `#[ask(\"Go on?\")]`";
    check("#[ask] a: A", &[missing]);
    check("#[ask()] a: A", &[missing]);
    check("#[ask(\" \")] a: A", &[missing]);
    check("#[ask(key = \"a\")] a: A", &[missing]);
}

#[test]
fn keys() {
    check(
        "#[ask(\"a\", keys = \"b\")] a: A",
        &["unknown key `keys`; did you mean `key`? (the keys are `key`, `volatile`)"],
    );
    check("#[ask(\"a\", key = 5)] a: A", &["`key` takes a string literal"]);
    check("#[ask(\"a\", volatile = 5)] a: A", &["`volatile` takes `true` or `false`"]);
}

#[test]
fn places() {
    check_item(
        "fn f(#[ask(\"a\")] a: A) {}",
        &["asks the user, but only an `async fn` can wait for the answer; write `async fn`"],
    );
    check_item(
        "#[ask(\"a\")] async fn f() {}",
        &["`#[ask]` is on the function; put it before a parameter"],
    );
    check(
        "#[ask(\"a\")] #[ask(\"b\")] a: A",
        &["a parameter has two `#[ask]`; write one with the whole message"],
    );
    check(
        "#[ask(\"a\")] #[arg] a: A",
        &["a parameter is an argument and asked for; keep `#[arg]` or `#[ask]`"],
    );
    check(
        "#[ask(\"a\")] _: A, #[ask(\"b\")] #[cfg(test)] b: B",
        &["a parameter cannot depend on `cfg`; put it on the whole function instead"],
    );
}
