//! The attributes, documented where users find them.

#[cfg(feature = "client")]
mod typed_client;

/// Makes a tool of a function.
///
/// The function stays as it is. Beside it there is a type of the same name, which
/// [`Server::with`](crate::server::builder::Server::with) takes:
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
/// The doc comment is the description that models read. It can be given as `description` instead;
/// a tool without either does not compile.
///
/// # Parameters
///
/// The type of a parameter decides what it is. [`Context`](crate::context::handle::Context),
/// [`State<T>`](crate::context::state::State), [`Principal`](crate::context::principal::Principal), references to them, and types with
/// [`Inject`](crate::component::inject::Inject) are injected. Every other type is an argument: it implements
/// `serde::Deserialize` and `schemars::JsonSchema`, and may borrow from the request as `&str` and
/// `Cow<'_, str>` do. The doc comment of an argument is its description. An `Option` may be left
/// out.
///
/// `#[arg(…)]` before an argument takes these keys. What they say is advertised in the schema and
/// enforced on every call.
///
/// | key | meaning |
/// |---|---|
/// | `default = EXPR` | the value of an absent argument; `default` alone is the default of its type |
/// | `min = …`, `max = …` | bounds of a number |
/// | `min_len = …`, `max_len = …` | bounds of the length of a text, list, set or map |
/// | `pattern = "…"` | a regular expression that a text has to match somewhere |
/// | `examples(…, …)` | values that models may imitate; advertised only |
/// | `header = "…"` | the header in which clients repeat the argument over HTTP: integers, texts and booleans |
/// | `rename = "…"` | its name in JSON |
/// | `description = "…"` | its description, in place of a doc comment |
///
/// Bounds, defaults and examples that are literals or constants are compared with one another when
/// the program is compiled.
///
/// # Parameters that the user is asked for
///
/// A parameter with `#[ask("…")]` is filled in by the user, once all arguments are read and before
/// the body runs. It is no argument, so a model can neither see it nor answer for the user:
///
/// ```
/// use mcp_runtime::{Elicit, Elicited, tool};
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
/// Its type is a form, which [`#[derive(Elicit)]`](macro@crate::ask::form::Elicit) makes of a struct: then the
/// call ends if the user declines or gives no answer, and the model is told so. Or it is
/// [`Elicited`](crate::ask::elicitation::Elicited) of a form: then the function is told what the user did.
///
/// The message is a format string. It may name the other parameters, and of those that are asked for
/// the earlier ones: they are asked for one after the other. Behind the message there may be
/// `key = "…"`, the name of the question on the wire for clients that care, and `volatile`, which
/// takes a question for the same although its message changes while the user thinks, because it
/// tells the time, say. Only an `async fn` can wait for a user. What
/// [`Context::elicit`](crate::context::handle::Context::elicit) says of clients and their answers holds here too.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | its name for clients, in place of the function's: 1 to 64 of `A-Za-z0-9_-` |
/// | `wide_name` | allows 128 characters and dots in the name, for which some hosts refuse a server |
/// | `title = "…"` | its name for people |
/// | `description = "…"` | its description, in place of the doc comment |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `meta = EXPR` | a JSON object to send as `_meta` |
/// | `read_only`, `destructive`, `idempotent`, `open_world` | hints about its behaviour, each alone or `= false` |
/// | `open` | ignores arguments that it does not declare |
/// | `blocking` | runs a function that is not `async` on a thread that may block |
/// | `cancel = "cooperative"` | a cancelled call runs on; without it, its future is dropped |
/// | `input_schema = EXPR` | a schema to send as it is written, in place of that of the parameters |
/// | `contract = "…"` | a JSON Schema file, found from the directory of `Cargo.toml`; parameters that stop matching it do not compile |
/// | `crate = path` | where this crate is, if it is not `::mcp_runtime` |
///
/// A contract is compared by what the types are called, so only types of the standard library can
/// drift from it visibly.
///
/// # Results
///
/// Every type that implements `serde::Serialize` and `schemars::JsonSchema`, text, content, and
/// `Result`s of these with any error; see [`ToolResult`](crate::component::tool::outcome::structured::ToolResult) and
/// [`ToolFailure`](crate::component::tool::failure::ToolFailure).
pub use mcp_macros::tool;

/// Makes a resource of a function: something that clients read by its URI.
///
/// The function stays as it is. Beside it there is a type of the same name, which
/// [`Server::with`](crate::server::builder::Server::with) takes:
///
/// ```
/// use mcp_runtime::{Context, Json, ResourceError, Server, State, resource};
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
/// The doc comment is the description that models read. It can be given as `description` instead;
/// a resource without either does not compile.
///
/// # Templates
///
/// Variables of RFC 6570 in the URI, such as `{id}`, `{+path}` and `{?q,limit}`, make a template:
/// one function for all URIs that match it. A `{variable}` takes one segment and never a `/`, nor
/// `.` or `..`; `{+path}` takes slashes too. A variable with a `*`, such as `{?tags*}` or `{/path*}`,
/// has any number of values. Of several templates that match a URI, the most specific one reads it.
///
/// The variables are exactly the parameters that are not injected. A variable without a parameter
/// of its name does not compile, and neither does a parameter that is not injected and that no
/// variable names.
///
/// # Parameters
///
/// The type of a parameter decides what it is. [`Context`](crate::context::handle::Context),
/// [`State<T>`](crate::context::state::State), [`Principal`](crate::context::principal::Principal), references to them, and types with
/// [`Inject`](crate::component::inject::Inject) are injected. Every other type is read from the text of its variable:
/// through `serde::Deserialize`, as numbers, `bool`, `String`, `&str`, unit enums and newtypes are,
/// or else through `std::str::FromStr`. An `Option` is for a variable that may be absent, and a `Vec`
/// of such a type for one with a `*`.
///
/// `#[arg(…)]` before a parameter takes these keys.
///
/// | key | meaning |
/// |---|---|
/// | `complete = path` | the function that completes what a user has typed so far |
/// | `rename = "…"` | the name of its variable, in place of the parameter's |
/// | `description = "…"` | its description, in place of a doc comment |
///
/// A completer is a function, `async` or not, from the text so far and, if it likes, the
/// [`Context`](crate::context::handle::Context) or the other values ([`Completing`](crate::component::completion::completer::Completing)) to anything
/// that is a list of texts, or a `Result` of it. What does not start with the text is left out.
/// Enums and `bool` complete by themselves.
///
/// A parameter with `#[ask("…")]` is filled in by the user, as
/// [for tools](macro@tool#parameters-that-the-user-is-asked-for). If the user declines, the request
/// ends with an error.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | its name for programs, in place of the function's |
/// | `title = "…"` | its name for people |
/// | `description = "…"` | its description, in place of the doc comment |
/// | `mime_type = "…"` | its media type |
/// | `size = EXPR` | its size in bytes; not for templates |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `annotations(audience("user", "assistant"), priority = 0.5, last_modified = "2026-01-12T15:00:58Z")` | whom it is for, and how much it matters from 0 to 1 |
/// | `meta = EXPR` | a JSON object to send as `_meta` |
/// | `ttl = "5m"` | how long clients may keep what they have read: a whole number and `ms`, `s`, `m`, `h` or `d` |
/// | `scope = "public"` or `"private"` | whether others may be given what one client has read |
/// | `list = path` | the function that lists what a template stands for; only for templates |
/// | `blocking` | runs a function that is not `async` on a thread that may block |
/// | `crate = path` | where this crate is, if it is not `::mcp_runtime` |
///
/// A lister is a function, `async` or not, of nothing or of a [`Context`](crate::context::handle::Context) that
/// returns a `Vec<ResourceLink>` or a `Result` of it.
///
/// # Results
///
/// Text, bytes, every type that implements `serde::Serialize` (sent as JSON), contents made by hand,
/// an `Option` of these, for which `None` is not found, and `Result`s of these.
pub use mcp_macros::resource;

/// Makes a prompt of a function: messages that a user picks by name to start from.
///
/// The function stays as it is. Beside it there is a type of the same name, which
/// [`Server::with`](crate::server::builder::Server::with) takes:
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
/// The doc comment is the description that users read. It can be given as `description` instead; a
/// prompt without either does not compile.
///
/// # Parameters
///
/// They are those of [`resource`](macro@resource), but for that every parameter that is not
/// injected is an argument, which clients send as text. The doc comment of an argument is its
/// description, and `#[arg(title = "…")]` its name for people. An `Option` may be left out; other
/// arguments are required. Parameters with `#[ask("…")]` are filled in by the user.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | its name for clients, in place of the function's |
/// | `title = "…"` | its name for people |
/// | `description = "…"` | its description, in place of the doc comment |
/// | `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "dark"))` | icons |
/// | `meta = EXPR` | a JSON object to send as `_meta` |
/// | `blocking` | runs a function that is not `async` on a thread that may block |
/// | `crate = path` | where this crate is, if it is not `::mcp_runtime` |
///
/// # Results
///
/// A text or content, which becomes one message of the user; messages with their roles, one or many;
/// and `Result`s of these.
pub use mcp_macros::prompt;

/// Makes a server of an `impl` block or of a module: every function with `#[tool]`, `#[resource]` or
/// `#[prompt]` in it is one of its components.
///
/// On an `impl` block, they are methods that take `&self`, or functions without `self`. The type
/// gains `into_server`:
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
/// On a module, it gains `into_server` and a component for all of its components, named `Components`:
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
/// | `name = …` | the server's name; by default that of the type or module, `in-kebab-case` |
/// | `version = …` | its version; by default that of the package |
/// | `title = …` | its name for people |
/// | `instructions = …` | what a model should know about using it |
/// | `crate = path` | where this crate is, if it is not `::mcp_runtime` |
///
/// The attribute sees the block before names in it are resolved, so it knows `#[tool]`, `#[resource]`
/// and `#[prompt]` by their last word: write `#[tool]` or `#[mcp_runtime::tool]`, and no alias.
pub use mcp_macros::server;
#[cfg(feature = "client")]
pub use typed_client::client;

/// Makes a form of a struct, which a user fills in, or a selection of an enum.
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
/// Neither serde nor schemars is needed. What the attributes say is in the schema that the client is
/// sent, and an answer that does not keep it never reaches the handler.
///
/// # Fields
///
/// | type | is filled in as |
/// |---|---|
/// | `String` | text |
/// | integers | a whole number within the range of the type; `30.0` is one |
/// | `f32`, `f64` | a number |
/// | `bool` | yes or no |
/// | an enum that derives `Elicit` | one of its variants |
/// | `Vec` of such an enum | some of its variants |
/// | `Option` of one of these | the same, and it may be left out |
///
/// Forms are flat, so a field of any other type does not compile. A struct without fields is a form
/// too: a question that the user accepts or declines.
///
/// `#[elicit(…)]` before a field takes these keys.
///
/// | key | meaning |
/// |---|---|
/// | `title = "…"` | its name for people |
/// | `description = "…"` | its description, in place of a doc comment |
/// | `rename = "…"` | its name in JSON |
/// | `default = EXPR` | what it holds before the user changes it, and its value if it is left out; `default` alone is the default of its type |
/// | `min = …`, `max = …` | bounds of a number |
/// | `min_len = …`, `max_len = …` | bounds of the number of characters of a text |
/// | `format = "…"` | what a text is: `email`, `uri`, `date` or `date-time` |
/// | `min_items = …`, `max_items = …` | how many variants may be selected |
///
/// Bounds and defaults that are literals or constants are compared with one another when the
/// program is compiled. Before the struct there may be `rename_all = "…"`, with the styles of serde,
/// and `crate = path`, where this crate is if it is not `::mcp_runtime`.
///
/// # Variants
///
/// The variants of an enum have no fields. Before one, `#[elicit(title = "…", rename = "…")]` says
/// how it is shown and sent. Where one variant has a title, all are sent with titles, the others
/// with their names. Before the enum there may be `rename_all` and `crate`, and `enum_names` to send
/// titles as the deprecated `enumNames`, for clients that know no other way.
///
/// Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).
pub use mcp_macros::Elicit;
