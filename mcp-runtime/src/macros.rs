//! Documentation of the macros, on their re-exports.

#[cfg(feature = "client")]
mod typed_client;

/// Turns a function into a tool.
///
/// The function itself is unchanged. A type of the same name is generated, which is passed to
/// [`Server::with`](crate::Server::with):
///
/// ```
/// use mcp_runtime::{Context, Server, State, tool};
///
/// /// Add two integers.
/// #[tool(read_only)]
/// async fn add(
///     /// First addend
///     a: i64,
///     /// Second addend
///     #[arg(default = 1, min = 0, max = 100)]
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// struct Names(Vec<String>);
///
/// /// Who is called like this?
/// #[tool]
/// async fn find(part: &str, names: &State<Names>, cx: &Context) -> Vec<String> {
///     let _ = cx;
///     names.0.iter().filter(|name| name.contains(part)).cloned().collect()
/// }
///
/// let server = Server::new("demo", "1.0").with::<(add, find)>().state(Names(Vec::new()));
/// # drop(server);
/// ```
///
/// The doc comment is the description, which models read. The key `description` replaces it. A tool
/// without a description does not compile. `#[doc = include_str!("…")]` and `#[doc = concat!(…)]` are
/// doc comments as well.
///
/// # Parameters
///
/// The type of a parameter decides its role. These types are injected: [`Context`](crate::Context),
/// [`State<T>`](crate::State), [`Principal`](crate::Principal), references to them, and types that
/// implement [`Inject`](crate::Inject). Every other type is an argument. It implements
/// `serde::Deserialize` and `schemars::JsonSchema`, and may borrow from the request, as `&str` and
/// `Cow<'_, str>` do. The doc comment of an argument is its description. An `Option` is an optional
/// argument.
///
/// A parameter may be a pattern: `State(db): State<Db>`, which is the same as `db: State<Db>`, or `_:
/// &Context`. An argument needs a name, which `#[arg(rename = "…")]` gives to a pattern.
///
/// `#[arg(…)]` before an argument takes the following keys. They are advertised in the schema and
/// enforced on every call.
///
/// | key | meaning |
/// |---|---|
/// | `default = EXPR` | value of an absent argument; `default` alone is `Default::default()`. Its type is `Serialize` |
/// | `min = …`, `max = …` | bounds of a number |
/// | `min_len = …`, `max_len = …` | bounds of the length of a string, list, set or map |
/// | `pattern = "…"` | regular expression that must match somewhere in a string |
/// | `examples(…, …)` | example values for models; advertised only |
/// | `header = "…"` | HTTP header in which clients repeat the argument; for integers, strings and booleans |
/// | `secret` | the value is `writeOnly` in the schema, and is left out of error messages and of the audit log |
/// | `rename = "…"` | name in JSON |
/// | `description = "…"` | description, replaces the doc comment |
///
/// Bounds, defaults and examples are compared at compile time if they are literals or constants.
///
/// # Asking the user for a parameter
///
/// A parameter with `#[ask("…")]` is filled in by the user (elicitation), after all arguments are
/// read and before the body runs. It is not an argument: a model cannot see it and cannot answer
/// for the user.
///
/// ```
/// use mcp_runtime::{Elicit, tool};
/// use mcp_runtime::elicit::Elicited;
///
/// #[derive(Elicit)]
/// struct Confirm {
///     /// Whether to delete it
///     yes: bool,
/// }
///
/// /// Delete a file.
/// #[tool(destructive)]
/// async fn delete(path: String, #[ask("Really delete {path}?")] confirm: Confirm) -> String {
///     format!("{path} is {}", if confirm.yes { "deleted" } else { "kept" })
/// }
///
/// /// Delete a file, or put it away.
/// #[tool]
/// async fn tidy(path: String, #[ask("Delete {path}?")] answer: Elicited<Confirm>) -> String {
///     match answer {
///         Elicited::Accepted(Confirm { yes: true }) => format!("{path} is deleted"),
///         _ => format!("{path} is put away"),
///     }
/// }
/// ```
///
/// Its type is a form, see [`#[derive(Elicit)]`](macro@crate::Elicit). If the user declines or
/// cancels, the call ends and the model receives an error result. To handle these cases in the
/// function, use [`Elicited`](crate::elicit::Elicited) of a form.
///
/// The message is a format string. It may use the other parameters and earlier `#[ask]` parameters:
/// the questions are asked in order. Two keys may follow the message. `key = "…"` is the key of the
/// question on the wire. `volatile` accepts an answer even if the message has changed since the
/// question was sent, for example because it contains the time. Only an `async fn` can wait for a
/// user. The requirements of [`Context::elicit`](crate::Context::elicit) apply.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | name on the wire, replaces the name of the function: 1 to 64 of `A-Za-z0-9_-` |
/// | `wide_name` | allows 128 characters and dots in the name, which some hosts reject |
/// | `title = "…"` | display name |
/// | `description = "…"` | description, replaces the doc comment |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `meta = EXPR` | JSON object sent as `_meta` |
/// | `scopes("…", "…")` | scopes that the caller has to have, all of them; others do not find it in lists |
/// | `read_only`, `destructive`, `idempotent`, `open_world` | hints about the behaviour, each alone or with `= false` |
/// | `open` | ignores undeclared arguments instead of rejecting them |
/// | `timeout = "30s"` | time limit of a call, in place of [`Server::handler_timeout`](crate::Server::handler_timeout): `ms`, `s`, `m`, `h`, `d`, or `"none"` |
/// | `blocking` | runs a function that is not `async` on a blocking thread |
/// | `cancel = "cooperative"` | a cancelled call keeps running and can check `cx.cancelled()`; by default its future is dropped |
/// | `input_schema = EXPR` | schema to send unchanged, replaces the schema of the parameters |
/// | `output_schema = Type` | type of the structured content of a result without a schema, such as `CallToolResult` |
/// | `contract = "…"` | path of a JSON Schema file, relative to `Cargo.toml`; parameters that do not match it do not compile |
/// | `crate = path` | path of this crate, if it is not `::mcp_runtime` |
///
/// A contract is compared with the names of types, so only types of the standard library are
/// checked.
///
/// # Results
///
/// Any type that implements `serde::Serialize` and `schemars::JsonSchema`, text, content, and a
/// `Result` of these with any error. See [`ToolResult`](crate::tool::ToolResult) and
/// [`ToolFailure`](crate::tool::ToolFailure).
pub use mcp_macros::tool;

/// Turns a function into a resource, which clients read by its URI.
///
/// The function itself is unchanged. A type of the same name is generated, which is passed to
/// [`Server::with`](crate::Server::with):
///
/// ```
/// use mcp_runtime::{Context, Server, State, resource};
/// use mcp_runtime::resource::{Json, ResourceError};
/// use serde::Serialize;
///
/// #[derive(Clone, Serialize)]
/// struct Profile {
///     name: String,
/// }
///
/// struct Users(Vec<Profile>);
///
/// /// What this server is for.
/// #[resource("docs://about", mime_type = "text/markdown", ttl = "1d")]
/// fn about() -> &'static str {
///     "# Users"
/// }
///
/// /// The profile of a user.
/// #[resource("users://{id}/profile")]
/// async fn profile(
///     /// The number of the user
///     id: usize,
///     users: &State<Users>,
/// ) -> Result<Json<Profile>, ResourceError> {
///     users.0.get(id).cloned().map(Json).ok_or_else(ResourceError::not_found)
/// }
///
/// let server = Server::new("demo", "1.0").with::<(about, profile)>().state(Users(Vec::new()));
/// # drop(server);
/// ```
///
/// The doc comment is the description, which models read. The key `description` replaces it. A
/// resource without a description does not compile.
///
/// # Templates
///
/// Variables in the URI (RFC 6570), such as `{id}`, `{+path}` and `{?q,limit}`, make it a template:
/// one function for all matching URIs. A `{variable}` matches one segment without `/`, and never
/// `.` or `..`. `{+path}` matches slashes too. A variable with a `*`, such as `{?tags*}` or
/// `{/path*}`, has any number of values. If several templates match a URI, the most specific one
/// reads it.
///
/// The variables are exactly the parameters that are not injected. A variable without a parameter
/// of its name does not compile. Neither does a parameter that is neither injected nor a variable.
///
/// # Parameters
///
/// The type of a parameter decides its role. These types are injected: [`Context`](crate::Context),
/// [`State<T>`](crate::State), [`Principal`](crate::Principal), references to them, and types that
/// implement [`Inject`](crate::Inject). Every other type is parsed from the string of its variable:
/// with `serde::Deserialize` (numbers, `bool`, `String`, `&str`, unit enums and newtypes), or else
/// with `std::str::FromStr`. An `Option` is for a variable that may be absent, a `Vec` of such a
/// type for a variable with a `*`.
///
/// `#[arg(…)]` before a parameter takes the following keys.
///
/// | key | meaning |
/// |---|---|
/// | `complete = path` | completer: the function that completes the user's input |
/// | `fuzzy` | the completer filters for itself: its suggestions are sent as they are |
/// | `default = EXPR` | value of a variable that the URI lacks, such as `{?page}`; `default` alone is `Default::default()` |
/// | `rename = "…"` | name of the variable, replaces the name of the parameter |
/// | `description = "…"` | description, replaces the doc comment |
///
/// A completer is a function, `async` or not. It takes the input so far and optionally the
/// [`Context`](crate::Context) or the other values ([`Completing`](crate::completion::Completing)). It returns
/// a list of strings, or a `Result` of one. Suggestions that do not start with the input are
/// removed. Enums and `bool` need no completer.
///
/// A parameter with `#[ask("…")]` is filled in by the user, as [for
/// tools](macro@tool#asking-the-user-for-a-parameter). If the user declines, the request ends with
/// an error.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | name on the wire, replaces the name of the function |
/// | `title = "…"` | display name |
/// | `description = "…"` | description, replaces the doc comment |
/// | `mime_type = "…"` | media type |
/// | `size = EXPR` | size in bytes; not for templates |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `annotations(audience("user", "assistant"), priority = 0.5, last_modified = "2026-01-12T15:00:58Z")` | intended audience, importance from 0 to 1, and time of the last change |
/// | `meta = EXPR` | JSON object sent as `_meta` |
/// | `scopes("…", "…")` | scopes that the caller has to have, all of them; others do not find it in lists |
/// | `ttl = "5m"` | cache duration: a whole number and `ms`, `s`, `m`, `h` or `d` |
/// | `scope = "public"` or `"private"` | cache scope: if caches may share the result between users |
/// | `list = path` | lister: the function that lists the resources of a template |
/// | `timeout = "30s"` | time limit of the handler, in place of [`Server::handler_timeout`](crate::Server::handler_timeout): `ms`, `s`, `m`, `h`, `d`, or `"none"` |
/// | `blocking` | runs a function that is not `async` on a blocking thread |
/// | `crate = path` | path of this crate, if it is not `::mcp_runtime` |
///
/// A lister is a function, `async` or not. It takes nothing or a [`Context`](crate::Context), and
/// returns a `Vec<ResourceLink>` or a `Result` of one.
///
/// # Results
///
/// Text, bytes, any type that implements `serde::Serialize` (sent as JSON), explicit contents, an
/// `Option` of these (`None` is "not found"), and a `Result` of these.
pub use mcp_macros::resource;

/// Turns a function into a prompt: messages that a user selects by name.
///
/// The function itself is unchanged. A type of the same name is generated, which is passed to
/// [`Server::with`](crate::Server::with):
///
/// ```
/// use mcp_runtime::{Server, prompt};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// #[serde(rename_all = "lowercase")]
/// enum Depth {
///     Quick,
///     Thorough,
/// }
///
/// /// Ask for a review of some code.
/// #[prompt(title = "Review")]
/// async fn review(
///     /// The code to review
///     code: String,
///     /// Language, guessed when absent
///     #[arg(complete = languages)]
///     language: Option<String>,
///     depth: Option<Depth>,
/// ) -> String {
///     let thoroughly = matches!(depth, Some(Depth::Thorough));
///     let language = language.unwrap_or_default();
///     format!("Review this {language} code{}:\n{code}", if thoroughly { " line by line" } else { "" })
/// }
///
/// fn languages(_partial: &str) -> Vec<&'static str> {
///     vec!["python", "rust", "typescript"]
/// }
///
/// let server = Server::new("demo", "1.0").with::<review>();
/// # drop(server);
/// ```
///
/// The doc comment is the description, which users read. The key `description` replaces it. A
/// prompt without a description does not compile.
///
/// # Parameters
///
/// As for [`resource`](macro@resource), except that every parameter that is not injected is an
/// argument, which clients send as a string. The doc comment of an argument is its description, and
/// `#[arg(title = "…")]` its display name. An `Option` is an optional argument, and so is one with
/// `#[arg(default = EXPR)]`, whose default also replaces an empty string; all others are required.
/// Parameters with `#[ask("…")]` are filled in by the user.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | name on the wire, replaces the name of the function |
/// | `title = "…"` | display name |
/// | `description = "…"` | description, replaces the doc comment |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `meta = EXPR` | JSON object sent as `_meta` |
/// | `scopes("…", "…")` | scopes that the caller has to have, all of them; others do not find it in lists |
/// | `timeout = "30s"` | time limit of the handler, in place of [`Server::handler_timeout`](crate::Server::handler_timeout): `ms`, `s`, `m`, `h`, `d`, or `"none"` |
/// | `blocking` | runs a function that is not `async` on a blocking thread |
/// | `crate = path` | path of this crate, if it is not `::mcp_runtime` |
///
/// # Results
///
/// A string or content, which becomes one message of the user; one or more messages with roles; and
/// a `Result` of these.
pub use mcp_macros::prompt;

/// Turns an `impl` block or a module into a server. Each function with `#[tool]`, `#[resource]` or
/// `#[prompt]` in it is a component.
///
/// In an `impl` block, components are methods that take `&self`, or functions without `self`. The
/// type gains the method `into_server`:
///
/// ```
/// use mcp_runtime::server;
///
/// struct Greeter {
///     greeting: String,
/// }
///
/// #[server(title = "Greeter")]
/// impl Greeter {
///     /// Greet someone.
///     #[tool(read_only)]
///     async fn greet(&self, name: &str) -> String {
///         format!("{} {name}", self.greeting)
///     }
///
///     /// How people are greeted.
///     #[resource("greeting://now")]
///     fn greeting(&self) -> &str {
///         &self.greeting
///     }
/// }
///
/// let server = Greeter { greeting: "Hello".into() }.into_server();
/// # drop(server);
/// ```
///
/// A module gains the function `into_server`, and the component `Components`, which stands for all
/// components of the module:
///
/// ```
/// use mcp_runtime::{Server, server};
///
/// #[server]
/// mod units {
///     use mcp_runtime::tool;
///
///     /// Miles to kilometres.
///     #[tool(read_only)]
///     pub fn kilometres(miles: f64) -> f64 {
///         miles * 1.609344
///     }
/// }
///
/// let alone = units::into_server();
/// let among_others = Server::new("tools", "1.0").with::<units::Components>();
/// # drop((alone, among_others));
/// ```
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = …` | name of the server; by default that of the type or module, `in-kebab-case` |
/// | `version = …` | version of the server; by default that of the package |
/// | `title = …` | display name |
/// | `instructions = …` | instructions for models that use the server |
/// | `crate = path` | path of this crate, if it is not `::mcp_runtime` |
///
/// The attribute runs before names are resolved, so it finds `#[tool]`, `#[resource]` and
/// `#[prompt]` by the last segment of their path. Write `#[tool]` or `#[mcp_runtime::tool]`, but no
/// alias.
pub use mcp_macros::server;
#[cfg(feature = "client")]
pub use typed_client::client;

/// Turns a struct into a form for elicitation, or an enum into a selection.
///
/// A form is a struct with named fields. The doc comment of a field is its description:
///
/// ```
/// use mcp_runtime::Elicit;
///
/// /// A table in a restaurant.
/// #[derive(Elicit)]
/// struct Table {
///     /// Who is coming
///     #[elicit(min_len = 1, max_len = 60)]
///     name: String,
///     #[elicit(title = "E-mail", format = "email")]
///     email: Option<String>,
///     #[elicit(default = 2, min = 1, max = 12)]
///     guests: u8,
///     #[elicit(title = "Where do you like to sit?")]
///     place: Place,
///     #[elicit(max_items = 2)]
///     extras: Vec<Extra>,
/// }
///
/// #[derive(Elicit)]
/// #[elicit(rename_all = "snake_case")]
/// enum Place {
///     Inside,
///     #[elicit(title = "In the garden")]
///     Garden,
/// }
///
/// #[derive(Elicit)]
/// enum Extra {
///     Candles,
///     HighChair,
/// }
/// # use mcp_runtime::Elicit as _;
/// # let table = Table::read(&serde_json::from_str(
/// #     r#"{ "name": "Ada", "place": "garden", "extras": ["Candles"] }"#,
/// # ).unwrap()).unwrap();
/// # assert_eq!(table.guests, 2);
/// # let _ = (table.name, table.email, table.place, table.extras);
/// ```
///
/// Neither serde nor schemars is needed. The attributes are part of the schema that the client
/// receives. An answer that violates them does not reach the handler.
///
/// # Fields
///
/// | type | input |
/// |---|---|
/// | `String` | a string |
/// | integers | an integer in the range of the type; `30.0` is accepted |
/// | `f32`, `f64` | a number |
/// | `bool` | a boolean |
/// | an enum that derives `Elicit` | a selection of one variant |
/// | `Vec` of such an enum | a selection of several variants |
/// | `Option` of one of these | an optional field |
///
/// Forms are flat, so a field of any other type does not compile. A struct without fields is also a
/// form: the user accepts or declines.
///
/// `#[elicit(…)]` before a field takes the following keys.
///
/// | key | meaning |
/// |---|---|
/// | `title = "…"` | display name |
/// | `description = "…"` | description, replaces the doc comment |
/// | `rename = "…"` | name in JSON |
/// | `default = EXPR` | initial value, also used if the field is omitted; `default` alone is `Default::default()` |
/// | `min = …`, `max = …` | bounds of a number |
/// | `min_len = …`, `max_len = …` | bounds of the number of characters of a string |
/// | `format = "…"` | format of a string: `email`, `uri`, `date` or `date-time` |
/// | `min_items = …`, `max_items = …` | bounds of the number of selected variants |
///
/// Bounds and defaults are compared at compile time if they are literals or constants.
/// `#[elicit(…)]` before the struct takes `rename_all = "…"`, with the styles of serde, and `crate
/// = path`, the path of this crate if it is not `::mcp_runtime`.
///
/// # Variants
///
/// The variants of an enum have no fields. `#[elicit(title = "…", rename = "…")]` before a variant
/// sets its display name and its name in JSON. The first paragraph of a doc comment is the title
/// of a variant without the key. If one variant has a title, all are sent with titles; the others
/// use their names. `#[elicit(…)]` before the enum takes `rename_all`, `crate`,
/// and `enum_names`, which sends titles as the deprecated `enumNames` for old clients.
///
/// Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).
pub use mcp_macros::Elicit;
