/// Add two integers.
pub async fn add(a: i64, b: u32, cx: &Context) -> Result<i64, MyError> {
    Ok(a + i64::from(b))
}
///The tool `add`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
pub struct add {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for add {
        fn register(components: &mut __mcp::Registration) {
            use __mcp::{FallibleReturn as _, PlainReturn as _};
            components
                .tool(
                    __mcp::ToolBuilder::new("add", "Add two integers.")
                        .title("Add")
                        .read_only(true)
                        .parameter(
                            __mcp::parameter::<i64, _>("a").describe("First addend"),
                        )
                        .parameter(
                            __mcp::parameter::<u32, _>("b")
                                .rules(|rules| {
                                    let rules = rules.default(|| 1);
                                    let rules = rules.min(1);
                                    let rules = rules.max(99);
                                    rules
                                }),
                        )
                        .parameter(__mcp::parameter::<&Context, _>("cx"))
                        .returns(
                            __mcp::Returned::<Result<i64, MyError>>::new().returns(),
                        )
                        .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                            ::std::boxed::Box::pin(async move {
                                let mut slots = [const { __mcp::Slot::Missing }; 3];
                                let (__a, __b, __cx) = {
                                    let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                    let __a = inputs.take(0, __mcp::parameter::<i64, _>("a"));
                                    let __b = inputs
                                        .take(
                                            1,
                                            __mcp::parameter::<u32, _>("b")
                                                .rules(|rules| {
                                                    let rules = rules.default(|| 1);
                                                    let rules = rules.min(1);
                                                    let rules = rules.max(99);
                                                    rules
                                                }),
                                        );
                                    let __cx = inputs
                                        .take(2, __mcp::parameter::<&Context, _>("cx"));
                                    match (__a, __b, __cx) {
                                        (
                                            ::core::option::Option::Some(__a),
                                            ::core::option::Option::Some(__b),
                                            ::core::option::Option::Some(__cx),
                                        ) if inputs.fit() => (__a, __b, __cx),
                                        _ => return inputs.refusal(),
                                    }
                                };
                                let result = add(__a, __b, __cx).await;
                                let reply = __mcp::Returned::<Result<i64, MyError>>::new()
                                    .returns()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
