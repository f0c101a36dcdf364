impl<T: Send + Sync + 'static> Inventory<T> {
    /// Reserve stock for an order.
    async fn reserve(
        &self,
        cx: &Context,
        sku: Sku,
        count: u32,
    ) -> Result<Reservation, StockError> {
        self.take(sku, count).await
    }
    /// The version of the stock.
    #[cfg(feature = "version")]
    fn version() -> &'static str {
        "1"
    }
    /// What is in stock.
    async fn item(&self, sku: Sku) -> Option<Item> {
        self.find(sku).await
    }
    /// Ask for an order.
    fn order(&self, sku: Sku) -> String {
        format!("Order {sku}")
    }
    fn helper(&mut self) {}
}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl<T: Send + Sync + 'static> __mcp::ServerMethods for Inventory<T> {
        fn register(self: ::std::sync::Arc<Self>, components: &mut __mcp::Registration) {
            let this = self;
            {
                let this = ::std::sync::Arc::clone(&this);
                use __mcp::{FallibleReturn as _, PlainReturn as _};
                components
                    .tool(
                        __mcp::ToolBuilder::new("reserve", "Reserve stock for an order.")
                            .parameter(__mcp::parameter::<&Context, _>("cx"))
                            .parameter(__mcp::parameter::<Sku, _>("sku"))
                            .parameter(
                                __mcp::parameter::<u32, _>("count")
                                    .rules(|rules| {
                                        let rules = rules.default(|| 1);
                                        let rules = rules.min(1);
                                        let rules = rules.max(Self::MOST);
                                        rules
                                    }),
                            )
                            .returns(
                                __mcp::Returned::<Result<Reservation, StockError>>::new()
                                    .returns(),
                            )
                            .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                                let this = ::std::sync::Arc::clone(&this);
                                ::std::boxed::Box::pin(async move {
                                    let mut slots = [const { __mcp::Slot::Missing }; 3];
                                    let (__cx, __sku, __count) = {
                                        let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                        let __cx = inputs
                                            .take(0, __mcp::parameter::<&Context, _>("cx"));
                                        let __sku = inputs
                                            .take(1, __mcp::parameter::<Sku, _>("sku"));
                                        let __count = inputs
                                            .take(
                                                2,
                                                __mcp::parameter::<u32, _>("count")
                                                    .rules(|rules| {
                                                        let rules = rules.default(|| 1);
                                                        let rules = rules.min(1);
                                                        let rules = rules.max(Self::MOST);
                                                        rules
                                                    }),
                                            );
                                        match (__cx, __sku, __count) {
                                            (
                                                ::core::option::Option::Some(__cx),
                                                ::core::option::Option::Some(__sku),
                                                ::core::option::Option::Some(__count),
                                            ) if inputs.fit() => (__cx, __sku, __count),
                                            _ => return inputs.refusal(),
                                        }
                                    };
                                    let result = Self::reserve(&this, __cx, __sku, __count)
                                        .await;
                                    let reply = __mcp::Returned::<
                                        Result<Reservation, StockError>,
                                    >::new()
                                        .returns()
                                        .reply(&call, result);
                                    reply
                                })
                            }),
                    );
            }
            #[cfg(feature = "version")]
            {
                use __mcp::{FallibleReturn as _, PlainReturn as _};
                components
                    .tool(
                        __mcp::ToolBuilder::new("version", "The version of the stock.")
                            .returns(__mcp::Returned::<&'static str>::new().returns())
                            .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                                ::std::boxed::Box::pin(async move {
                                    let mut slots = [const { __mcp::Slot::Missing }; 0];
                                    {
                                        let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                        if !inputs.fit() {
                                            return inputs.refusal();
                                        }
                                    }
                                    let result = Self::version();
                                    let reply = __mcp::Returned::<&'static str>::new()
                                        .returns()
                                        .reply(&call, result);
                                    reply
                                })
                            }),
                    );
            }
            {
                let this = ::std::sync::Arc::clone(&this);
                #[allow(unused_imports)]
                use __mcp::string_traits::*;
                components
                    .resource(
                        __mcp::ResourceBuilder::new("stock://{sku}", "item")
                            .description("What is in stock.")
                            .list(Self::skus)
                            .parameter(
                                (&&&&&__mcp::ParameterType::<Sku>::new("sku")).parameter(),
                            )
                            .contents(
                                (&&&__mcp::Returned::<Option<Item>>::new()).contents(),
                            )
                            .handler(move |call: __mcp::StringCall| -> __mcp::ReadFuture {
                                let this = ::std::sync::Arc::clone(&this);
                                ::std::boxed::Box::pin(async move {
                                    let (__sku,) = {
                                        let inputs = __mcp::StringArguments::read(&call);
                                        let __sku = inputs
                                            .take(
                                                0,
                                                (&&&&&__mcp::ParameterType::<Sku>::new("sku")).parameter(),
                                            );
                                        match (__sku,) {
                                            (::core::option::Option::Some(__sku),) if inputs.fit() => {
                                                (__sku,)
                                            }
                                            _ => return inputs.refusal(),
                                        }
                                    };
                                    let result = Self::item(&this, __sku).await;
                                    let reply = (&&&__mcp::Returned::<Option<Item>>::new())
                                        .contents()
                                        .reply(&call, result);
                                    reply
                                })
                            }),
                    );
            }
            {
                let this = ::std::sync::Arc::clone(&this);
                #[allow(unused_imports)]
                use __mcp::string_traits::*;
                components
                    .prompt(
                        __mcp::PromptBuilder::new("order", "Ask for an order.")
                            .parameter(
                                (&&&&&__mcp::ParameterType::<Sku>::new("sku"))
                                    .parameter()
                                    .complete(Self::skus),
                            )
                            .messages((&__mcp::Returned::<String>::new()).messages())
                            .handler(move |
                                call: __mcp::StringCall,
                            | -> __mcp::PromptFuture {
                                let this = ::std::sync::Arc::clone(&this);
                                ::std::boxed::Box::pin(async move {
                                    let (__sku,) = {
                                        let inputs = __mcp::StringArguments::read(&call);
                                        let __sku = inputs
                                            .take(
                                                0,
                                                (&&&&&__mcp::ParameterType::<Sku>::new("sku")).parameter(),
                                            );
                                        match (__sku,) {
                                            (::core::option::Option::Some(__sku),) if inputs.fit() => {
                                                (__sku,)
                                            }
                                            _ => return inputs.refusal(),
                                        }
                                    };
                                    let result = Self::order(&this, __sku);
                                    let reply = (&__mcp::Returned::<String>::new())
                                        .messages()
                                        .reply(&call, result);
                                    reply
                                })
                            }),
                    );
            }
        }
    }
    impl<T: Send + Sync + 'static> Inventory<T> {
        /// A server with the components of this type.
        pub fn into_server(self) -> __mcp::Server {
            __mcp::Server::new("stock", ::core::env!("CARGO_PKG_VERSION"))
                .instructions("Be kind.")
                .instance(self)
        }
    }
};
