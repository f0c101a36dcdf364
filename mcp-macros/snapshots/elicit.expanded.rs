const _: () = {
    use mcp::__private as __mcp;
    const _: () = ::core::assert!(
        LEAST <= 12, "form `Table`: `guests`: `min` is more than `max`; swap them"
    );
    const _: () = ::core::assert!(
        LEAST <= 2,
        "form `Table`: `guests`: this value breaks its own `min`; change one of them"
    );
    #[automatically_derived]
    impl __mcp::Elicit for Table {
        fn schema() -> __mcp::Schema {
            __mcp::form_schema::<Self>()
        }
        fn read(
            content: &__mcp::Content,
        ) -> ::core::result::Result<Self, ::std::string::String> {
            __mcp::read_form(content)
        }
    }
    #[automatically_derived]
    impl __mcp::Fill for Table {
        fn fill(fields: &mut impl __mcp::Fields) -> ::core::option::Option<Self> {
            let __name = fields
                .field({
                    let field = __mcp::field::<String>("name")
                        .title("Name")
                        .describe("Who is coming");
                    let field = __mcp::FieldSpec::min_len(field, 1);
                    let field = __mcp::FieldSpec::max_len(field, MOST);
                    field
                });
            let __email = fields
                .field({
                    let field = __mcp::field::<Option<String>>("email");
                    let field = __mcp::FieldSpec::format(field, __mcp::Format::Email);
                    field
                });
            let __guests = fields
                .field({
                    let field = __mcp::field::<u8>("guests").describe(HINT);
                    let field = field.default(|| 2);
                    let field = field.min(LEAST);
                    let field = field.max(12);
                    field
                });
            let __place = fields.field(__mcp::field::<Place>("where"));
            let __some_extras = fields
                .field({
                    let field = __mcp::field::<Vec<Extra>>("someExtras");
                    let field = field.default(|| ::core::default::Default::default());
                    let field = __mcp::FieldSpec::max_items(field, 2);
                    field
                });
            let __type = fields.field(__mcp::field::<bool>("type"));
            ::core::option::Option::Some(Self {
                name: __name?,
                email: __email?,
                guests: __guests?,
                place: __place?,
                some_extras: __some_extras?,
                r#type: __type?,
            })
        }
    }
};
const _: () = {
    use mcp::__private as __mcp;
    #[automatically_derived]
    impl __mcp::Choice for Place {
        const OFFERS: &'static [__mcp::Offer<Self>] = &[
            __mcp::Offer::new(
                "inside",
                || Self::Inside {},
                |value| ::core::matches!(value, Self::Inside {}),
            ),
            __mcp::Offer::new(
                    "out",
                    || Self::Garden {},
                    |value| ::core::matches!(value, Self::Garden {}),
                )
                .title("In the garden"),
        ];
        const ENUM_NAMES: bool = true;
    }
};
const _: () = {
    use mcp::__private as __mcp;
    #[automatically_derived]
    impl __mcp::Elicit for Confirm {
        fn schema() -> __mcp::Schema {
            __mcp::form_schema::<Self>()
        }
        fn read(
            content: &__mcp::Content,
        ) -> ::core::result::Result<Self, ::std::string::String> {
            __mcp::read_form(content)
        }
    }
    #[automatically_derived]
    impl __mcp::Fill for Confirm {
        fn fill(fields: &mut impl __mcp::Fields) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {})
        }
    }
};
