use crate::expand;
use crate::syntax::kind::Kind;

/// Messages of `#[tool]` on an item that starts with `#[tool…]` or a doc comment, without the
/// subject ``tool `f`: ``.
fn check(keys: &str, item: &str, expected: &[&str]) {
    let (_, errors) = expand::component_or_fallback(
        Kind::Tool,
        keys.parse().expect("keys"),
        item.parse().expect("an item"),
    );
    let messages: Vec<String> = errors
        .messages()
        .iter()
        .map(|message| message.strip_prefix("tool `f`: ").unwrap_or(message).to_owned())
        .collect();
    assert_eq!(messages, expected, "#[tool({keys})] {item}");
}

/// The same for a described `fn f` with one parameter.
fn check_parameter(parameter: &str, expected: &[&str]) {
    check("", &format!("/// Does it.\nfn f({parameter}) {{}}"), expected);
}

const F: &str = "/// Does it.\nfn f() {}";
const TASK: &str = "/// Does it.\nasync fn f() {}";

#[test]
fn nothing_is_wrong() {
    check("", F, &[]);
    check("description = \"Does it.\"", "fn f() {}", &[]);
    check("description = TEXT, title = TITLE", "fn f() {}", &[]);
    check("", "#[doc = include_str!(\"f.md\")] pub(crate) async fn f() {}", &[]);
    check("read_only = false, destructive, idempotent, open_world = false, open", F, &[]);
    check("blocking, meta = json!({}), input_schema = SCHEMA, crate = crate::mcp", F, &[]);
    check("output_schema = Vec<a::Item>, open", F, &[]);
    check("output_schema = (u8, [Item; 2])", F, &[]);
    check("name = \"a.b\", wide_name, cancel = \"cooperative\"", F, &[]);
    check_parameter("a: i64, mut b: Option<&str>, cx: &Context, r#type: u8", &[]);
    check("", "/// D.\nfn f<'a>(a: &'a str) -> Cow<'a, str> { a.into() }", &[]);
}

#[test]
fn descriptions() {
    let missing = "has no description; write a doc comment above it, or `description = \"…\"`";
    check("", "fn f() {}", &[missing]);
    check("", "///  \nfn f() {}", &[missing]);
    check("description = \"\"", F, &[missing]);
}

#[test]
fn names() {
    check("name = \"get weather\"", F, &["its name `get weather` has ' '; use only `A-Za-z0-9_-`"]);
    check("name = \"\"", F, &["its name is empty; give it 1 to 64 of `A-Za-z0-9_-`"]);
    check("name = 5", F, &["`name` takes a string literal"]);
    check(
        "",
        "/// D.\nfn u8() {}",
        &["tool `u8`: `u8` is a primitive type, which the generated type would shadow; rename \
         the function and write `name = \"u8\"`"],
    );
}

#[test]
fn keys() {
    let all = "`name`, `title`, `description`, `icons`, `meta`, `scopes`, `timeout`, `read_only`, `destructive`, \
               `idempotent`, `open_world`, `open`, `wide_name`, `blocking`, `cancel`, \
               `task`, `ttl`, `poll_interval`, `attempts`, `input_schema`, `output_schema`, `contract`, `crate`";
    check(
        "readonly",
        F,
        &[&format!("unknown key `readonly`; did you mean `read_only`? (the keys are {all})")],
    );
    check("colour = 1", F, &[&format!("unknown key `colour`; the keys are {all}")]);
    check("title = \"a\", title = \"b\"", F, &["`title` is given twice; keep one"]);
    check("open = 1", F, &["`open` takes `true` or `false`"]);
    check("scopes(\"files:read\", WRITE)", F, &[]);
    check(
        "scopes()",
        F,
        &["`scopes` names no scope; write `scopes(\"files:read\")`, or leave it out"],
    );
    check("scopes = \"a\"", F, &["`scopes` needs a list; write `scopes(…, …)`"]);
    check(
        "scopes(\"a b\")",
        F,
        &[
            "is no scope; write ASCII letters, digits and punctuation without spaces and quotes, as \
           in `scopes(\"files:read\", \"files:write\")`",
        ],
    );
    check("title", F, &["`title` needs a value; write `title = …`"]);
    check("crate = 5", F, &["`crate` takes a path"]);
    check("output_schema", F, &["`output_schema` needs a type; write `output_schema = …`"]);
    check(
        "output_schema = \"Item\", open = 1",
        F,
        &[
            "`output_schema` takes a type, as in `output_schema = Forecast`",
            "`open` takes `true` or `false`",
        ],
    );
    check("read_only, destructive", F, &["is `read_only` and `destructive`; keep one of the two"]);
    check("task, ttl = \"1h\", poll_interval = \"500ms\", attempts = 3", TASK, &[]);
    check("task = \"required\", ttl = \"none\"", TASK, &[]);
    check("task = false", F, &[]);
    check("task = true", TASK, &[]);
    check(
        "task = \"requird\"",
        TASK,
        &["`task`: \"requird\" is unknown; did you mean \"required\"?"],
    );
    check("task = \"x\"", TASK, &["`task`: \"x\" is unknown; write \"optional\" or \"required\""]);
    check("task = 3", TASK, &["`task` takes \"optional\" or \"required\""]);
    check("task, attempts = 0", TASK, &["`attempts` takes at least 1"]);
    check("task, timeout = \"30s\"", TASK, &[]);
    check(
        "task = \"required\", timeout = \"30s\"",
        TASK,
        &["`timeout` is for calls, and this tool runs only as a task; write `ttl` in place of it"],
    );
    let not_a_duration = "`ttl`: \"long\" is not a duration; write a whole number and `ms`, `s`, `m`, `h` \
                          or `d`, as in \"5m\"";
    check("task, ttl = \"long\"", TASK, &[not_a_duration]);
    check("ttl = \"1h\"", TASK, &["`ttl` is for tasks; add `task`, or remove it"]);
    check(
        "task",
        F,
        &["a task is an `async fn`; let it await `tokio::task::spawn_blocking` for what blocks"],
    );
    check(
        "cancel = \"never\"",
        F,
        &["`cancel` takes \"cooperative\"; leave it out to drop the call when it is cancelled"],
    );
    check(
        "blocking",
        "/// D.\nasync fn f() {}",
        &["is `async` and `blocking`; drop `async` to run it on a thread that may block"],
    );
}

#[test]
fn icons() {
    check("icons(\"https://a\", icon(src = \"b\", sizes(\"1x1\"), theme = \"dark\"))", F, &[]);
    check("icons = 5", F, &["`icons` needs a list; write `icons(\"https://…\")`"]);
    check(
        "icons(icon(mime_type = \"image/png\"))",
        F,
        &["the icon has no source; write `icon(src = \"https://…\")`"],
    );
    check(
        "icons(icon(src = \"a\", theme = \"red\"))",
        F,
        &["the theme of an icon is \"light\" or \"dark\"; write one of them"],
    );
    check(
        "icons(picture(src = \"a\"))",
        F,
        &["`picture` is not an icon; write `icon(src = \"…\")`"],
    );
    check(
        "icons(icon(src = \"a\", size(\"1x1\")))",
        F,
        &["unknown key `size`; did you mean `sizes`? \
         (the keys are `src`, `mime_type`, `sizes`, `theme`)"],
    );
}

#[test]
fn items_that_are_not_functions() {
    check("", "struct S;", &["`#[tool]`: is on a `struct`; put it on a function"]);
    check("", "pub mod m { fn f() {} }", &["`#[tool]`: is on a `mod`; put it on a function"]);
    check("", "impl S { fn f() {} }", &["`#[tool]`: is on an `impl`; put it on a function"]);
    check("", "const F: u8 = 5;", &["`#[tool]`: is on a `const`; put it on a function"]);
}

#[test]
fn signatures() {
    let check = |item: &str, message: &str| check("", &format!("/// D.\n{item}"), &[message]);
    check("const fn f() {}", "is a `const fn`; write `fn`");
    check("unsafe fn f() {}", "is an `unsafe fn`, and peers cannot keep its contract; write `fn`");
    check(
        "extern \"C\" fn f() {}",
        "has a foreign calling convention; write `fn` without `extern`",
    );
    check("fn f(a: u8, ...) {}", "takes any number of arguments; take a `Vec` instead");
    check(
        "fn f<T>(a: T) {}",
        "is generic over `T`, so it has no single schema; write a type instead",
    );
    check(
        "fn f<const N: usize>() {}",
        "is generic over `N`, so it has no single schema; write a type instead",
    );
    check(
        "fn f(&self) {}",
        "takes `self` outside a server; put `#[server]` on the `impl` block around it",
    );
    check(
        "fn f() -> impl Future<Output = u8> {}",
        "returns a future; make it an `async fn` that returns what the future does",
    );
    check(
        "fn f() -> Pin<Box<dyn Future<Output = u8> + Send>> {}",
        "returns a future; make it an `async fn` that returns what the future does",
    );
    check(
        "async fn f() -> Result<impl Serialize, E> {}",
        "returns an `impl Trait`, for which there is no schema; write the type",
    );
    check("#[arg(min = 1)] fn f() {}", "`#[arg]` is on the function; put it before a parameter");
}

#[test]
fn parameters() {
    check_parameter(
        "(a, b): (i32, i32)",
        &[
            "destructures an argument, which then has no name; name the parameter and destructure it \
           in the body, or write `#[arg(rename = \"…\")]` before it",
        ],
    );
    let unnamed =
        "has an argument without a name; name it, or write `#[arg(rename = \"…\")]` before it";
    check_parameter("_: u8", &[unnamed]);
    check_parameter("_: Option<Kind>", &[unnamed]);
    check_parameter("#[arg(min = 1)] _: Count", &[unnamed]);
    check_parameter(
        "#[arg(rename = \"\")] _: u8",
        &["a parameter is renamed to nothing; write a name"],
    );
    // The compiler checks that the types of these are injected.
    check_parameter("State(db): State<Db>, _: &Context, Tenant { id, .. }: Tenant", &[]);
    check_parameter("#[arg(rename = \"at\")] Point { x, y }: Point, ref a: u8, b @ _: u8", &[]);
    check_parameter(
        "a: impl Into<String>",
        &["takes an `impl Trait`, for which there is no schema; write a type"],
    );
    check_parameter(
        "#[cfg(unix)] a: u8",
        &["a parameter cannot depend on `cfg`; put it on the whole function instead"],
    );
    check_parameter(
        "#[arg(min = 1)] #[arg(max = 2)] a: u8",
        &["a parameter has two `#[arg]`; write one with all the keys"],
    );
    check_parameter(
        "a: u8, #[arg(rename = \"a\")] b: u8",
        &["two parameters are named `a`; rename one of them"],
    );
    check_parameter("#[arg(rename = \"\")] a: u8", &["`a` is renamed to nothing; write a name"]);
    check_parameter(
        "#[arg(fuzzy)] a: u8",
        &["`a`: `fuzzy` is for prompts and resources; the protocol has no completion for \
             arguments of tools"],
    );
    check_parameter(
        "#[arg(complete = f, fuzzy)] a: u8",
        &["`a`: `complete` is for prompts and resources; the protocol has no completion for \
             arguments of tools"],
    );
    check_parameter(
        "#[arg(mim = 1)] a: u8",
        &["unknown key `mim`; did you mean `min`? (the keys are `default`, `min`, `max`, \
         `min_len`, `max_len`, `pattern`, `examples`, `header`, `secret`, `rename`, \
         `description`, `complete`)"],
    );
}

#[test]
fn ranges() {
    let breaks = |key: &str| format!("`a`: this value breaks its own `{key}`; change one of them");
    check_parameter("#[arg(min = -1, max = 1, default = 0, examples(-1, 1))] a: i8", &[]);
    check_parameter(
        "#[arg(min = 2, max = 1)] a: u8",
        &["`a`: `min` is more than `max`; swap them"],
    );
    check_parameter(
        "#[arg(min_len = 2, max_len = 1)] a: String",
        &["`a`: `min_len` is more than `max_len`; swap them"],
    );
    check_parameter("#[arg(default = 0, min = 1)] a: u8", &[&breaks("min")]);
    check_parameter("#[arg(default = 1.5, max = 1.0)] a: f64", &[&breaks("max")]);
    check_parameter("#[arg(examples(1, 9), max = 8)] a: u8", &[&breaks("max")]);
    check_parameter("#[arg(default = \"\", min_len = 1)] a: &str", &[&breaks("min_len")]);
    check_parameter("#[arg(default = \"äöü\", max_len = 3)] a: &str", &[]);
    check_parameter("#[arg(default = \"äöü\", max_len = 2)] a: &str", &[&breaks("max_len")]);
    check_parameter(
        "#[arg(default = \"x\", pattern = \"^[0-9]+$\")] a: &str",
        &[&breaks("pattern")],
    );
    check_parameter("#[arg(min = MAX, max = 1)] a: u8", &[]);
    check_parameter(
        "#[arg(default = \"one\")] a: u8",
        &["`a`: this value is a string, but the type is `integer`; write a value of that type"],
    );
    let optional = "`a`: is an `Option` with a default; drop the `Option`";
    check_parameter("#[arg(default = \"one\")] a: Option<&str>", &[optional]);
    check_parameter("#[arg(default = -1)] a: Option<i8>", &[optional]);
    check_parameter("#[arg(default = Some(-1), examples(1))] a: Option<i8>", &[]);
    check_parameter("#[arg(default = \"one\")] a: Word", &[]);
}

#[test]
fn patterns_and_headers() {
    check_parameter(
        "#[arg(pattern = \"[\")] a: &str",
        &["`a`: not a regular expression: found unclosed character class; write a valid one"],
    );
    check_parameter(
        "#[arg(header = \"X Y\")] a: &str",
        &["`a`: \"X Y\" is not the name of a header; use letters, digits and `-`"],
    );
    check_parameter(
        "#[arg(header = \"Id\")] a: &str, #[arg(header = \"ID\")] b: u8",
        &["two arguments have the header `ID`; rename one of them"],
    );
}

#[test]
fn several_mistakes_at_once() {
    check(
        "nmae = \"g\", open = 1",
        "fn f(_: u8, #[arg(min = 2, max = 1)] a: u8) {}",
        &[
            "unknown key `nmae`; did you mean `name`? (the keys are `name`, `title`, \
             `description`, `icons`, `meta`, `scopes`, `timeout`, \
         `read_only`, `destructive`, `idempotent`, `open_world`, `open`, `wide_name`, \
         `blocking`, `cancel`, `task`, `ttl`, `poll_interval`, `attempts`, `input_schema`, \
         `output_schema`, `contract`, `crate`)",
            "`open` takes `true` or `false`",
            "has no description; write a doc comment above it, or `description = \"…\"`",
            "has an argument without a name; name it, or write `#[arg(rename = \"…\")]` before it",
            "`a`: `min` is more than `max`; swap them",
        ],
    );
}

#[test]
fn contracts() {
    let check = |parameters: &str, expected: &[&str]| {
        check(
            "contract = \"snapshots/contract.json\"",
            &format!("/// D.\nfn f({parameters}) {{}}"),
            expected,
        );
    };
    check("sku: &str, count: Option<u32>, note: Note, cx: &Context", &[]);
    check("sku: Sku, #[arg(default = 1)] count: u32, note: Option<String>", &[]);
    check(
        "sku: u8, count: Option<f64>, note: Note",
        &[
            "the contract wants `string` for `sku`, this is `integer`; change the type",
            "the contract wants `integer` for `count`, this is `number`; change the type",
        ],
    );
    check(
        "sku: Option<String>, count: u32, note: Note, extra: bool",
        &[
            "the contract requires `sku`; it cannot be optional",
            "the contract does not require `count`; make it an `Option` or give it a default",
            "the contract has no argument `extra`; remove it or rename it",
        ],
    );
    check(
        "#[arg(rename = \"sku\")] item: String, note: Note",
        &["the contract has an argument `count`; add a parameter of that name"],
    );
}

#[test]
fn contracts_that_cannot_be_read() {
    check(
        "contract = \"Cargo.toml\"",
        F,
        &["the contract `Cargo.toml` is not JSON: \"package\" is not a value on line 1; fix it"],
    );
    let (_, errors) = expand::component_or_fallback(
        Kind::Tool,
        "contract = \"no.json\"".parse().expect("keys"),
        F.parse().expect("an item"),
    );
    assert!(errors.messages()[0].starts_with("tool `f`: cannot read the contract `no.json`: "));
}
