//! Schemas as alternatives without references and combinations.

use serde_json::{Map, Value};

use super::super::canonical::is_annotation;

/// Keywords of one alternative.
pub(super) type Flat = Map<String, Value>;

/// Alternatives of a schema: a value is valid if it is valid for one of them.
pub(super) struct Alternatives {
    pub(super) all: Vec<Flat>,
    /// `true` if a value that two of them accept could be refused, as by `oneOf`.
    pub(super) is_exclusive: bool,
}

/// Reason for which a schema has no such form.
#[derive(Debug)]
pub(super) struct Undecided(pub(super) String);

/// Maximum number of references and combinations that are followed.
const MAX_DEPTH: usize = 32;

/// Maximum number of schemas. References can repeat one many times.
const MAX_STEPS: usize = 5_000;

/// Maximum number of alternatives.
const MAX_ALTERNATIVES: usize = 128;

/// Keywords that identify or hold schemas, and constrain nothing where they stand.
const PLACES: [&str; 5] = ["$anchor", "$defs", "$id", "default", "definitions"];

/// Keywords that are resolved here.
const COMBINATIONS: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

/// Keywords that depend on others beside them, so that they cannot be moved into another schema.
const BOUND: [&str; 4] =
    ["additionalProperties", "unevaluatedItems", "unevaluatedProperties", "items"];

/// Finds the alternatives of a schema in a document.
pub(super) fn alternatives(schema: &Value, root: &Value) -> Result<Alternatives, Undecided> {
    flat(schema, root, 0, &mut 0)
}

fn flat(
    schema: &Value,
    root: &Value,
    depth: usize,
    steps: &mut usize,
) -> Result<Alternatives, Undecided> {
    *steps += 1;
    if *steps > MAX_STEPS {
        return Err(Undecided("it is too large".into()));
    }
    if depth > MAX_DEPTH {
        return Err(Undecided("its references lead to themselves".into()));
    }
    let members = match schema {
        Value::Bool(true) => return Ok(Alternatives::one(Flat::new())),
        Value::Bool(false) => return Ok(Alternatives { all: Vec::new(), is_exclusive: false }),
        Value::Object(members) => members,
        _ => return Err(Undecided("it is no schema".into())),
    };
    let keeps = |keyword: &str| {
        !is_annotation(keyword) && !PLACES.contains(&keyword) && !COMBINATIONS.contains(&keyword)
    };
    let rest = members.iter().filter(|(keyword, _)| keeps(keyword));
    let mut found =
        Alternatives::one(rest.map(|(keyword, value)| (keyword.clone(), value.clone())).collect());
    if let Some(reference) = members.get("$ref") {
        found = found.and(flat(target(reference, root)?, root, depth + 1, steps)?)?;
    }
    for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        found = found.and(flat(part, root, depth + 1, steps)?)?;
    }
    for keyword in ["anyOf", "oneOf"] {
        let Some(branches) = members.get(keyword).and_then(Value::as_array) else { continue };
        let mut union = Alternatives { all: Vec::new(), is_exclusive: false };
        for branch in branches {
            let branch = flat(branch, root, depth + 1, steps)?;
            let is_apart = branch.all.iter().all(|one| union.all.iter().all(|it| apart(one, it)));
            union.is_exclusive |= branch.is_exclusive || keyword == "oneOf" && !is_apart;
            union.all.extend(branch.all);
        }
        found = found.and(union)?;
    }
    found.all = found.all.into_iter().flat_map(by_type).collect();
    Ok(found)
}

/// The schema that a reference names.
fn target<'a>(reference: &Value, root: &'a Value) -> Result<&'a Value, Undecided> {
    let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
    let found = pointer.and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| Undecided(format!("the reference {reference} cannot be followed")))
}

impl Alternatives {
    fn one(flat: Flat) -> Self {
        Self { all: vec![flat], is_exclusive: false }
    }

    /// Values that are valid for both.
    fn and(self, other: Self) -> Result<Self, Undecided> {
        if self.all.len() * other.all.len() > MAX_ALTERNATIVES {
            return Err(Undecided("it has too many alternatives".into()));
        }
        let mut all = Vec::new();
        for one in &self.all {
            for two in &other.all {
                all.extend(merged(one, two)?);
            }
        }
        Ok(Self { all, is_exclusive: self.is_exclusive || other.is_exclusive })
    }
}

/// One schema for values that are valid for both, `None` if there are none.
fn merged(one: &Flat, two: &Flat) -> Result<Option<Flat>, Undecided> {
    let has_bound = |flat: &Flat| BOUND.iter().any(|keyword| flat.contains_key(*keyword));
    let has_members = |flat: &Flat| {
        ["properties", "patternProperties", "prefixItems"].iter().any(|it| flat.contains_key(*it))
    };
    if has_bound(one) && has_members(two) || has_bound(two) && has_members(one) {
        return Err(Undecided(
            "`allOf` or `$ref` stands beside keywords of the same object".into(),
        ));
    }
    let mut all = one.clone();
    for (keyword, value) in two {
        let Some(present) = all.get(keyword).filter(|present| *present != value) else {
            all.insert(keyword.clone(), value.clone());
            continue;
        };
        let both = match both(keyword, present, value) {
            Some(Value::Null) => return Ok(None),
            Some(both) => both,
            None => return Err(Undecided(format!("`{keyword}` stands in several schemas"))),
        };
        all.insert(keyword.clone(), both);
    }
    Ok(Some(all))
}

/// The value of a keyword for two schemas at once; `null` if no value is valid for both.
fn both(keyword: &str, one: &Value, two: &Value) -> Option<Value> {
    let larger = || Some(if one.as_f64()? >= two.as_f64()? { one.clone() } else { two.clone() });
    let smaller = || Some(if one.as_f64()? <= two.as_f64()? { one.clone() } else { two.clone() });
    match keyword {
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => larger(),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => smaller(),
        "required" => {
            let mut names = one.as_array()?.clone();
            names.extend(two.as_array()?.iter().filter(|it| !one_has(one, it)).cloned());
            Some(Value::Array(names))
        }
        "properties" => {
            let mut properties = one.as_object()?.clone();
            for (name, schema) in two.as_object()? {
                let schema = match properties.get(name) {
                    Some(present) => serde_json::json!({ "allOf": [present, schema] }),
                    None => schema.clone(),
                };
                properties.insert(name.clone(), schema);
            }
            Some(Value::Object(properties))
        }
        "type" => {
            let (one, two) = (kinds(one)?, kinds(two)?);
            let shared = one.iter().filter_map(|one| two.iter().find_map(|two| meet(one, two)));
            let shared: Vec<_> = shared.map(Value::from).collect();
            Some(if shared.is_empty() { Value::Null } else { Value::Array(shared) })
        }
        "enum" => {
            let shared: Vec<_> = one.as_array()?.iter().filter(|it| one_has(two, it)).collect();
            Some(if shared.is_empty() { Value::Null } else { serde_json::json!(shared) })
        }
        "const" => Some(Value::Null),
        _ => None,
    }
}

fn one_has(list: &Value, item: &Value) -> bool {
    list.as_array().is_some_and(|all| all.contains(item))
}

/// Names of the types in the value of `type`.
fn kinds(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(kind) => Some(vec![kind]),
        Value::Array(kinds) => kinds.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The type of values that are of both types.
fn meet<'a>(one: &'a str, two: &'a str) -> Option<&'a str> {
    match (one, two) {
        _ if one == two => Some(one),
        ("integer", "number") | ("number", "integer") => Some("integer"),
        _ => None,
    }
}

/// One alternative for each type.
fn by_type(flat: Flat) -> Vec<Flat> {
    let Some(Value::Array(kinds)) = flat.get("type") else { return vec![flat] };
    let of = |kind: &Value| {
        let mut flat = flat.clone();
        flat.insert("type".into(), kind.clone());
        flat
    };
    kinds.iter().map(of).collect()
}

/// The values that an alternative lists.
pub(super) fn values(flat: &Flat) -> Option<Vec<&Value>> {
    match (flat.get("const"), flat.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// `true` if it is plain that no value is valid for both.
fn apart(one: &Flat, two: &Flat) -> bool {
    if let (Some(one), Some(two)) = (values(one), values(two)) {
        return !one.iter().any(|value| two.contains(value));
    }
    if let (Some(one), Some(two)) =
        (one.get("type").and_then(Value::as_str), two.get("type").and_then(Value::as_str))
        && meet(one, two).is_none()
    {
        return true;
    }
    let tags = |flat: &Flat| -> Vec<(String, Value)> {
        let required = flat.get("required").and_then(Value::as_array).into_iter().flatten();
        let names = required.filter_map(Value::as_str);
        names
            .filter_map(|name| {
                let value = flat.get("properties")?.get(name)?.get("const")?;
                Some((name.to_owned(), value.clone()))
            })
            .collect()
    };
    let others = tags(two);
    let differs = |(name, value): &(String, Value)| {
        others.iter().any(|(other, it)| other == name && it != value)
    };
    // Values of other types are valid for both only if one of them is not limited to objects.
    let are_objects = |flat: &Flat| flat.get("type").is_some_and(|kind| kind == "object");
    are_objects(one) && are_objects(two) && tags(one).iter().any(differs)
}
