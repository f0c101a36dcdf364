//! Clients made of traits, against a server of our own in both eras.

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::schemars::JsonSchema;
use mcp_runtime::serde::{Deserialize, Serialize};
use mcp_runtime::{client, server};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Order {
    id: u32,
    note: Option<String>,
}

struct Exchange;

#[server(name = "exchange", version = "1.0")]
impl Exchange {
    /// The price of a share.
    #[tool]
    async fn get_stock_price(&self, symbol: String, currency: Option<String>) -> String {
        format!("{symbol} costs 7 {}", currency.unwrap_or_else(|| "EUR".into()))
    }

    /// How many shares there are.
    #[tool]
    async fn count(&self) -> u64 {
        1_000
    }

    /// Buy shares.
    #[tool(name = "place-order")]
    async fn place_order(
        &self,
        symbol: String,
        #[arg(rename = "n", min = 1)] count: u32,
    ) -> Result<Order, String> {
        match symbol.as_str() {
            "ACME" => Ok(Order { id: count, note: None }),
            other => Err(format!("{other} is not traded here")),
        }
    }

    /// Orders of today.
    #[tool]
    async fn orders(&self) -> Vec<Order> {
        vec![Order { id: 1, note: Some("first".into()) }]
    }

    /// The last word.
    #[tool]
    async fn motto(&self) -> Option<String> {
        None
    }

    /// Sell everything.
    #[tool]
    async fn sell_all(&self) -> String {
        "sold".into()
    }

    /// End the day.
    #[tool]
    async fn close_day(&self) {}
}

/// An error type of the user.
#[derive(Debug)]
enum OrderError {
    Refused(String),
    Other(Error),
}

impl From<Error> for OrderError {
    fn from(error: Error) -> Self {
        match error {
            Error::Tool { text, .. } => Self::Refused(text),
            other => Self::Other(other),
        }
    }
}

/// The tools of an exchange.
#[client]
trait Stocks {
    /// The price of a share.
    async fn get_stock_price(&self, symbol: String, currency: Option<&str>) -> String;

    async fn count(&self) -> u64;

    /// Buys shares.
    #[tool(name = "place-order")]
    async fn buy<'a>(
        &'a self,
        /** Which */
        symbol: &'a str,
        #[arg(rename = "n")] number: u32,
    ) -> Result<Order, OrderError>;

    async fn orders(&self) -> Vec<Order>;

    async fn motto(&self) -> Option<String>;

    async fn sell_all(&self);

    async fn close_day(&self) -> ();

    #[cfg(any())]
    async fn never(&self) -> Missing;

    async fn price_of_acme(&self) -> Result<String, Error> {
        self.get_stock_price("ACME".into(), None).await
    }
}

/// A client of the exchange.
async fn stocks(era: Era) -> StocksClient {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    tokio::spawn(async move { Exchange.into_server().serve_over(input, output).await });
    let (reader, writer) = tokio::io::split(near);
    StocksClient::new(Client::over(reader, writer).era(era).connect().await.unwrap())
}

async fn in_both_eras<F: Future<Output = ()>>(check: impl Fn(StocksClient) -> F) {
    for era in [Era::Modern, Era::Legacy] {
        check(stocks(era).await).await;
    }
}

#[tokio::test]
async fn methods_call_the_tools_of_their_names() {
    in_both_eras(async |stocks| {
        let price = |currency| stocks.get_stock_price("ACME".into(), currency);
        assert_eq!(price(None).await.unwrap(), "ACME costs 7 EUR");
        assert_eq!(price(Some("USD")).await.unwrap(), "ACME costs 7 USD");
        assert_eq!(stocks.price_of_acme().await.unwrap(), "ACME costs 7 EUR");
        assert_eq!(stocks.count().await.unwrap(), 1_000);
        assert_eq!(stocks.buy("ACME", 3).await.unwrap(), Order { id: 3, note: None });
        let orders = stocks.orders().await.unwrap();
        assert_eq!(orders, [Order { id: 1, note: Some("first".into()) }]);
        assert_eq!(stocks.motto().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn methods_without_a_result_take_every_result() {
    in_both_eras(async |stocks| {
        stocks.sell_all().await.unwrap();
        stocks.close_day().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn failures_become_the_error_of_the_method() {
    in_both_eras(async |stocks| {
        match stocks.buy("XYZ", 1).await.unwrap_err() {
            OrderError::Refused(text) => assert_eq!(text, "XYZ is not traded here"),
            OrderError::Other(error) => panic!("{error}"),
        }
        stocks.client().close().await;
        let error = stocks.count().await.unwrap_err();
        assert!(error.is_closed(), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_as_the_trait_says_has_no_difference() {
    in_both_eras(async |stocks| stocks.check().await.unwrap()).await;
}

/// Code that takes the trait, on a runtime that moves it between threads.
async fn cheapest(stocks: impl Stocks + Send + Sync + 'static) -> String {
    let asked = tokio::spawn(async move { stocks.get_stock_price("ACME".into(), None).await });
    asked.await.unwrap().unwrap()
}

struct Fake;

impl Stocks for Fake {
    async fn get_stock_price(&self, symbol: String, _: Option<&str>) -> Result<String, Error> {
        Ok(format!("{symbol} is free"))
    }

    async fn count(&self) -> Result<u64, Error> {
        Ok(0)
    }

    async fn buy<'a>(&'a self, symbol: &'a str, _: u32) -> Result<Order, OrderError> {
        Err(OrderError::Refused(symbol.into()))
    }

    async fn orders(&self) -> Result<Vec<Order>, Error> {
        Ok(Vec::new())
    }

    async fn motto(&self) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn sell_all(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn close_day(&self) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test]
async fn the_trait_stays_one_that_others_implement() {
    assert_eq!(cheapest(Fake).await, "ACME is free");
    assert_eq!(cheapest(stocks(Era::Auto).await).await, "ACME costs 7 EUR");
}
