/// A user's profile.
pub async fn profile<'a>(
    id: u64,
    language: Option<&'a str>,
    tag: Vec<&'a str>,
    db: State<Db>,
) -> Result<Profile, DbError> {
    db.profile(id).await
}
///The resource `profile`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
pub struct profile {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for profile {
        fn register(components: &mut __mcp::Registration) {
            #[allow(unused_imports)]
            use __mcp::string_traits::*;
            components
                .resource(
                    __mcp::ResourceBuilder::new(
                            "users://{id}/profile{?lang,tag*}",
                            "profile",
                        )
                        .description("A user's profile.")
                        .mime_type("application/json")
                        .ttl_ms(300000)
                        .list(users)
                        .parameter(
                            (&&&&&__mcp::ParameterType::<u64>::new("id"))
                                .parameter()
                                .describe("Who it is"),
                        )
                        .parameter(
                            (&&&&&__mcp::ParameterType::<Option<&'_ str>>::new("lang"))
                                .parameter()
                                .complete(languages),
                        )
                        .parameter(
                            (&&&__mcp::ParameterType::<Vec<&'_ str>>::new("tag")).list(),
                        )
                        .parameter(
                            __mcp::ParameterType::<State<Db>>::new("db").beside_uri(),
                        )
                        .contents(
                            (&&&__mcp::Returned::<Result<Profile, DbError>>::new())
                                .contents(),
                        )
                        .handler(move |call: __mcp::StringCall| -> __mcp::ReadFuture {
                            ::std::boxed::Box::pin(async move {
                                let (__id, __language, __tag, __db) = {
                                    let inputs = __mcp::StringArguments::read(&call);
                                    let __id = inputs
                                        .take(
                                            0,
                                            (&&&&&__mcp::ParameterType::<u64>::new("id")).parameter(),
                                        );
                                    let __language = inputs
                                        .take(
                                            1,
                                            (&&&&&__mcp::ParameterType::<Option<&'_ str>>::new("lang"))
                                                .parameter(),
                                        );
                                    let __tag = inputs
                                        .take(
                                            2,
                                            (&&&__mcp::ParameterType::<Vec<&'_ str>>::new("tag")).list(),
                                        );
                                    let __db = inputs
                                        .take(
                                            3,
                                            __mcp::ParameterType::<State<Db>>::new("db").beside_uri(),
                                        );
                                    match (__id, __language, __tag, __db) {
                                        (
                                            ::core::option::Option::Some(__id),
                                            ::core::option::Option::Some(__language),
                                            ::core::option::Option::Some(__tag),
                                            ::core::option::Option::Some(__db),
                                        ) if inputs.fit() => (__id, __language, __tag, __db),
                                        _ => return inputs.refusal(),
                                    }
                                };
                                let result = profile(__id, __language, __tag, __db).await;
                                let reply = (&&&__mcp::Returned::<
                                    Result<Profile, DbError>,
                                >::new())
                                    .contents()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
/// The manual.
fn manual() -> &'static str {
    MANUAL
}
///The resource `manual`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
struct manual {}
const _: () = {
    use mcp::__private as __mcp;
    impl __mcp::Component for manual {
        fn register(components: &mut __mcp::Registration) {
            #[allow(unused_imports)]
            use __mcp::string_traits::*;
            components
                .resource(
                    __mcp::ResourceBuilder::new("docs://manual", "Manual")
                        .description("The manual.")
                        .title("The manual")
                        .icon(__mcp::Icon::new("https://example.com/a.png"))
                        .meta(json!({ "a" : 1 }))
                        .mime_type("text/plain")
                        .size(MANUAL.len() as u64)
                        .audience([__mcp::Role::User, __mcp::Role::Assistant])
                        .priority(0.5)
                        .last_modified("2026-01-12T15:00:58Z")
                        .private(false)
                        .contents((&&&__mcp::Returned::<&'static str>::new()).contents())
                        .handler(move |call: __mcp::StringCall| -> __mcp::ReadFuture {
                            __mcp::blocking(move || {
                                {
                                    let inputs = __mcp::StringArguments::read(&call);
                                    if !inputs.fit() {
                                        return inputs.refusal();
                                    }
                                }
                                let result = manual();
                                let reply = (&&&__mcp::Returned::<&'static str>::new())
                                    .contents()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
