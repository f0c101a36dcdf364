use crate::expand;
use crate::syntax::kind::Kind;

/// Messages of `#[prompt]` on `fn f`, without the subject ``prompt `f`: ``.
fn check(keys: &str, item: &str, expected: &[&str]) {
    let keys_given = keys.parse().expect("keys");
    let (_, errors) =
        expand::component_or_fallback(Kind::Prompt, keys_given, item.parse().expect("an item"));
    let messages: Vec<String> = errors
        .messages()
        .iter()
        .map(|message| message.strip_prefix("prompt `f`: ").unwrap_or(message).to_owned())
        .collect();
    assert_eq!(messages, expected, "#[prompt({keys})] {item}");
}

/// The same for a described `fn f` with one parameter.
fn check_parameter(parameter: &str, expected: &[&str]) {
    check("", &format!("/// Asks.\nfn f({parameter}) {{}}"), expected);
}

const F: &str = "/// Asks.\nfn f() {}";

#[test]
fn nothing_is_wrong() {
    check("", F, &[]);
    check("name = \"code.review\", title = TITLE, icons(\"https://a\"), blocking", F, &[]);
    check("description = \"Asks.\", meta = json!({}), crate = crate::mcp", "fn f() {}", &[]);
    check_parameter("/** A */ a: u8, #[arg(rename = \"type\")] r#type: Kind, cx: &Context", &[]);
    check_parameter("#[arg(complete = words, description = HINT)] a: Option<&str>", &[]);
}

#[test]
fn names_and_descriptions() {
    check(
        "",
        "fn f() {}",
        &["has no description; write a doc comment above it, or `description = \"…\"`"],
    );
    check("name = \"\"", F, &["its name is empty; give it 1 to 128 characters"]);
    check("name = \"a b\"", F, &["its name `a b` has ' ', where a command ends; write `_` or `-`"]);
}

#[test]
fn keys() {
    let all =
        "`name`, `title`, `description`, `icons`, `meta`, `scopes`, `timeout`, `blocking`, `crate`";
    check("read_only", F, &[&format!("unknown key `read_only`; the keys are {all}")]);
    check(
        "titel = \"a\"",
        F,
        &[&format!("unknown key `titel`; did you mean `title`? (the keys are {all})")],
    );
    check(
        "blocking",
        "/// Asks.\nasync fn f() {}",
        &["is `async` and `blocking`; drop `async` to run it on a thread that may block"],
    );
}

#[test]
fn keys_of_arguments() {
    check_parameter(
        "#[arg(min = 1, default = 2)] a: u8",
        &["`a`: `min` is for arguments of tools; take a type that keeps it, or check in the body"],
    );
    check_parameter(
        "#[arg(default = \"a\")] a: u8, #[arg(default = 1)] b: Option<u8>",
        &[
            "`a`: this value is a string, but the type is `integer`; write a value of that type",
            "`b`: is an `Option` with a default; drop the `Option`",
        ],
    );
    check_parameter("#[arg(complete = f, fuzzy)] a: u8, #[arg(default)] b: u8", &[]);
    check_parameter(
        "#[arg(fuzzy)] a: u8",
        &["`fuzzy` is about a completer; write `complete = …` beside it"],
    );
    check_parameter("#[arg(complete = f, fuzzy = 1)] a: u8", &["`fuzzy` takes `true` or `false`"]);
    check_parameter(
        "#[arg(complet = f)] a: u8",
        &["unknown key `complet`; did you mean `complete`? \
           (the keys are `complete`, `fuzzy`, `default`, `description`, `rename`, `title`)"],
    );
    check_parameter(
        "#[arg(complete = \"f\")] a: u8",
        &["`complete` takes a path; write `complete = f`, without quotes"],
    );
    check_parameter("#[arg(complete)] a: u8", &["`complete` needs a value; write `complete = …`"]);
    check_parameter("#[arg(rename = \"\")] a: u8", &["`a` is renamed to nothing; write a name"]);
    check_parameter(
        "a: u8, #[arg(rename = \"a\")] b: u8",
        &["two parameters are named `a`; rename one of them"],
    );
}

#[test]
fn signatures() {
    check("", "struct S;", &["`#[prompt]`: is on a `struct`; put it on a function"]);
    check(
        "",
        "/// Asks.\nfn f<T>(a: T, b: impl Copy) -> impl Iterator<Item = u8> {}",
        &[
            "is generic over `T`, which no client can choose; write a type instead",
            "returns an `impl Trait`, which hides what to send; write the type",
            "takes an `impl Trait`, which cannot be parsed from a string; write a type",
        ],
    );
    check(
        "",
        "/// Asks.\n#[prompt] #[resource(\"a://b\")] fn f() {}",
        &[
            "has two `#[prompt]`; write one with all the keys",
            "is a prompt and a resource; keep one of the two",
        ],
    );
}
