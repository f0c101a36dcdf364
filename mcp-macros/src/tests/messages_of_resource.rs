use crate::expand;
use crate::syntax::kind::Kind;

/// Messages of `#[resource]` on `fn f`, without the subject ``resource `f`: ``.
fn check(keys: &str, item: &str, expected: &[&str]) {
    let keys_given = keys.parse().expect("keys");
    let (_, errors) =
        expand::component_or_fallback(Kind::Resource, keys_given, item.parse().expect("an item"));
    let messages: Vec<String> = errors
        .messages()
        .iter()
        .map(|message| message.strip_prefix("resource `f`: ").unwrap_or(message).to_owned())
        .collect();
    assert_eq!(messages, expected, "#[resource({keys})] {item}");
}

/// The same for more keys of a described resource of one URI.
fn check_key(key: &str, expected: &[&str]) {
    check(&format!("\"a://b\", {key}"), F, expected);
}

/// The same for the parameters of a described template.
fn check_template(uri: &str, parameters: &str, expected: &[&str]) {
    check(&format!("{uri:?}"), &format!("/// Reads.\nfn f({parameters}) {{}}"), expected);
}

const F: &str = "/// Reads.\nfn f() {}";

#[test]
fn nothing_is_wrong() {
    check("\"a://b\"", F, &[]);
    check("\"a://b\",", F, &[]);
    check_key("name = \"B c\", title = TITLE, mime_type = \"text/plain; charset=utf-8\"", &[]);
    check_key("mime_type = MIME, size = 12, icons(\"https://a\"), meta = json!({})", &[]);
    check_key("ttl = \"5m\", scope = \"private\", blocking, crate = crate::mcp", &[]);
    check_key("annotations(audience(\"user\", \"assistant\"), priority = 0.5)", &[]);
    check_key("annotations(audience = \"user\", last_modified = \"2026-01-12T15:00:58Z\")", &[]);
    check_template(
        "a://{id}/{+path}{?q,limit}",
        "path: &str, id: u64, cx: &Context, q: Q, \
                    #[arg(rename = \"limit\", complete = limits)] most: Option<u8>",
        &[],
    );
    check("\"a://{id}\", list = ids", "/// Reads.\nfn f(id: u64) {}", &[]);
}

#[test]
fn uris() {
    check("", F, &["has no URI; write it first, such as `#[resource(\"notes://today\")]`"]);
    check(
        "title = \"a\"",
        F,
        &["has no URI; write it first, such as `#[resource(\"notes://today\")]`"],
    );
    check(
        "uri = \"a://b\"",
        F,
        &["`uri` is not a key; write the URI first, as in `#[resource(\"notes://today\")]`"],
    );
    check(
        "\"notes/today\"",
        F,
        &["\"notes/today\" has no scheme; write one before it, as in \"notes://today\""],
    );
    check("\"a://b\" \"c\"", F, &["expected a key; write `key`, `key = value` or `key(…)`"]);
}

#[test]
fn templates() {
    check_template(
        "a://{id",
        "id: u64",
        &["\"a://{id\" is not a URI template: `{` is not closed; write `}` after the variable"],
    );
    check_template(
        "a://{id}/{id}",
        "id: u64",
        &["\"a://{id}/{id}\" is not a URI template: the variable `id` occurs twice; rename one \
             of \
           the two"],
    );
    check_template(
        "a b://{id}",
        "id: u64",
        &["\"a b://{id}\" is not a URI template: ' ' cannot stand in a URI; write `%20` for it"],
    );
    check_template(
        "{+uri}",
        "uri: &str",
        &["\"{+uri}\" has no scheme; write one before it, as in \"notes://today\""],
    );
}

#[test]
fn variables_and_parameters() {
    check_template(
        "a://{id}",
        "name: String",
        &["the variable `id` has no parameter; add one of that name, or write \
         `#[arg(rename = \"id\")]` before the one that takes it"],
    );
    check_template(
        "a://{user_id}{?q}",
        "userid: u64",
        &[
            "the variable `user_id` has no parameter; rename `userid`, or write \
         `#[arg(rename = \"user_id\")]` before it",
            "the variable `q` has no parameter; add one of that name, or write \
         `#[arg(rename = \"q\")]` before the one that takes it",
        ],
    );
    check_template(
        "a://{id}",
        "id: u64, /** Which */ name: Name",
        &["`name` is not a variable of the URI, which has `id`; write one of them"],
    );
    check_template(
        "a://b",
        "#[arg(complete = names)] name: Name",
        &["`name` is not a variable of the URI, which has none; write `{name}` into the URI or \
         remove the parameter"],
    );
}

#[test]
fn keys() {
    let all = "`name`, `title`, `description`, `mime_type`, `size`, `icons`, `annotations`, \
               `meta`, `scopes`, `timeout`, `ttl`, `scope`, `list`, `blocking`, `crate`";
    check_key(
        "mimetype = \"a/b\"",
        &[&format!("unknown key `mimetype`; did you mean `mime_type`? (the keys are {all})")],
    );
    check_key("colour", &[&format!("unknown key `colour`; the keys are {all}")]);
    check_key("name = \" \"", &["its name is empty; write one, such as \"f\""]);
    check_key(
        "mime_type = \"json\"",
        &["\"json\" is not a media type; write one such as \"text/plain\""],
    );
    check_key(
        "list = ids",
        &["is one resource, which is listed as it is; remove `list`, which is for templates"],
    );
    check(
        "\"a://{id}\", size = 1",
        "/// Reads.\nfn f(id: u8) {}",
        &["is a template, and its resources have no common `size`; remove it"],
    );
    check(
        "\"a://b\"",
        "fn f() {}",
        &["has no description; write a doc comment above it, or `description = \"…\"`"],
    );
}

#[test]
fn caching() {
    check_key(
        "ttl = \"5 min\"",
        &["`ttl`: \"5 min\" is not a duration; write a whole number and `ms`, `s`, `m`, `h` or \
           `d`, as in \"5m\""],
    );
    check_key("ttl = 5", &["`ttl` takes a string literal"]);
    check_key(
        "scope = \"Privat\"",
        &["`scope`: \"Privat\" is not a scope; did you mean \"private\"?"],
    );
    check_key(
        "scope = \"mine\"",
        &["`scope`: \"mine\" is not a scope; write \"public\" or \"private\""],
    );
}

#[test]
fn annotations() {
    check_key(
        "annotations",
        &["`annotations` needs a list; write `annotations(audience(\"user\"), priority = 0.5)`"],
    );
    check_key(
        "annotations(prioity = 1)",
        &["unknown key `prioity`; did you mean `priority`? \
         (the keys are `audience`, `priority`, `last_modified`)"],
    );
    check_key(
        "annotations(audience(\"users\", \"model\", Role::User))",
        &[
            "`audience`: \"users\" is not an audience; did you mean \"user\"?",
            "`audience`: \"model\" is not an audience; write \"user\" or \"assistant\"",
            "`audience` takes \"user\" and \"assistant\"; write one of them",
        ],
    );
    let from_0_to_1 = "`priority` is from 0 to 1; write such a number, as in `0.5`";
    check_key("annotations(priority = 1.5)", &[from_0_to_1]);
    check_key("annotations(priority = -1)", &[from_0_to_1]);
    check_key(
        "annotations(priority = \"high\")",
        &["`priority` takes a number; write one from 0 to 1, as in `0.5`"],
    );
    check_key(
        "annotations(last_modified = \"2026-02-30T00:00:00Z\")",
        &["`last_modified` is not an RFC 3339 timestamp; write one such as \
             \"2026-01-12T15:00:58Z\""],
    );
}

#[test]
fn dot_segments() {
    let message = |uri: &str| {
        format!(
            "the path of {uri:?} has a segment `.` or `..`, and no URI with one is read; write the \
             path without it"
        )
    };
    for uri in ["docs://a/../b", "docs://a/.", "docs:./a", "docs://a/%2E%2e/b?c"] {
        check(&format!("{uri:?}"), F, &[&message(uri)]);
    }
    for uri in ["docs://../b", "docs://a/...", "docs://a/b?../c", "docs://a/.b/c.."] {
        check(&format!("{uri:?}"), F, &[]);
    }
    check_template("docs://a/../{b}", "b: u8", &[&message("docs://a/../{b}")]);
    check_template("docs://{b}..{/c}", "b: u8, c: u8", &[]);
}

#[test]
fn defaults_of_variables() {
    check_template(
        "a://{id}{?page,tags*}{&size}",
        "id: u64, #[arg(default = 1)] page: u64, #[arg(default)] tags: Vec<u8>, \
         #[arg(default = SIZE)] size: u64",
        &[],
    );
    check_template(
        "a://{id}/{+path}",
        "#[arg(default = 1)] id: u64, #[arg(default = \"b\")] path: &str",
        &[
            "`id` has a default, but a URI always has it; remove the default, or write the variable \
             as `{?id}`",
            "`path` has a default, but a URI always has it; remove the default, or write the \
             variable as `{?path}`",
        ],
    );
}
