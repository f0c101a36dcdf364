/// Share prices.
pub trait Stocks: Send {
    /// The price of a share.
    fn get_stock_price(
        &self,
        symbol: String,
        currency: Option<&str>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<f64, ::mcp_runtime::client::Error>,
    > + ::core::marker::Send;
    /// Buys shares.
    #[cfg(feature = "orders")]
    fn buy(
        &self,
        count: u32,
    ) -> impl ::core::future::Future<
        Output = Result<Order, OrderError>,
    > + ::core::marker::Send;
    fn reset<'a>(
        &'a self,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<(), ::mcp_runtime::client::Error>,
    > + ::core::marker::Send;
    fn currency(&self) -> &'static str {
        "EUR"
    }
}
///Calls the tools of [`Stocks`] on a server.
#[derive(Clone, Debug)]
pub struct StocksClient {
    client: ::mcp_runtime::__private::client::Client,
}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    #[allow(dead_code)]
    impl StocksClient {
        /// A client that calls tools over `client`.
        pub fn new(client: __mcp::client::Client) -> Self {
            Self { client }
        }
        /// The client that sends the calls.
        pub fn client(&self) -> &__mcp::client::Client {
            &self.client
        }
        /// Compares the trait with the tools that the server lists.
        ///
        /// # Errors
        /// `Error::SchemaMismatch` with every difference, or the error of listing the tools.
        pub async fn check(&self) -> ::core::result::Result<(), __mcp::client::Error> {
            #[allow(unused_imports)]
            use __mcp::client::by_schema::*;
            let mut expected = ::std::vec::Vec::new();
            expected
                .push(
                    __mcp::client::ExpectedTool::new("get_stock_price")
                        .argument(
                            "symbol",
                            (&__mcp::client::SchemaProbe::<String>::new()).schema(),
                        )
                        .argument(
                            "currency",
                            (&__mcp::client::SchemaProbe::<Option<&str>>::new()).schema(),
                        )
                        .returns(
                            (&__mcp::client::SchemaProbe::<
                                ::core::result::Result<f64, ::mcp_runtime::client::Error>,
                            >::new())
                                .output(),
                        ),
                );
            #[cfg(feature = "orders")]
            expected
                .push(
                    __mcp::client::ExpectedTool::new("place-order")
                        .argument(
                            "n",
                            (&__mcp::client::SchemaProbe::<u32>::new()).schema(),
                        )
                        .returns(
                            (&__mcp::client::SchemaProbe::<
                                Result<Order, OrderError>,
                            >::new())
                                .output(),
                        ),
                );
            expected
                .push(
                    __mcp::client::ExpectedTool::new("reset")
                        .returns(
                            (&__mcp::client::SchemaProbe::<
                                ::core::result::Result<(), ::mcp_runtime::client::Error>,
                            >::new())
                                .output(),
                        ),
                );
            __mcp::client::check(&self.client, expected).await
        }
    }
    #[automatically_derived]
    impl Stocks for StocksClient {
        fn get_stock_price(
            &self,
            symbol: String,
            currency: Option<&str>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<f64, ::mcp_runtime::client::Error>,
        > + ::core::marker::Send {
            let call = __mcp::client::call(&self.client, "get_stock_price");
            let call = call.argument::<String>("symbol", &symbol);
            let call = call.argument::<Option<&str>>("currency", &currency);
            call.read::<::core::result::Result<f64, ::mcp_runtime::client::Error>>()
        }
        #[cfg(feature = "orders")]
        fn buy(
            &self,
            count: u32,
        ) -> impl ::core::future::Future<
            Output = Result<Order, OrderError>,
        > + ::core::marker::Send {
            let call = __mcp::client::call(&self.client, "place-order");
            let call = call.argument::<u32>("n", &count);
            call.read::<Result<Order, OrderError>>()
        }
        fn reset<'a>(
            &'a self,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::mcp_runtime::client::Error>,
        > + ::core::marker::Send {
            let call = __mcp::client::call(&self.client, "reset");
            call.read::<::core::result::Result<(), ::mcp_runtime::client::Error>>()
        }
    }
};
