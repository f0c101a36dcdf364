/// Hash a text.
///
/// Takes a while.
#[deprecated]
#[cfg(feature = "hash")]
fn hash<'a>(
    text: &'a str,
    language: Cow<'a, str>,
    r#type: Option<Kind>,
    mut rounds: u8,
) -> &'a str {
    text
}
#[deprecated]
#[cfg(feature = "hash")]
///The tool `hash`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
struct hash {}
#[cfg(feature = "hash")]
#[allow(deprecated)]
const _: () = {
    use mcp::__private as __mcp;
    impl __mcp::Component for hash {
        fn register(components: &mut __mcp::Registration) {
            const _: () = ::core::assert!(
                LEAST <= 9, "tool `hash`: `rounds`: `min` is more than `max`; swap them"
            );
            use __mcp::{FallibleReturn as _, PlainReturn as _};
            components
                .tool(
                    __mcp::ToolBuilder::new(
                            "text.hash",
                            "Hash a text.\n\nTakes a while.",
                        )
                        .wide_name()
                        .title(TITLE)
                        .icon(__mcp::Icon::new("https://example.com/a.png"))
                        .icon(
                            __mcp::Icon::new("https://example.com/b.svg")
                                .mime_type("image/svg+xml")
                                .size("48x48")
                                .size("any")
                                .theme(__mcp::IconTheme::Dark),
                        )
                        .meta(json!({ "a" : 1 }))
                        .destructive(false)
                        .idempotent(true)
                        .open_world(false)
                        .open()
                        .cooperative()
                        .input_schema(r#"{"type":"object"}"#)
                        .parameter(
                            __mcp::parameter::<&'_ str, _>("text")
                                .rules(|rules| {
                                    let rules = __mcp::Rules::min_len(rules, 1);
                                    let rules = __mcp::Rules::max_len(rules, MOST);
                                    let rules = __mcp::Rules::pattern(rules, "^a");
                                    rules
                                })
                                .examples(|| {
                                    ::std::vec![
                                        __mcp::example(& ("ab")), __mcp::example(& ("ac"))
                                    ]
                                }),
                        )
                        .parameter(
                            {
                                let parameter = __mcp::parameter::<Cow<'_, str>, _>("lang")
                                    .rules(|rules| {
                                        let rules = rules
                                            .default(|| ::core::convert::Into::into("en"));
                                        rules
                                    });
                                parameter.header("Lang")
                            }
                                .describe(HINT),
                        )
                        .parameter(
                            __mcp::parameter::<Option<Kind>, _>("type")
                                .rules(|rules| {
                                    let rules = rules
                                        .default(|| ::core::default::Default::default());
                                    rules
                                }),
                        )
                        .parameter(
                            __mcp::parameter::<u8, _>("rounds")
                                .rules(|rules| {
                                    let rules = rules.min(LEAST);
                                    let rules = rules.max(9);
                                    rules
                                }),
                        )
                        .returns(__mcp::Returned::<&'_ str>::new().returns())
                        .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                            __mcp::blocking(move || {
                                let mut slots = [const { __mcp::Slot::Missing }; 4];
                                let (__text, __language, __type, __rounds) = {
                                    let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                    let __text = inputs
                                        .take(
                                            0,
                                            __mcp::parameter::<&'_ str, _>("text")
                                                .rules(|rules| {
                                                    let rules = __mcp::Rules::min_len(rules, 1);
                                                    let rules = __mcp::Rules::max_len(rules, MOST);
                                                    let rules = __mcp::Rules::pattern(rules, "^a");
                                                    rules
                                                }),
                                        );
                                    let __language = inputs
                                        .take(
                                            1,
                                            {
                                                let parameter = __mcp::parameter::<Cow<'_, str>, _>("lang")
                                                    .rules(|rules| {
                                                        let rules = rules
                                                            .default(|| ::core::convert::Into::into("en"));
                                                        rules
                                                    });
                                                parameter.header("Lang")
                                            },
                                        );
                                    let __type = inputs
                                        .take(
                                            2,
                                            __mcp::parameter::<Option<Kind>, _>("type")
                                                .rules(|rules| {
                                                    let rules = rules
                                                        .default(|| ::core::default::Default::default());
                                                    rules
                                                }),
                                        );
                                    let __rounds = inputs
                                        .take(
                                            3,
                                            __mcp::parameter::<u8, _>("rounds")
                                                .rules(|rules| {
                                                    let rules = rules.min(LEAST);
                                                    let rules = rules.max(9);
                                                    rules
                                                }),
                                        );
                                    match (__text, __language, __type, __rounds) {
                                        (
                                            ::core::option::Option::Some(__text),
                                            ::core::option::Option::Some(__language),
                                            ::core::option::Option::Some(__type),
                                            ::core::option::Option::Some(__rounds),
                                        ) if inputs.fit() => (__text, __language, __type, __rounds),
                                        _ => return inputs.refusal(),
                                    }
                                };
                                let result = hash(__text, __language, __type, __rounds);
                                let reply = __mcp::Returned::<&'_ str>::new()
                                    .returns()
                                    .reply(&call, result);
                                reply
                            })
                        }),
                );
        }
    }
};
/// Nothing at all.
pub(super) fn nothing() {}
///The tool `nothing`; pass it to `Server::with`.
#[allow(non_camel_case_types)]
pub(super) struct nothing {}
const _: () = {
    use ::mcp_runtime::__private as __mcp;
    impl __mcp::Component for nothing {
        fn register(components: &mut __mcp::Registration) {
            use __mcp::{FallibleReturn as _, PlainReturn as _};
            components
                .tool(
                    __mcp::ToolBuilder::new("nothing", "Nothing at all.")
                        .returns(__mcp::Returned::<()>::new().returns())
                        .handler(move |call: __mcp::Call| -> __mcp::ToolFuture {
                            ::std::boxed::Box::pin(async move {
                                let mut slots = [const { __mcp::Slot::Missing }; 0];
                                {
                                    let inputs = __mcp::ToolArguments::read(&call, &mut slots);
                                    if !inputs.fit() {
                                        return inputs.refusal();
                                    }
                                }
                                let result = nothing();
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
