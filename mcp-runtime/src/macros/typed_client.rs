//! Documentation of `#[client]`, on its re-export.

/// Generates a client from a trait. Its methods call the tools of a server.
///
/// For the trait `Stocks` it generates the type `StocksClient`, which implements the trait over any
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
/// // A server to call.
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
/// // A fake for tests.
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
/// A method calls the tool of the same name. It is an `async fn` that takes `&self` and the
/// arguments of the tool by name. `#[tool(name = "…")]` on the method and `#[arg(rename = "…")]` on
/// a parameter set other names. Arguments that serialize as `null`, such as `None`, are omitted. A
/// method with a body is a provided method and calls no tool.
///
/// Every call can fail, so a method with `-> T` returns `Result<T, Error>`, with
/// [`client::Error`](crate::client::Error). A method with `-> Result<T, E>` keeps it, for any `E:
/// From<client::Error>`. The attribute runs before names are resolved, so it finds a `Result` by
/// the last segment of its path. The future of a method is `Send`.
///
/// Arguments implement `serde::Serialize`, results `serde::Deserialize`. A result is deserialized
/// as in [`Client::call_as`](crate::client::Client::call_as): from structured content, or else from
/// text. A method without a result accepts any result. For options of a single call, such as a
/// timeout, use `client().call(…)`.
///
/// # The generated type
///
/// `new` wraps a client, and `client` returns it. The type is `Clone`, as clients are.
///
/// `check` compares the trait with the tools that the server lists. It returns
/// [`Error::SchemaMismatch`](crate::client::Error::SchemaMismatch) with every
/// [`Difference`](crate::client::Difference): missing tools; arguments that are missing, unknown,
/// or required by the tool but optional in the trait; different JSON types; members of the output
/// that the tool does not promise. Types without `schemars::JsonSchema` are not compared.
///
/// # Keys
///
/// | key | meaning |
/// |---|---|
/// | `crate = path` | path of this crate, if it is not `::mcp_runtime` |
pub use mcp_macros::client;
