/// Delete a file.
async fn delete(
    #[allow(unused_variables)]
    path: &str,
    confirm: Confirm,
    cx: &Context,
    r#where: Elicited<Reason>,
) {}
///The tool `delete`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
struct delete {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for delete {
        fn register(components: &mut __mcp::Registration) {
            use __mcp::{FallibleReturn as _, PlainReturn as _};
            components
                .tool(
                    __mcp::ToolBuilder::new("delete", "Delete a file.")
                        .parameter(__mcp::parameter::<&str, _>("path"))
                        .parameter(__mcp::parameter::<&Context, _>("cx"))
                        .returns(__mcp::Returned::<()>::new().returns())
                        .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                            ::std::boxed::Box::pin(async move {
                                let mut slots = [const { __mcp::Slot::Missing }; 2];
                                let (__path, __cx) = {
                                    let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                    let __path = inputs
                                        .take(0, __mcp::parameter::<&str, _>("path"));
                                    let __cx = inputs
                                        .take(1, __mcp::parameter::<&Context, _>("cx"));
                                    match (__path, __cx) {
                                        (
                                            ::core::option::Option::Some(__path),
                                            ::core::option::Option::Some(__cx),
                                        ) if inputs.fit() => (__path, __cx),
                                        _ => return inputs.refusal(),
                                    }
                                };
                                let message = {
                                    #[allow(unused_variables)]
                                    let (path, cx) = (&__path, &__cx);
                                    ::std::format!("Really delete {path}?")
                                };
                                let __confirm = match __mcp::ask::<Confirm, _>(message)
                                    .key("confirm")
                                    .volatile()
                                    .of(call.asking())
                                    .await
                                {
                                    ::core::result::Result::Ok(__confirm) => __confirm,
                                    ::core::result::Result::Err(error) => {
                                        return call.refuse(error);
                                    }
                                };
                                let message = {
                                    #[allow(unused_variables)]
                                    let (path, cx, confirm) = (&__path, &__cx, &__confirm);
                                    ::std::format!("Why?")
                                };
                                let __where = match __mcp::ask::<
                                    Elicited<Reason>,
                                    _,
                                >(message)
                                    .of(call.asking())
                                    .await
                                {
                                    ::core::result::Result::Ok(__where) => __where,
                                    ::core::result::Result::Err(error) => {
                                        return call.refuse(error);
                                    }
                                };
                                let result = delete(__path, __confirm, __cx, __where).await;
                                let reply = __mcp::Returned::<()>::new()
                                    .returns()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
/// Greet somebody.
async fn greet(person: Person) -> String {
    person.name
}
///The prompt `greet`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
struct greet {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for greet {
        fn register(components: &mut __mcp::Registration) {
            #[allow(unused_imports)]
            use __mcp::string_traits::*;
            components
                .prompt(
                    __mcp::PromptBuilder::new("greet", "Greet somebody.")
                        .messages((&__mcp::Returned::<String>::new()).messages())
                        .handler(move |call: __mcp::StringCall| -> __mcp::PromptFuture {
                            ::std::boxed::Box::pin(async move {
                                {
                                    let inputs = __mcp::StringArguments::read(&call);
                                    if !inputs.fit() {
                                        return inputs.refusal();
                                    }
                                }
                                let message = { ::std::format!("Whom?") };
                                let __person = match __mcp::ask::<Person, _>(message)
                                    .of(call.asking())
                                    .await
                                {
                                    ::core::result::Result::Ok(__person) => __person,
                                    ::core::result::Result::Err(error) => {
                                        return call.refuse(error);
                                    }
                                };
                                let result = greet(__person).await;
                                let reply = (&__mcp::Returned::<String>::new())
                                    .messages()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
