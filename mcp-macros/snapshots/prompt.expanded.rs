/// Ask for a review of some code.
pub async fn review(
    code: String,
    language: Option<Language>,
    cx: &Context,
) -> Result<String, ReviewError> {
    Ok(code)
}
///The prompt `review`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
pub struct review {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for review {
        fn register(components: &mut __mcp::Registration) {
            #[allow(unused_imports)]
            use __mcp::string_traits::*;
            components
                .prompt(
                    __mcp::PromptBuilder::new("review", "Ask for a review of some code.")
                        .parameter(
                            (&&&&&__mcp::ParameterType::<String>::new("code"))
                                .parameter()
                                .describe("The code to review"),
                        )
                        .parameter(
                            (&&&&&__mcp::ParameterType::<
                                Option<Language>,
                            >::new("language"))
                                .parameter()
                                .title("Language")
                                .describe("Language, guessed when absent")
                                .complete(languages),
                        )
                        .parameter(
                            (&&&&&__mcp::ParameterType::<&Context>::new("cx"))
                                .parameter(),
                        )
                        .messages(
                            (&__mcp::Returned::<Result<String, ReviewError>>::new())
                                .messages(),
                        )
                        .handler(move |call: __mcp::StringCall| -> __mcp::PromptFuture {
                            ::std::boxed::Box::pin(async move {
                                let (__code, __language, __cx) = {
                                    let inputs = __mcp::StringArguments::read(&call);
                                    let __code = inputs
                                        .take(
                                            0,
                                            (&&&&&__mcp::ParameterType::<String>::new("code"))
                                                .parameter(),
                                        );
                                    let __language = inputs
                                        .take(
                                            1,
                                            (&&&&&__mcp::ParameterType::<
                                                Option<Language>,
                                            >::new("language"))
                                                .parameter(),
                                        );
                                    let __cx = inputs
                                        .take(
                                            2,
                                            (&&&&&__mcp::ParameterType::<&Context>::new("cx"))
                                                .parameter(),
                                        );
                                    match (__code, __language, __cx) {
                                        (
                                            ::core::option::Option::Some(__code),
                                            ::core::option::Option::Some(__language),
                                            ::core::option::Option::Some(__cx),
                                        ) if inputs.fit() => (__code, __language, __cx),
                                        _ => return inputs.refusal(),
                                    }
                                };
                                let result = review(__code, __language, __cx).await;
                                let reply = (&__mcp::Returned::<
                                    Result<String, ReviewError>,
                                >::new())
                                    .messages()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
/// Say hello.
fn hello() -> Vec<PromptMessage> {
    Vec::new()
}
///The prompt `hello`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
struct hello {}
const _: () = {
    use mcp::__private as __mcp;
    impl __mcp::Component for hello {
        fn register(components: &mut __mcp::Registration) {
            #[allow(unused_imports)]
            use __mcp::string_traits::*;
            components
                .prompt(
                    __mcp::PromptBuilder::new("hello.world", "Say hello.")
                        .title("Hello")
                        .icon(__mcp::Icon::new("https://example.com/a.png"))
                        .messages(
                            (&__mcp::Returned::<Vec<PromptMessage>>::new()).messages(),
                        )
                        .handler(move |call: __mcp::StringCall| -> __mcp::PromptFuture {
                            __mcp::blocking(move || {
                                {
                                    let inputs = __mcp::StringArguments::read(&call);
                                    if !inputs.fit() {
                                        return inputs.refusal();
                                    }
                                }
                                let result = hello();
                                let reply = (&__mcp::Returned::<Vec<PromptMessage>>::new())
                                    .messages()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
