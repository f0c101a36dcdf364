//! Attributes whose values come from variables of `macro_rules!`, and docs that are macros.

#![allow(clippy::empty_docs, reason = "blank docs are tested")]

use mcp_runtime::elicit::Elicit;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_json};
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients, take_hint};

/// Declares a tool of every key that takes a literal.
macro_rules! tool_of_literals {
    (
        $function:ident, $name:literal, $title:literal, $icon:literal, $size:literal, $theme:literal,
        $yes:literal, $no:literal, $cancel:literal, $rename:literal, $pattern:literal,
        $header:literal, $default:literal, $least:literal, $most:literal, $example:literal,
        $hint:literal
    ) => {
        #[doc = $hint]
        #[tool(
                                    name = $name,
                                    title = $title,
                                    icons($icon, icon(src = $icon, sizes($size), theme = $theme)),
                                    read_only = $yes,
                                    idempotent = $no,
                                    wide_name = $no,
                                    cancel = $cancel
                                )]
        fn $function(
            #[arg(
                                        rename = $rename,
                                        pattern = $pattern,
                                        header = $header,
                                        default = $default,
                                        min_len = $least,
                                        max_len = $most,
                                        examples($example)
                                    )]
            a: String,
            #[arg(min = $least, max = $most, description = $hint)] b: i64,
            #[doc = $hint] c: i64,
        ) -> String {
            format!("{a} {b} {c}")
        }
    };
}

tool_of_literals!(
    of_literals,
    "of-literals",
    "Of literals",
    "https://example.com/a.png",
    "48x48",
    "dark",
    true,
    false,
    "cooperative",
    "text",
    "^[a-z]+$",
    "Text",
    "abc",
    1,
    3,
    "xyz",
    "  From a variable.  "
);

/// Declares a resource and a prompt of literals.
macro_rules! texts_of_literals {
    (
        $uri:literal, $mime:literal, $audience:literal, $priority:literal, $modified:literal,
        $ttl:literal, $scope:literal, $name:literal, $rename:literal, $list:path, $complete:path
    ) => {
        /// A note.
        #[resource(
            $uri,
            name = $name,
            mime_type = $mime,
            annotations(audience($audience), priority = $priority, last_modified = $modified),
            ttl = $ttl,
            scope = $scope,
            list = $list
        )]
        fn note(#[arg(rename = $rename, complete = $complete)] key: String) -> String {
            key
        }

        /// Ask about a note.
        #[prompt(name = $name)]
        fn about(#[arg(rename = $rename, complete = $complete, title = $name)] key: String) -> String {
            key
        }
    };
}

texts_of_literals!(
    "notes://{id}",
    "text/plain",
    "user",
    0.5,
    "2026-01-12T15:00:58Z",
    "5m",
    "private",
    "Note",
    "id",
    notes,
    ids
);

fn notes() -> Vec<ResourceLink> {
    vec![ResourceLink::new("notes://1", "1")]
}

fn ids(_: &str) -> [&'static str; 1] {
    ["1"]
}

/// Declares a function whose every part is a variable.
macro_rules! function_of_variables {
    (
        $(#[$meta:meta])* $visibility:vis fn $name:ident($($(#[$about:meta])* $parameter:ident: $type:ty),*)
        -> $result:ty $body:block, $($key:meta),*
    ) => {
        $(#[$meta])*
        #[tool($($key),*)]
        $visibility async fn $name($($(#[$about])* $parameter: $type),*) -> $result $body
    };
}

function_of_variables! {
    /// Everything is a variable.
    pub(crate) fn of_variables(
        /// The first
        #[arg(default = 1)] a: i64,
        text: &str,
        b: Option<i64>,
        cx: &Context
    ) -> Result<i64, ToolError> {
        let _ = (cx, text);
        Ok(a + b.unwrap_or_default())
    }, title = "Variables", read_only
}

/// Passes an item on with the attribute.
macro_rules! attribute_on_an_item {
    ($item:item) => {
        #[tool(read_only)]
        $item
    };
}

attribute_on_an_item! {
    /// An item.
    fn of_item(a: i64) -> i64 {
        a
    }
}

/// Declares servers and a form.
macro_rules! server_of_literals {
    ($type:ident, $self:ident, $name:literal, $version:literal, $about:literal, $rename:literal, $format:literal) => {
        struct $type(i64);

        #[server(name = $name, version = $version, title = $name, instructions = $about)]
        impl $type {
            #[doc = $about]
            #[tool(name = $rename)]
            fn inside(&$self) -> i64 {
                $self.0
            }
        }

        #[derive(mcp_runtime::Elicit)]
        #[elicit(rename_all = $rename)]
        #[expect(dead_code, reason = "only its schema is of interest")]
        struct Form {
            #[elicit(title = $about, format = $format)]
            contact_address: String,
            #[elicit(rename = $format, description = $about)]
            chosen: Pick,
        }

        #[derive(mcp_runtime::Elicit)]
        enum Pick {
            #[elicit(rename = $name, title = $about)]
            First,
            #[doc = $version]
            Second,
        }
    };
}

server_of_literals!(Desk, self, "desk", "2.0", "A desk.", "camelCase", "email");

async fn tool_named(client: &TestClient, name: &str) -> Result<Value, mcp_runtime::client::Error> {
    let list = ask(client, "tools/list", ()).await?;
    let tools = list["tools"].as_array().unwrap();
    Ok(tools.iter().find(|tool| tool["name"] == name).unwrap().clone())
}

#[tokio::test]
async fn literals_of_a_macro_are_literals() -> Outcome {
    let server = || Server::new("s", "1").with::<(of_literals, of_variables, of_item)>();
    for client in clients(server).await? {
        let tool = tool_named(&client, "of-literals").await?;
        assert_json(&tool["description"], &json!("From a variable."));
        assert_json(&tool["title"], &json!("Of literals"));
        assert_json(&tool["annotations"]["readOnlyHint"], &json!(true));
        assert_json(&tool["annotations"]["idempotentHint"], &json!(false));
        assert_json(
            &tool["inputSchema"]["properties"],
            &json!({
                "text": {
                    "type": "string", "default": "abc", "minLength": 1, "maxLength": 3,
                    "pattern": "^[a-z]+$", "examples": ["xyz"], "x-mcp-header": "Text",
                },
                "b": { "type": "integer", "minimum": 1, "maximum": 3, "description": "  From a variable.  " },
                "c": { "type": "integer", "description": "From a variable." },
            }),
        );
        let tool = tool_named(&client, "of_variables").await?;
        assert_json(&tool["description"], &json!("Everything is a variable."));
        assert_json(
            &tool["inputSchema"]["properties"]["a"],
            &json!({ "type": "integer", "description": "The first", "default": 1 }),
        );
        assert_json(&tool["inputSchema"]["required"], &json!(["text"]));
        assert_eq!(
            client.call("of_variables", json!({ "text": "", "b": 2 })).await?.to_text(),
            "3"
        );
        assert_eq!(client.call("of_item", json!({ "a": 2 })).await?.to_text(), "2");
        assert_eq!(
            client.call("of-literals", json!({ "b": 1, "c": 2 })).await?.to_text(),
            "abc 1 2"
        );
    }
    Ok(())
}

#[tokio::test]
async fn so_they_are_for_resources_and_prompts() -> Outcome {
    for client in clients(|| Server::new("s", "1").with::<(note, about)>()).await? {
        let listed = ask(&client, "resources/templates/list", ()).await?;
        assert_json(
            &listed["resourceTemplates"],
            &json!([{
                "uriTemplate": "notes://{id}", "name": "Note", "description": "A note.",
                "mimeType": "text/plain",
                "annotations": {
                    "audience": ["user"], "priority": 0.5, "lastModified": "2026-01-12T15:00:58Z",
                },
            }]),
        );
        let mut read = ask(&client, "resources/read", json!({ "uri": "notes://7" })).await?;
        let hint = take_hint(&client, &mut read);
        assert!(hint.is_none_or(|hint| hint == (300_000, "private".to_owned())));
        assert_json(&read["contents"][0]["text"], &json!("7"));
        let listed = ask(&client, "prompts/list", ()).await?;
        assert_json(
            &listed["prompts"],
            &json!([{
                "name": "Note", "description": "Ask about a note.",
                "arguments": [{ "name": "id", "title": "Note", "required": true }],
            }]),
        );
    }
    Ok(())
}

#[tokio::test]
async fn so_they_are_for_servers_and_forms() -> Outcome {
    for client in clients(|| Desk(3).into_server()).await? {
        assert_eq!(client.call("camelCase", ()).await?.to_text(), "3");
        let tool = tool_named(&client, "camelCase").await?;
        assert_json(&tool["description"], &json!("A desk."));
    }
    assert_json(
        &serde_json::from_str::<Value>(Form::schema().as_str()).unwrap()["properties"],
        &json!({
            "contactAddress": { "type": "string", "title": "A desk.", "format": "email" },
            "email": {
                "type": "string", "description": "A desk.",
                "oneOf": [
                    { "const": "desk", "title": "A desk." },
                    { "const": "Second", "title": "2.0" },
                ],
            },
        }),
    );
    Ok(())
}

macro_rules! described {
    ($name:ident, $what:ident) => {
        #[doc = concat!(" Handles a ", stringify!($what), ".  ")]
        ///
        ///   Indented.
        #[doc = include_str!("../docs/crlf.md")]
        #[tool]
        fn $name(
            #[doc = concat!("  The ", stringify!($what), ".\r\n")] a: i64,
            #[doc = include_str!("../docs/blank.md")] b: i64,
            #[doc = ""] c: i64,
            /**
             * A block
             *
             *   comment.
             */
            d: i64,
        ) -> i64 {
            a + b + c + d
        }
    };
}

described!(described, mouse);

#[derive(mcp_runtime::Elicit)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Described {
    #[doc = concat!(" Of ", "macros. ")]
    of_macros: Kind,
    #[doc = include_str!("../docs/blank.md")]
    blank: bool,
}

#[derive(mcp_runtime::Elicit)]
enum Kind {
    /// Of docs
    /// in two lines.
    ///
    /// More about it.
    OfDocs,
    /// Is replaced.
    #[elicit(title = "Of a key")]
    OfAKey,
    #[doc = concat!(" Of ", "a macro ")]
    OfAMacro,
    #[doc = include_str!("../docs/blank.md")]
    Blank,
    None,
}

#[tokio::test]
async fn docs_of_macros_are_trimmed() -> Outcome {
    for client in clients(|| Server::new("s", "1").with::<described>()).await? {
        let tool = tool_named(&client, "described").await?;
        assert_json(
            &tool["description"],
            &json!("Handles a mouse.\n\nIndented.\nAdds two\n  integers."),
        );
        assert_json(
            &tool["inputSchema"]["properties"],
            &json!({
                "a": { "type": "integer", "description": "The mouse." },
                "b": { "type": "integer" },
                "c": { "type": "integer" },
                "d": { "type": "integer", "description": "A block\n\n  comment." },
            }),
        );
    }
    Ok(())
}

#[test]
fn docs_of_variants_are_their_titles() {
    assert_json(
        &serde_json::from_str::<Value>(Described::schema().as_str()).unwrap()["properties"],
        &json!({
            "of_macros": {
                "type": "string", "description": "Of macros.",
                "oneOf": [
                    { "const": "OfDocs", "title": "Of docs in two lines." },
                    { "const": "OfAKey", "title": "Of a key" },
                    { "const": "OfAMacro", "title": "Of a macro" },
                    { "const": "Blank", "title": "Blank" },
                    { "const": "None", "title": "None" },
                ],
            },
            "blank": { "type": "boolean" },
        }),
    );
}
