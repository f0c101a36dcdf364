//! Signatures of tools and prompts, such as `forecast(city: string, days?: integer = 3)`.

use mcp_runtime::protocol::{Prompt, Tool};
use serde_json::Value;

use super::flat;

/// Maximum number of references that are followed, and of levels that are shown.
const MAX_DEPTH: usize = 8;

/// Maximum number of schemas that are shown. References can repeat one many times.
const MAX_STEPS: usize = 1_000;

/// Maximum number of values of an enumeration that are shown.
const MAX_VALUES: usize = 6;

/// The signature of a tool.
pub(crate) fn of_tool(tool: &Tool) -> String {
    let schema = tool.input_schema.to_value();
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    // Required arguments come first, each kind in the order of the schema.
    let (first, then): (Vec<_>, Vec<_>) = properties.partition(|(name, _)| is_required(name));
    let arguments = first.into_iter().chain(then);
    let arguments = arguments.map(|(name, it)| of_argument(name, is_required(name), it, &schema));
    flat(&format!("{}({})", tool.name, arguments.collect::<Vec<_>>().join(", ")))
}

/// The signature of an argument. Definitions are those of `root`.
pub(crate) fn of_argument(name: &str, is_required: bool, schema: &Value, root: &Value) -> String {
    let optional = if is_required { "" } else { "?" };
    let default = match schema.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(default) => format!(" = {default}"),
    };
    format!("{name}{optional}: {}{default}", of_schema(schema, root))
}

/// The signature of a prompt, whose arguments are texts.
pub(crate) fn of_prompt(prompt: &Prompt) -> String {
    let arguments = prompt.arguments.iter().map(|argument| match argument.required {
        Some(true) => argument.name.clone(),
        _ => format!("{}?", argument.name),
    });
    flat(&format!("{}({})", prompt.name, arguments.collect::<Vec<_>>().join(", ")))
}

/// A schema in the notation of TypeScript.
pub(crate) fn of_schema(schema: &Value, root: &Value) -> String {
    of_nested(schema, root, 0, &mut 0)
}

fn of_nested(schema: &Value, root: &Value, depth: usize, steps: &mut usize) -> String {
    *steps += 1;
    if depth > MAX_DEPTH || *steps > MAX_STEPS {
        return "…".into();
    }
    if let Some(target) = schema["$ref"].as_str() {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or("any".into(), |target| of_nested(target, root, depth + 1, steps));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(values) = schema["enum"].as_array() {
        return union(values.iter().map(Value::to_string).collect());
    }
    if let Some(branches) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return union(branches.iter().map(|it| of_nested(it, root, depth + 1, steps)).collect());
    }
    match &schema["type"] {
        Value::String(kind) => of_type(kind, schema, root, depth, steps),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            union(kinds.map(|kind| of_type(kind, schema, root, depth, steps)).collect())
        }
        _ => "any".into(),
    }
}

fn of_type(kind: &str, schema: &Value, root: &Value, depth: usize, steps: &mut usize) -> String {
    match (kind, schema.get("items")) {
        ("array", Some(items)) => match of_nested(items, root, depth + 1, steps) {
            item if item.contains(" | ") => format!("({item})[]"),
            item => format!("{item}[]"),
        },
        _ => kind.to_owned(),
    }
}

fn union(mut kinds: Vec<String>) -> String {
    kinds.dedup();
    if kinds.len() > MAX_VALUES {
        kinds.truncate(MAX_VALUES);
        kinds.push("…".into());
    }
    kinds.join(" | ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_shown_in_the_notation_of_typescript() {
        let root = json!({ "$defs": { "Level": { "enum": ["low", "high"] }, "Node": { "$ref": "#/$defs/Node" } } });
        for (schema, shown) in [
            (json!({ "type": "string" }), "string"),
            (json!({ "type": ["integer", "null"] }), "integer | null"),
            (json!({ "$ref": "#/$defs/Level" }), r#""low" | "high""#),
            (
                json!({ "type": "array", "items": { "$ref": "#/$defs/Level" } }),
                r#"("low" | "high")[]"#,
            ),
            (json!({ "anyOf": [{ "const": 1 }, { "type": "null" }] }), "1 | null"),
            (json!(true), "any"),
            (json!({ "$ref": "#/$defs/Node" }), "…"),
            (json!({ "$ref": "https://example.com" }), "any"),
            (json!({ "enum": [1, 2, 3, 4, 5, 6, 7] }), "1 | 2 | 3 | 4 | 5 | 6 | …"),
        ] {
            assert_eq!(of_schema(&schema, &root), shown, "{schema}");
        }
    }
    #[test]
    fn schemas_that_repeat_end() {
        let next = |n| vec![json!({ "$ref": format!("#/$defs/d{n}") }); 30];
        let defs = (0..10).map(|n| (format!("d{n}"), json!({ "anyOf": next(n + 1) })));
        let root = json!({ "$defs": defs.collect::<serde_json::Map<_, _>>() });
        assert!(of_schema(&json!({ "$ref": "#/$defs/d0" }), &root).contains('…'));
    }
}
