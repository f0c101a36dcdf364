//! Values that match a schema, or nearly.

use serde_json::{Map, Value, json};

use super::entropy::Entropy;

/// Generates a value for a schema. It need not match: the validator decides.
pub(super) fn value(
    schema: &Value,
    root: &Value,
    entropy: &mut Entropy<'_>,
    depth: usize,
) -> Value {
    let Value::Object(schema) = schema else { return scalar(entropy) };
    if depth > 12 {
        return Value::Null;
    }
    if entropy.once_in(24) {
        return scalar(entropy);
    }
    let mut parts = vec![own(schema, root, entropy, depth)];
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && let Some(target) = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
    {
        parts.push(Some(value(target, root, entropy, depth + 1)));
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = schema.get(keyword)
            && !branches.is_empty()
        {
            let branch = entropy.choice(branches).clone();
            parts.push(Some(value(&branch, root, entropy, depth + 1)));
        }
    }
    for branch in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        parts.push(Some(value(branch, root, entropy, depth + 1)));
    }
    let mut parts = parts.into_iter().flatten();
    let Some(first) = parts.next() else { return scalar(entropy) };
    parts.fold(first, merged)
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let both = match one.remove(&name) {
                    Some(before) => merged(before, value),
                    None => value,
                };
                one.insert(name, both);
            }
            Value::Object(one)
        }
        (_, other) => other,
    }
}

fn own(
    schema: &Map<String, Value>,
    root: &Value,
    entropy: &mut Entropy<'_>,
    depth: usize,
) -> Option<Value> {
    if let Some(value) = schema.get("const") {
        return Some(value.clone());
    }
    if let Some(Value::Array(values)) = schema.get("enum")
        && !values.is_empty()
    {
        return Some(entropy.choice(values).clone());
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) if !kinds.is_empty() => entropy.choice(kinds).as_str()?,
        _ if schema.contains_key("properties") || schema.contains_key("required") => "object",
        _ if schema.contains_key("items") || schema.contains_key("prefixItems") => "array",
        _ => return None,
    };
    Some(match kind {
        "object" => object(schema, root, entropy, depth),
        "array" => array(schema, root, entropy, depth),
        "string" => {
            let texts = ["", "a", "ab", "b1", "abcdef", "2020-01-01", "kind"];
            json!(entropy.choice(&texts))
        }
        "integer" | "number" => number(schema, kind, entropy),
        "boolean" => json!(entropy.below(2) == 0),
        _ => Value::Null,
    })
}

fn number(schema: &Map<String, Value>, kind: &str, entropy: &mut Entropy<'_>) -> Value {
    let limits = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    let limits: Vec<_> = limits.iter().filter_map(|name| schema.get(*name)?.as_i64()).collect();
    let near = if limits.is_empty() { 0 } else { *entropy.choice(&limits) };
    let number = near + i64::try_from(entropy.below(5)).unwrap_or(0) - 1;
    if kind == "number" && entropy.once_in(3) { json!(number as f64 + 0.5) } else { json!(number) }
}

fn object(
    schema: &Map<String, Value>,
    root: &Value,
    entropy: &mut Entropy<'_>,
    depth: usize,
) -> Value {
    let mut object = Map::new();
    let required: Vec<_> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, property) in properties {
            let is_required = required.iter().any(|required| *required == name);
            // Nulls in particular: they stand for absent properties.
            if entropy.once_in(if is_required { 16 } else { 3 }) {
                if entropy.once_in(2) {
                    object.insert(name.clone(), Value::Null);
                }
                continue;
            }
            if depth < 6 || is_required {
                object.insert(name.clone(), value(property, root, entropy, depth + 1));
            }
        }
    }
    for name in required.iter().filter_map(|name| name.as_str()) {
        if !object.contains_key(name) && !entropy.once_in(8) {
            object.insert(name.to_owned(), scalar(entropy));
        }
    }
    let other = schema.get("additionalProperties").unwrap_or(&Value::Null);
    if other.is_object() && entropy.once_in(2) || entropy.once_in(12) {
        let name = *entropy.choice(&["a", "b", "x", "kind"]);
        let extra = value(other, root, entropy, depth + 1);
        object.entry(name).or_insert(extra);
    }
    Value::Object(object)
}

fn array(
    schema: &Map<String, Value>,
    root: &Value,
    entropy: &mut Entropy<'_>,
    depth: usize,
) -> Value {
    let count = |name: &str| schema.get(name).and_then(Value::as_u64);
    let prefix = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], |items| items);
    let least = usize::try_from(count("minItems").unwrap_or(0)).unwrap_or(0).min(8);
    let least = least.max(prefix.len());
    let length = if depth > 6 { least } else { least + entropy.below(3) };
    let any = Value::Bool(true);
    let items = (0..length).map(|index| {
        let schema = prefix.get(index).or(schema.get("items")).unwrap_or(&any);
        value(schema, root, entropy, depth + 1)
    });
    Value::Array(items.collect())
}

pub(super) fn scalar(entropy: &mut Entropy<'_>) -> Value {
    let scalars =
        [json!(1), json!("a"), json!(null), json!(true), json!(1.5), json!({}), json!([])];
    entropy.choice(&scalars).clone()
}

/// Changes a value at one place.
pub(super) fn mutated(value: &Value, entropy: &mut Entropy<'_>) -> Value {
    match value {
        Value::Object(object) if !object.is_empty() => {
            let mut object = object.clone();
            let names: Vec<_> = object.keys().cloned().collect();
            let name = entropy.choice(&names).clone();
            match entropy.below(6) {
                0 => drop(object.remove(&name)),
                1 => drop(object.insert(name, Value::Null)),
                2 => drop(
                    object.insert((*entropy.choice(&["a", "b", "x"])).to_owned(), scalar(entropy)),
                ),
                3 => drop(object.insert(name, scalar(entropy))),
                _ => {
                    let inner = mutated(&object[&name], entropy);
                    object.insert(name, inner);
                }
            }
            Value::Object(object)
        }
        Value::Array(items) if !items.is_empty() => {
            let mut items = items.clone();
            let index = entropy.below(items.len());
            match entropy.below(3) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                _ => items[index] = mutated(&items[index], entropy),
            }
            Value::Array(items)
        }
        _ => scalar(entropy),
    }
}
