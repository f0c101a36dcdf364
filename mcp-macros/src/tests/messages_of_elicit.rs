use crate::expand;

/// Messages of `#[derive(Elicit)]` on `struct F` or `enum F`, without the subject.
fn check(item: &str, expected: &[&str]) {
    let (_, errors) = expand::elicit_or_fallback(item.parse().expect("an item"));
    let without = |message: &String| {
        let rest = message.strip_prefix("form `F`: ").or(message.strip_prefix("enum `F`: "));
        rest.unwrap_or(message).to_owned()
    };
    let messages: Vec<String> = errors.messages().iter().map(without).collect();
    assert_eq!(messages, expected, "{item}");
}

/// The same for one field.
fn check_field(field: &str, expected: &[&str]) {
    check(&format!("struct F {{ {field} }}"), expected);
}

#[test]
fn nothing_is_wrong() {
    check("struct F;", &[]);
    check("struct F {}", &[]);
    check("#[elicit(rename_all = \"kebab-case\", crate = a::b)] pub struct F { a: u8 }", &[]);
    check_field("#[elicit(title = TITLE, description = HINT, rename = \"b\")] a: u8", &[]);
    check_field(
        "#[doc = include_str!(\"a.md\")] #[elicit(min = 1, max = LIMIT, default)] a: u8",
        &[],
    );
    check_field("#[elicit(min_len = 1, max_len = 5, format = \"date-time\")] r#type: String", &[]);
    check_field("#[elicit(default = vec![A::B], min_items = 1, max_items = 2)] a: Vec<A>", &[]);
    check("#[elicit(enum_names)] enum F { #[elicit(title = \"a\")] A, B {}, C() }", &[]);
}

#[test]
fn types_that_are_no_forms() {
    check("struct F(u8);", &["is a tuple struct, whose fields have no names; name them"]);
    check("union F { a: u8 }", &["is a `union`; make it a struct with named fields"]);
    let generic = |name: &str| {
        format!("is generic over `{name}`, so it has no single schema; write a type instead")
    };
    check(
        "struct F<'a, T, const N: usize> { a: &'a [T; N] }",
        &[
            "borrows, but the values of a form are owned; write `String` and the like",
            &generic("T"),
            &generic("N"),
        ],
    );
    check("fn f() {}", &["`#[derive(Elicit)]`: expected one of: `struct`, `enum`, `union`"]);
}

#[test]
fn keys() {
    let of_field = "`title`, `description`, `rename`, `default`, `min`, `max`, `min_len`, \
                    `max_len`, `format`, `min_items`, `max_items`";
    check_field(
        "#[elicit(maximum = 1)] a: u8",
        &[&format!("unknown key `maximum`; did you mean `max`? (the keys are {of_field})")],
    );
    check_field(
        "#[elicit(examples(1))] a: u8",
        &[&format!("unknown key `examples`; the keys are {of_field}")],
    );
    check_field(
        "#[elicit(pattern = \"a\")] a: String",
        &["`a`: unknown key `pattern`, because forms of the specification have no patterns; \
             write a `format`, or check the answer yourself"],
    );
    check_field("#[elicit(min)] a: u8", &["`min` needs a value; write `min = …`"]);
    check_field("#[elicit(rename = 5)] a: u8", &["`rename` takes a string literal"]);
    check_field("#[elicit(rename = \"\")] a: u8", &["`a` is renamed to nothing; write a name"]);
    check_field(
        "#[elicit(min = 1)] #[elicit(max = 2)] a: u8",
        &["has two `#[elicit]` in one place; write one with all the keys"],
    );
    check(
        "#[elicit(rename = \"a\")] struct F;",
        &["unknown key `rename`; did you mean `rename_all`? (the keys are `rename_all`, `crate`)"],
    );
    let styles = "\"lowercase\", \"UPPERCASE\", \"PascalCase\", \"camelCase\", \"snake_case\", \
                  \"SCREAMING_SNAKE_CASE\", \"kebab-case\", \"SCREAMING-KEBAB-CASE\"";
    check(
        "#[elicit(rename_all = \"kebab\", crate = 5)] struct F;",
        &[
            &format!(
                "\"kebab\" is not a naming style; write \"kebab-case\" (the styles are {styles})"
            ),
            "`crate` takes a path",
        ],
    );
}

#[test]
fn limits() {
    let outside =
        |bound: &str| format!("`a`: this value breaks its own `{bound}`; change one of them");
    check_field("#[elicit(default = 0, min = 1)] a: u8", &[&outside("min")]);
    check_field("#[elicit(default = 2.5, max = 2)] a: f64", &[&outside("max")]);
    check_field("#[elicit(default = \"ab\", min_len = 3)] a: String", &[&outside("min_len")]);
    check_field("#[elicit(min = 2, max = 1)] a: u8", &["`a`: `min` is more than `max`; swap them"]);
    check_field(
        "#[elicit(min_len = 2, max_len = 1)] a: String",
        &["`a`: `min_len` is more than `max_len`; swap them"],
    );
    check_field(
        "#[elicit(min_items = 2, max_items = 1)] a: Vec<A>",
        &["`a`: `min_items` is more than `max_items`; swap them"],
    );
    check_field(
        "#[elicit(default = \"5\")] a: u8",
        &["`a`: this value is a string, but the type is `integer`; write a value of that type"],
    );
    let dropped = "`a`: is an `Option` with a default; drop the `Option`";
    check_field("#[elicit(default = Some(5))] a: Option<u8>", &[dropped]);
    check_field("#[elicit(default)] a: Option<u8>", &[dropped]);
}

#[test]
fn formats() {
    let all = "\"email\", \"uri\", \"date\", \"date-time\"";
    check_field(
        "#[elicit(format = \"url\")] a: String",
        &[&format!("`a`: unknown format \"url\"; did you mean \"uri\"? (the formats are {all})")],
    );
    check_field(
        "#[elicit(format = \"phone\")] a: String",
        &[&format!("`a`: unknown format \"phone\"; the formats are {all}")],
    );
}

#[test]
fn names() {
    check(
        "#[elicit(rename_all = \"camelCase\")] struct F { a_b: u8, #[elicit(rename = \"aB\")] c: \
         u8 }",
        &["two fields are named `aB`; rename one of them"],
    );
    check(
        "#[elicit(rename_all = \"lowercase\")] enum F { A, #[elicit(rename = \"a\")] B }",
        &["two variants are named `a`; rename one of them"],
    );
}

#[test]
fn enums() {
    check("enum F {}", &["has no variants, so the user cannot select one; write one"]);
    check(
        "enum F { A, B(u8), C { d: u8 } }",
        &[
            "`B` has fields, and a user selects only a variant; drop them, or make them fields of \
             the form",
            "`C` has fields, and a user selects only a variant; drop them, or make them fields of \
             the form",
        ],
    );
    check(
        "#[elicit(enum_names)] enum F { A }",
        &["`enum_names` is another way to send titles, and no variant has one; write \
           `#[elicit(title = \"…\")]` on a variant"],
    );
    check(
        "enum F { #[elicit(description = \"a\")] A }",
        &["unknown key `description`; the keys are `title`, `rename`"],
    );
}
