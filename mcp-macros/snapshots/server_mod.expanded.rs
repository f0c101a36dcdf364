pub mod unit_converter {
    use super::*;
    /// Miles to kilometres.
    #[tool]
    pub fn kilometres(miles: f64) -> f64 {
        miles * FACTOR
    }
    /// Celsius to Fahrenheit.
    #[cfg(feature = "temperature")]
    #[tool(read_only)]
    fn fahrenheit(celsius: f64) -> f64 {
        celsius * 1.8 + 32.0
    }
    /// All units.
    #[resource("units://all")]
    fn all() -> &'static str {
        "miles, celsius"
    }
    /// Ask for a conversion.
    #[prompt]
    fn convert(amount: f64) -> String {
        format!("Convert {amount}.")
    }
    const FACTOR: f64 = 1.609;
    /// The components of this module; pass it to `Server::with`.
    pub struct Components {}
    const _: () = {
        use ::mcp_runtime::__private as __mcp;
        impl __mcp::Component for Components {
            fn register(components: &mut __mcp::Registration) {
                <kilometres as __mcp::Component>::register(components);
                #[cfg(feature = "temperature")]
                <fahrenheit as __mcp::Component>::register(components);
                <all as __mcp::Component>::register(components);
                <convert as __mcp::Component>::register(components);
            }
        }
    };
    /// A server with the components of this module.
    pub fn into_server() -> ::mcp_runtime::__private::Server {
        use ::mcp_runtime::__private as __mcp;
        __mcp::Server::new("unit-converter", ::core::env!("CARGO_PKG_VERSION"))
            .with::<Components>()
    }
}
