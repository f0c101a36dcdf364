//! `#[client]`, documented where users find it.

/// Makes a client of a trait, whose methods call the tools of a server.
///
/// Beside the trait `Stocks` there is a type `StocksClient`, which implements it over any
/// [`Client`](crate::client::Client):
///
/// ```
/// use mcp_runtime::client::{Client, Error};
/// use mcp_runtime::{Server, client, tool};
///
/// #[client]
/// trait Stocks {
///     /// The price of a share.
///     async fn get_stock_price(&self, symbol: String) -> f64;
/// }
///
/// async fn is_cheap(stocks: &impl Stocks) -> Result<bool, Error> {
///     Ok(stocks.get_stock_price("ACME".into()).await? < 10.0)
/// }
///
/// // A server to ask.
/// /// The price of a share.
/// #[tool]
/// fn get_stock_price(symbol: String) -> f64 {
///     if symbol == "ACME" { 7.5 } else { 700.0 }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let (near, far) = tokio::io::duplex(4096);
/// # let (input, output) = tokio::io::split(far);
/// # let server = Server::new("stocks", "1.0").with::<get_stock_price>();
/// # tokio::spawn(server.serve_over(input, output));
/// # let (reader, writer) = tokio::io::split(near);
/// let stocks = StocksClient::new(Client::over(reader, writer).connect().await?);
/// stocks.check().await?;
/// assert!(is_cheap(&stocks).await?);
///
/// // A test needs no server.
/// struct Fake;
///
/// impl Stocks for Fake {
///     async fn get_stock_price(&self, _: String) -> Result<f64, Error> {
///         Ok(99.0)
///     }
/// }
/// assert!(!is_cheap(&Fake).await?);
/// # Ok(())
/// # }
/// ```
///
/// # Methods
///
/// A method calls the tool of its name. It is an `async fn` that takes `&self` and the arguments of
/// the tool by their names. `#[tool(name = "…")]` above it and `#[arg(rename = "…")]` before a
/// parameter say other names. What is written as `null`, as `None` is, is left out. A method with a
/// body is one of the trait's own.
///
/// Every call can fail, so a method that is written `-> T` returns `Result<T, Error>`, with
/// [`client::Error`](crate::client::Error). A method that is written as a `Result` keeps it; its error
/// is any that has `From<client::Error>`. The attribute sees the trait before names in it are
/// resolved, so it knows a `Result` by its last word. The future of a method is `Send`.
///
/// Arguments implement `serde::Serialize`, and results `serde::Deserialize`. A result is read as
/// [`Client::call_as`](crate::client::Client::call_as) reads it: from structured content, or from
/// text where there is none; a method without a result takes whatever comes. Options for a single
/// call, such as its time-out, are those of `client().call(…)`.
///
/// # The generated type
///
/// `new` makes it of a client, and `client` gives that back. It can be cloned, as clients can.
///
/// `check` compares the trait with the tools that the server lists, and returns
/// [`Error::Differs`](crate::client::Error::Differs) with every
/// [`Difference`](crate::client::Difference): tools that are missing, arguments that are missing,
/// unknown, or required by the tool and an `Option` in the trait, JSON types that disagree, members of
/// an output that the tool does not promise. Types without `schemars::JsonSchema` are not compared.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `crate = path` | where this crate is, if it is not `::mcp_runtime` |
pub use mcp_macros::client;
