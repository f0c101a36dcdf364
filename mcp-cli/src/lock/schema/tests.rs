use serde_json::{Value, json};

use super::super::change::Severity;
use super::*;

/// Checks the changes of arguments and of results, each as `severity code path`.
fn check(old: &Value, new: &Value, input: &[&str], output: &[&str]) {
    for (side, expected) in [(Side::Input, input), (Side::Output, output)] {
        let found: Vec<_> = compare(old, new, side)
            .into_iter()
            .map(|change| {
                let prefix = format!("{}-", side.word());
                let code = change.code.strip_prefix(&prefix).unwrap().to_owned();
                let (severity, path) = (change.severity.word(), change.path.unwrap_or_default());
                assert_eq!(change.is_undecided, code == "undecided");
                assert!(!change.message.contains("{verb}"), "{}", change.message);
                format!("{severity} {code} {path}").trim_end().to_owned()
            })
            .collect();
        assert_eq!(found, expected, "{side:?}\n  old {old}\n  new {new}");
    }
}

/// Checks a change of the schema of the member `a`, and the way back: what is breaking for arguments is
/// compatible for results.
fn member(old: Value, new: Value, code: &str) {
    turns(&object(old), &object(new), &format!("{code} a"));
}

fn turns(old: &Value, new: &Value, code: &str) {
    let (breaking, compatible) = (format!("breaking {code}"), format!("compatible {code}"));
    let back = code.replace("value-removed", "value-added");
    let (breaking_back, compatible_back) =
        (format!("breaking {back}"), format!("compatible {back}"));
    check(old, new, &[&*breaking], &[&*compatible]);
    check(new, old, &[&*compatible_back], &[&*breaking_back]);
}

fn object(member: Value) -> Value {
    json!({ "type": "object", "properties": { "a": member }, "required": ["a"] })
}

#[test]
fn types_and_constraints_break_arguments_when_narrower_and_results_when_wider() {
    let integer = || json!({ "type": "integer" });
    let string = || json!({ "type": "string" });
    member(json!({ "type": "number" }), integer(), "type");
    member(json!({ "type": ["string", "null"] }), string(), "type");
    member(json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }), string(), "type");
    member(json!({ "anyOf": [integer(), string()] }), string(), "type");
    member(json!({}), string(), "type");
    member(json!(true), json!({ "type": "object" }), "type");
    member(json!({ "enum": ["x", "y"] }), json!({ "enum": ["x"] }), "value-removed");
    member(json!({ "enum": ["x", "y"] }), json!({ "const": "x" }), "value-removed");
    member(string(), json!({ "type": "string", "enum": ["x"] }), "values");
    member(json!({ "type": "boolean" }), json!({ "const": true }), "value-removed");
    let bounded = |keyword: &str, value: Value| json!({ "type": "integer", keyword: value });
    member(integer(), bounded("minimum", json!(1)), "constraint");
    member(bounded("minimum", json!(1)), bounded("minimum", json!(2)), "constraint");
    member(bounded("maximum", json!(9)), bounded("maximum", json!(8)), "constraint");
    member(bounded("minimum", json!(1)), bounded("exclusiveMinimum", json!(1)), "constraint");
    member(bounded("multipleOf", json!(2)), bounded("multipleOf", json!(4)), "constraint");
    let text = |keyword: &str, value: Value| json!({ "type": "string", keyword: value });
    member(text("maxLength", json!(9)), text("maxLength", json!(8)), "constraint");
    member(string(), text("minLength", json!(1)), "constraint");
    member(string(), text("pattern", json!("^a")), "constraint");
    member(string(), text("format", json!("date")), "constraint");
    let list = |keyword: &str, value: Value| json!({ "type": "array", keyword: value });
    member(json!({ "type": "array" }), list("maxItems", json!(3)), "constraint");
    member(json!({ "type": "array" }), list("uniqueItems", json!(true)), "constraint");
}

#[test]
fn what_accepts_the_same_is_no_change() {
    for (old, new) in [
        (
            json!({ "type": ["string", "null"] }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
        ),
        (json!({ "enum": ["x", "y"] }), json!({ "enum": ["y", "x"] })),
        (json!({ "enum": ["x"] }), json!({ "const": "x" })),
        (json!({ "enum": [1] }), json!({ "const": 1.0 })),
        (
            json!({ "type": "integer", "minimum": 1 }),
            json!({ "type": "integer", "exclusiveMinimum": 0 }),
        ),
        (json!({ "type": "integer", "maximum": 9.5 }), json!({ "type": "integer", "maximum": 9 })),
        (
            json!({ "type": "string", "title": "A" }),
            json!({ "type": "string", "description": "b" }),
        ),
        (json!({ "$ref": "#/properties/b" }), json!({ "type": "string" })),
        (json!({ "type": "string", "minLength": 0 }), json!({ "type": "string" })),
        (
            json!({ "allOf": [{ "type": "string" }, { "maxLength": 3 }] }),
            json!({ "type": "string", "maxLength": 3 }),
        ),
        (json!({ "type": "boolean" }), json!({ "enum": [false, true] })),
        (json!({ "type": ["integer", "number"] }), json!({ "type": "number" })),
        (json!({ "type": "object", "additionalProperties": true }), json!({ "type": "object" })),
        (json!({ "oneOf": [{ "const": "x" }, { "const": "y" }] }), json!({ "enum": ["x", "y"] })),
    ] {
        let with = |member: &Value| json!({ "type": "object", "properties": { "a": member, "b": { "type": "string" } } });
        check(&with(&old), &with(&new), &[], &[]);
        check(&with(&new), &with(&old), &[], &[]);
    }
}

#[test]
fn members_come_and_go() {
    let string = json!({ "type": "string" });
    let with = |required: &[&str]| json!({ "type": "object", "properties": { "a": string, "b": string }, "required": required });
    let only = json!({ "type": "object", "properties": { "a": string } });
    let optional = "compatible added b";
    check(&only, &with(&[]), &[optional], &[optional]);
    check(&only, &with(&["b"]), &["breaking added b"], &[optional]);
    check(&with(&[]), &only, &["breaking removed b"], &["compatible removed b"]);
    check(&with(&["b"]), &only, &["breaking removed b"], &["breaking removed b"]);
    check(&with(&[]), &with(&["b"]), &["breaking required b"], &["compatible required b"]);
    check(&with(&["b"]), &with(&[]), &["compatible optional b"], &["breaking optional b"]);
    // All arguments are gone.
    check(&only, &json!({ "type": "object" }), &["breaking removed a"], &["compatible removed a"]);
    check(&json!({ "type": "object" }), &only, &["compatible added a"], &["compatible added a"]);
}

#[test]
fn objects_open_and_close() {
    let open = json!({ "type": "object", "properties": { "a": {} } });
    let closed =
        json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": false });
    turns(&open, &closed, "closed");
    let more = json!({ "type": "object", "properties": { "a": {}, "b": {} }, "additionalProperties": false });
    check(&closed, &more, &["compatible added b"], &["breaking added b"]);
    check(&more, &closed, &["breaking removed b"], &["compatible removed b"]);
    let map = |kind: &str| json!({ "type": "object", "additionalProperties": { "type": kind } });
    turns(&object(map("number")), &object(map("integer")), "type a.*");
}

#[test]
fn nested_places_are_named() {
    let nested = |schema: Value| {
        let item = json!({ "type": "object", "properties": { "tag": schema } });
        object(json!({ "type": "array", "items": item }))
    };
    let (wide, narrow) = (nested(json!({ "enum": ["x", "y"] })), nested(json!({ "enum": ["x"] })));
    turns(&wide, &narrow, "value-removed a[].tag");
    let pair = |second: &str| {
        object(
            json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "type": second }], "items": false }),
        )
    };
    turns(&pair("number"), &pair("integer"), "type a[1]");
    // A filter of any members stays what it was when some of them are described no longer.
    let filter = object(json!({ "type": "object", "properties": { "x": {} } }));
    let free = object(json!({ "type": "object" }));
    check(&filter, &free, &[], &["compatible removed a.x"]);
}

#[test]
fn variants_are_compared_with_their_like() {
    let variant = |tag: &str, value: &str| json!({ "type": "object", "properties": { "kind": { "const": tag }, "value": { "type": value } }, "required": ["kind", "value"] });
    let union = |variants: &[Value]| object(json!({ "oneOf": variants }));
    let (x, y) = (variant("x", "string"), variant("y", "number"));
    let both = union(&[x.clone(), y.clone()]);
    turns(&both, &union(std::slice::from_ref(&x)), "value-removed a.kind");
    turns(&both, &union(&[x.clone(), variant("y", "integer")]), "type a.value");
    check(&both, &union(&[y, x]), &[], &[]);
}

#[test]
fn references_and_recursion_are_followed() {
    let tree = |kind: &str| {
        json!({
            "type": "object",
            "properties": { "a": { "$ref": "#/$defs/Node" } },
            "$defs": { "Node": { "type": "object", "properties": {
                "value": { "type": kind },
                "children": { "type": "array", "items": { "$ref": "#/$defs/Node" } },
            } } },
        })
    };
    check(&tree("string"), &tree("string"), &[], &[]);
    turns(&tree("number"), &tree("integer"), "type a.value");
    let endless = json!({ "type": "object", "properties": { "a": { "$ref": "#/properties/a" } } });
    let undecided = ["breaking undecided a"];
    check(
        &endless,
        &object(json!({ "type": "string" })),
        &["breaking required a", "breaking undecided a"],
        &["breaking undecided a"],
    );
    let broken = object(json!({ "$ref": "https://example.com/schema.json" }));
    check(&object(json!({})), &broken, &undecided, &undecided);
}

#[test]
fn what_cannot_be_decided_counts_as_breaking() {
    let undecided = ["breaking undecided a"];
    for (old, new) in [
        (
            json!({ "type": "string", "pattern": "^a" }),
            json!({ "type": "string", "pattern": "^b" }),
        ),
        (
            json!({ "type": "string", "format": "date" }),
            json!({ "type": "string", "format": "time" }),
        ),
        (json!({ "not": { "type": "string" } }), json!({ "not": { "type": "number" } })),
        (json!({ "if": {}, "then": {} }), json!({ "if": {}, "then": {}, "unheardOf": 1 })),
        (
            json!({ "type": "array", "contains": {} }),
            json!({ "type": "array", "contains": { "const": 1 } }),
        ),
    ] {
        let found = compare(&object(old), &object(new), Side::Input);
        let found: Vec<_> =
            found.iter().map(|it| (it.severity, it.is_undecided, it.path.as_deref())).collect();
        assert_eq!(found, [(Severity::Breaking, true, Some("a"))]);
    }
    let overlapping = json!({ "oneOf": [{ "type": "number" }, { "type": "integer" }] });
    check(
        &object(json!({ "type": "string" })),
        &object(json!({ "type": "boolean" })),
        &["breaking type a"],
        &["breaking type a"],
    );
    check(&object(json!({ "type": "number" })), &object(overlapping), &undecided, &[]);
}

#[test]
fn what_cannot_be_decided_but_stays_is_no_change() {
    let with = |more: Value| {
        let mut properties = json!({
            "a": { "$ref": "https://example.com/schema.json" },
            "b": { "not": { "$ref": "#/$defs/B" } },
            "c": { "allOf": [{ "$ref": "#/$defs/B" }], "properties": { "x": {} } },
        });
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "type": "object",
            "properties": properties,
            "$defs": { "B": { "type": "object", "properties": {}, "additionalProperties": false } },
        })
    };
    let (old, new) = (with(json!({})), with(json!({ "d": {} })));
    check(&old, &new, &["compatible added d"], &["compatible added d"]);
    let mut changed = old.clone();
    changed["$defs"]["B"] = json!({ "type": "string" });
    let found = compare(&old, &changed, Side::Input);
    assert!(found.iter().any(|it| it.is_undecided && it.path.as_deref() == Some("b")), "{found:?}");
}

#[test]
fn types_are_named_by_what_became_of_them() {
    let message = |old: &str, new: &str, side| {
        let schema = |kind: &str| object(json!({ "type": kind }));
        compare(&schema(old), &schema(new), side)[0].message.clone()
    };
    assert_eq!(
        message("number", "integer", Side::Input),
        "argument `a`: type narrowed from `number` to `integer`"
    );
    assert_eq!(
        message("integer", "number", Side::Output),
        "output `a`: type widened from `integer` to `number`"
    );
    assert_eq!(
        message("string", "number", Side::Input),
        "argument `a`: type changed from `string` to `number`"
    );
}

#[test]
fn defaults_are_compared() {
    let with = |default: Value| json!({ "type": "object", "properties": { "a": { "type": "integer", "default": default } } });
    check(&with(json!(1)), &with(json!(2)), &["compatible default a"], &["compatible default a"]);
}

#[test]
fn hostile_schemas_end() {
    let deep = (0..200).fold(json!({}), |inner, _| json!({ "type": "array", "items": inner }));
    assert!(!compare(&deep, &json!({ "type": "array", "items": deep }), Side::Input).is_empty());
    let defs: serde_json::Map<_, _> = (0..30)
        .map(|n| (format!("d{n}"), json!({ "anyOf": [{ "$ref": format!("#/$defs/d{}", n + 1) }, { "$ref": format!("#/$defs/d{}", n + 1) }] })))
        .collect();
    let wide =
        json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/d0" } }, "$defs": defs });
    let found = compare(&wide, &object(json!({})), Side::Input);
    assert!(found.iter().any(|it| it.is_undecided), "{found:?}");
    for keyword in ["allOf", "anyOf"] {
        let defs: serde_json::Map<_, _> = (0..30)
            .map(|n| {
                let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
                (format!("d{n}"), json!({ keyword: [next, next], "type": "string" }))
            })
            .chain([("d30".to_owned(), json!({ "type": "string" }))])
            .collect();
        let schema = json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/d0" } }, "$defs": defs });
        let found = compare(&schema, &object(json!({ "type": "string" })), Side::Input);
        assert!(found.iter().any(|it| it.is_undecided), "{found:?}");
    }
    for schema in [
        json!(false),
        json!(true),
        json!({ "type": 1, "properties": [], "required": {}, "enum": 3, "anyOf": {} }),
    ] {
        compare(&schema, &object(json!({})), Side::Input);
        compare(&object(json!({})), &schema, Side::Output);
    }
}
