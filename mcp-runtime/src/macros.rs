//! The attributes, documented where users find them.

/// Makes a tool of a function.
///
/// The function stays as it is. Beside it there is a type of the same name, which
/// [`Server::with`](crate::Server::with) takes:
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
/// The type of a parameter decides what it is. [`Context`](crate::Context),
/// [`State<T>`](crate::State), [`Principal`](crate::Principal), references to them, and types with
/// [`Inject`](crate::Inject) are injected. Every other type is an argument: it implements
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
/// `Result`s of these with any error; see [`ToolResult`](crate::ToolResult) and
/// [`ToolFailure`](crate::ToolFailure).
pub use mcp_macros::tool;

/// Makes a server of an `impl` block or of a module: every function with `#[tool]` in it is one of
/// its tools.
///
/// On an `impl` block, tools are methods that take `&self`, or functions without `self`. The type
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
/// }
///
/// let server = Greeter { greeting: "Hello".into() }.into_server();
/// # drop(server);
/// ```
///
/// On a module, it gains `into_server` and a component for all of its tools, named `Components`:
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
/// The attribute sees the block before names in it are resolved, so it knows `#[tool]` by its last
/// word: write `#[tool]` or `#[mcp_runtime::tool]`, and no alias.
pub use mcp_macros::server;
