//! Members of listed components that this crate does not define. Gateways forward them.

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::Raw;
use serde::Serialize;

/// Members that the protocol defines for an object.
#[derive(Debug)]
pub(crate) struct Shape {
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "only gateways have others"))]
    members: &'static [&'static str],
    /// Members that are objects of a shape, or arrays of such.
    nested: &'static [(&'static str, &'static Self)],
}

const ICONS: (&str, &Shape) =
    ("icons", &Shape { members: &["src", "mimeType", "sizes", "theme"], nested: &[] });

const ANNOTATIONS: (&str, &Shape) =
    ("annotations", &Shape { members: &["audience", "priority", "lastModified"], nested: &[] });

const HINTS: (&str, &Shape) = (
    "annotations",
    &Shape {
        members: &["title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"],
        nested: &[],
    },
);

const ARGUMENTS: (&str, &Shape) =
    ("arguments", &Shape { members: &["name", "title", "description", "required"], nested: &[] });

/// Shape of a tool.
pub(crate) const TOOL: Shape = Shape {
    members: &[
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
        "annotations",
        "execution",
        "icons",
        "_meta",
    ],
    nested: &[HINTS, ICONS],
};

/// Shape of a resource.
pub(crate) const RESOURCE: Shape = Shape {
    members: &[
        "uri",
        "name",
        "title",
        "description",
        "mimeType",
        "size",
        "annotations",
        "icons",
        "_meta",
    ],
    nested: &[ANNOTATIONS, ICONS],
};

/// Shape of a resource template.
pub(crate) const TEMPLATE: Shape = Shape {
    members: &[
        "uriTemplate",
        "name",
        "title",
        "description",
        "mimeType",
        "annotations",
        "icons",
        "_meta",
    ],
    nested: &[ANNOTATIONS, ICONS],
};

/// Shape of a prompt.
pub(crate) const PROMPT: Shape = Shape {
    members: &["name", "title", "description", "arguments", "icons", "_meta"],
    nested: &[ARGUMENTS, ICONS],
};

impl Shape {
    fn nested(&self, key: &str) -> Option<&'static Self> {
        self.nested.iter().find(|(name, _)| *name == key).map(|(_, shape)| *shape)
    }
}

/// Members of an object that are not in its shape, as a JSON object; nested ones stand where they
/// stood. `None` if there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnknownMembers(Option<Box<str>>);

impl UnknownMembers {
    /// Collects the members of an object.
    #[cfg(feature = "client")]
    pub(crate) fn of(object: Raw<'_>, shape: &Shape) -> Self {
        let unknown = unknown(object, shape);
        // A line break would end the message on stdio; in JSON it stands between tokens only.
        let unknown = unknown.map(|unknown| unknown.replace(['\n', '\r'], " "));
        Self(unknown.map(String::into_boxed_str))
    }

    /// Writes an object with its unknown members.
    pub(crate) fn write<T: Serialize>(&self, out: &mut Vec<u8>, object: &T, shape: &Shape) {
        let Some(unknown) = &self.0 else { return json::value(out, object) };
        let known = json::to_string(object);
        merge(out, Raw::from_accepted(&known), Raw::from_accepted(unknown), shape);
    }
}

#[cfg(feature = "client")]
fn unknown(object: Raw<'_>, shape: &Shape) -> Option<String> {
    let members = json::members_string(|members| {
        for (key, value) in object.members() {
            let text = match shape.nested(&key) {
                Some(nested) if value.is_object() => unknown(value, nested),
                Some(nested) => unknown_in_elements(value, nested),
                None if shape.members.contains(&&*key) => None,
                None => Some(value.as_str().to_owned()),
            };
            if let Some(text) = text {
                members.entry(&key).extend_from_slice(text.as_bytes());
            }
        }
    });
    (!members.is_empty()).then(|| format!("{{{members}}}"))
}

#[cfg(feature = "client")]
fn unknown_in_elements(array: Raw<'_>, shape: &Shape) -> Option<String> {
    let found: Vec<_> = array.elements().map(|element| unknown(element, shape)).collect();
    found.iter().any(Option::is_some).then(|| {
        let texts: Vec<_> = found.iter().map(|one| one.as_deref().unwrap_or("{}")).collect();
        format!("[{}]", texts.join(","))
    })
}

fn merge(out: &mut Vec<u8>, known: Raw<'_>, unknown: Raw<'_>, shape: &Shape) {
    json::object(out, |object| {
        for (key, value) in known.members() {
            let nested =
                shape.nested(&key).and_then(|nested| Some((nested, unknown.member(&key)?)));
            let out = object.entry(&key);
            match nested {
                Some((nested, unknown)) if value.is_object() => merge(out, value, unknown, nested),
                Some((nested, unknown)) => merge_elements(out, value, unknown, nested),
                None => out.extend_from_slice(value.as_str().as_bytes()),
            }
        }
        add_unknown(object, unknown, shape);
    });
}

fn add_unknown(object: &mut Object<'_>, unknown: Raw<'_>, shape: &Shape) {
    for (key, value) in unknown.members() {
        // Those of a nested object are left out with the object.
        if shape.nested(&key).is_none() {
            object.entry(&key).extend_from_slice(value.as_str().as_bytes());
        }
    }
}

fn merge_elements(out: &mut Vec<u8>, known: Raw<'_>, unknown: Raw<'_>, shape: &Shape) {
    // Elements that could not be read were left out, so that positions differ.
    if known.elements().count() != unknown.elements().count() {
        return out.extend_from_slice(known.as_str().as_bytes());
    }
    json::array(out, |array| {
        for (known, unknown) in known.elements().zip(unknown.elements()) {
            merge(array.element(), known, unknown, shape);
        }
    });
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use mcp_core::protocol::{Prompt, Resource, ResourceTemplate, Tool};
    use serde::de::DeserializeOwned;

    use super::*;

    fn check<T: Serialize + DeserializeOwned>(text: &str, shape: &Shape, expected: &str) {
        let typed: T = serde_json::from_str(text).unwrap();
        let unknown = UnknownMembers::of(Raw::from_accepted(text), shape);
        let mut out = Vec::new();
        unknown.write(&mut out, &typed, shape);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn every_member_of_a_type_is_in_its_shape() {
        let icon = r#""icons":[{"src":"a:b","mimeType":"a/b","sizes":["any"],"theme":"dark"}]"#;
        let notes = r#""annotations":{"audience":["user"],"priority":1.0,"lastModified":"x"}"#;
        let names = r#""name":"n","title":"t","description":"d","_meta":{"a":1}"#;
        let tool = format!(
            r#"{{{names},{icon},"inputSchema":{{}},"outputSchema":{{}},"execution":{{}},"annotations":{{"title":"t","readOnlyHint":true,"destructiveHint":true,"idempotentHint":true,"openWorldHint":true}}}}"#
        );
        let resource =
            format!(r#"{{{names},{icon},{notes},"uri":"a:b","mimeType":"a/b","size":1}}"#);
        let template =
            format!(r#"{{{names},{icon},{notes},"uriTemplate":"a:b","mimeType":"a/b"}}"#);
        let argument = r#"{"name":"n","title":"t","description":"d","required":true}"#;
        let prompt = format!(r#"{{{names},{icon},"arguments":[{argument}]}}"#);
        fn none<T: Serialize + DeserializeOwned>(text: &str, shape: &Shape) {
            let typed: T = serde_json::from_str(text).unwrap();
            let text = json::to_string(&typed);
            assert_eq!(unknown(Raw::from_accepted(&text), shape), None);
            let members = Raw::from_accepted(&text).members().count();
            assert_eq!(members, shape.members.len(), "{text}");
        }
        none::<Tool>(&tool, &TOOL);
        none::<Resource>(&resource, &RESOURCE);
        none::<ResourceTemplate>(&template, &TEMPLATE);
        none::<Prompt>(&prompt, &PROMPT);
    }

    #[test]
    fn unknown_members_stay_where_they_stood() {
        check::<Tool>(
            r#"{"x":1.0,"name":"t","inputSchema":{"type":"object","y":2},"annotations":{"x-a":[1],"title":"T"}}"#,
            &TOOL,
            r#"{"name":"t","inputSchema":{"type":"object","y":2},"annotations":{"title":"T","x-a":[1]},"x":1.0}"#,
        );
        check::<Prompt>(
            r#"{"name":"p","arguments":[{"name":"a"},{"name":"b","x":{"y":1}}]}"#,
            &PROMPT,
            r#"{"name":"p","arguments":[{"name":"a"},{"name":"b","x":{"y":1}}]}"#,
        );
        check::<Resource>(
            r#"{"uri":"a:b","name":"n","new":{"k":"v"}}"#,
            &RESOURCE,
            r#"{"uri":"a:b","name":"n","new":{"k":"v"}}"#,
        );
    }

    #[test]
    fn unknown_members_of_what_is_left_out_are_left_out() {
        let text = r#"{"name":"t","inputSchema":{},"icons":[{"src":"a:b","x":1}],"y":2}"#;
        let mut tool: Tool = serde_json::from_str(text).unwrap();
        tool.icons.clear();
        let unknown = UnknownMembers::of(Raw::from_accepted(text), &TOOL);
        let mut out = Vec::new();
        unknown.write(&mut out, &tool, &TOOL);
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"name":"t","inputSchema":{},"y":2}"#);
    }
}
