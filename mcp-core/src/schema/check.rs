//! Constraints that a schema advertises and no deserialiser enforces.
//!
//! A derived schema may carry constraints, such as `#[schemars(range(min = 1))]`, that the
//! derived `Deserialize` does not check. A server that advertised them would promise what it does
//! not check.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use super::portable::ENFORCED;
use super::walk::{definition_named, extend, subschemas};

/// Constraint in the schema of a type that deserialising the type does not enforce.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unenforced {
    /// JSON pointer to the schema that has the constraint; starts in `/$defs` for a type that
    /// contains itself.
    pub pointer: String,
    /// Keyword of the constraint.
    pub keyword: String,
}

impl fmt::Display for Unenforced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => write!(f, "`{}`", self.keyword),
            pointer => write!(f, "`{}` at `{pointer}`", self.keyword),
        }
    }
}

/// Finds the constraints of a schema, as the derive wrote it, that deserialising does not
/// enforce. `definitions` are the schemas that it may refer to as `#/$defs/…`.
///
/// Constraints that Rust types enforce by themselves are not reported: the bounds of integers,
/// `NonZero`, `char`, arrays of a fixed size and tuples. An attribute that states exactly the bound
/// of such a type (`range(min = 1)` on a `u32` reads as `NonZeroU32`) is not reported either. A type
/// that enforces its constraints in its own `Deserialize` is marked with
/// `#[schemars(extend("x-enforced" = true))]`; the keyword is not sent.
pub fn unenforced(schema: &Value, definitions: &Value) -> Vec<Unenforced> {
    let mut search = Search { definitions, entered: BTreeSet::new(), found: Vec::new() };
    search.schema(schema, "");
    search.found
}

struct Search<'a> {
    definitions: &'a Value,
    entered: BTreeSet<String>,
    found: Vec<Unenforced>,
}

impl Search<'_> {
    fn schema(&mut self, schema: &Value, pointer: &str) {
        let Value::Object(object) = schema else { return };
        if object.get(ENFORCED) == Some(&Value::Bool(true)) {
            return;
        }
        for keyword in object.keys().filter(|keyword| !is_enforced(object, keyword)) {
            self.found
                .push(Unenforced { pointer: pointer.to_owned(), keyword: keyword.to_owned() });
        }
        self.reference(schema);
        subschemas(schema, |keyword, key, inner| {
            if keyword != "not" {
                self.schema(inner, &extend(pointer, keyword, key));
            }
        });
    }

    fn reference(&mut self, schema: &Value) {
        let Some(name) = definition_named(schema) else { return };
        if self.entered.insert(name.clone())
            && let Some(target) = self.definitions.get(&name)
        {
            self.schema(target, &extend("", "$defs", Some(&name)));
        }
    }
}

fn is_enforced(schema: &Map<String, Value>, keyword: &str) -> bool {
    match keyword {
        "minimum" | "maximum" => is_natural_bound(schema, keyword),
        "minLength" | "maxLength" => is_one_character(schema),
        "minItems" | "maxItems" => is_fixed_size(schema),
        "not" => schema[keyword] == json!({ "const": 0 }),
        "patternProperties" => has_integer_keys(&schema[keyword]),
        "format" => schema[keyword] != "email",
        "contains" | "dependentRequired" | "dependentSchemas" | "else" | "exclusiveMaximum"
        | "exclusiveMinimum" | "if" | "maxContains" | "maxProperties" | "minContains"
        | "minProperties" | "multipleOf" | "pattern" | "propertyNames" | "then" => false,
        _ => true,
    }
}

/// `true` for a bound that schemars states because the Rust type has it.
fn is_natural_bound(schema: &Map<String, Value>, keyword: &str) -> bool {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return false };
    let Some(bound) = schema[keyword].as_i64() else { return false };
    match (keyword, format) {
        ("minimum", "int8") => bound == i64::from(i8::MIN),
        ("minimum", "int16") => bound == i64::from(i16::MIN),
        ("maximum", "int8") => bound == i64::from(i8::MAX),
        ("maximum", "int16") => bound == i64::from(i16::MAX),
        ("maximum", "uint8") => bound == i64::from(u8::MAX),
        ("maximum", "uint16") => bound == i64::from(u16::MAX),
        // Zero, or one for the `NonZero` types.
        ("minimum", format) => format.starts_with("uint") && matches!(bound, 0 | 1),
        _ => false,
    }
}

fn is_one_character(schema: &Map<String, Value>) -> bool {
    ["minLength", "maxLength"]
        .iter()
        .all(|keyword| schema.get(*keyword).is_some_and(|length| length == 1))
}

fn is_fixed_size(schema: &Map<String, Value>) -> bool {
    match (schema.get("minItems"), schema.get("maxItems")) {
        (Some(least), Some(most)) => least == most,
        // An array of no items has no lower bound in its schema.
        (None, Some(most)) => most == 0,
        _ => false,
    }
}

/// `true` for the two patterns with which schemars describes maps from integers.
fn has_integer_keys(patterns: &Value) -> bool {
    patterns
        .as_object()
        .is_some_and(|map| map.keys().all(|key| matches!(key.as_str(), r"^\d+$" | r"^-?\d+$")))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::num::{NonZeroI8, NonZeroU8, NonZeroU64};

    use schemars::JsonSchema;

    use crate::schema::InputSchema;

    fn check<T: JsonSchema + ?Sized>(expected: &[&str]) {
        let mut schema = InputSchema::new();
        let found: Vec<String> =
            schema.argument::<T>("a").unenforced.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{}", T::schema_name());
    }

    #[test]
    fn what_rust_types_enforce_is_not_reported() {
        check::<(i8, i16, i32, i64, i128, isize)>(&[]);
        check::<(u8, u16, u32, u64, u128, usize)>(&[]);
        check::<(NonZeroU8, NonZeroU64, NonZeroI8)>(&[]);
        check::<(f32, f64, bool, char, String, &str)>(&[]);
        check::<([u8; 3], [u8; 0], Vec<Option<u8>>)>(&[]);
        check::<(HashSet<u8>, BTreeMap<u8, char>, BTreeMap<i8, char>)>(&[]);
        check::<std::net::Ipv4Addr>(&[]);
        check::<Option<NonZeroU8>>(&[]);
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Constrained {
        #[schemars(range(min = 2, max = 9))]
        small: u8,
        #[schemars(range(min = 0.5))]
        ratio: Option<f64>,
        #[schemars(length(max = 8), regex(pattern = "^a"))]
        text: String,
        #[schemars(length(min = 1), inner(contains(pattern = "x")))]
        list: Vec<String>,
        #[schemars(email)]
        mail: String,
        #[schemars(extend("multipleOf" = 5))]
        fives: i64,
        free: u8,
    }

    const CONSTRAINED: &[&str] = &[
        "`multipleOf` at `/properties/fives`",
        "`minItems` at `/properties/list`",
        "`pattern` at `/properties/list/items`",
        "`format` at `/properties/mail`",
        "`minimum` at `/properties/ratio`",
        "`maximum` at `/properties/small`",
        "`minimum` at `/properties/small`",
        "`maxLength` at `/properties/text`",
        "`pattern` at `/properties/text`",
    ];

    #[test]
    fn constraints_from_attributes_are_reported() {
        check::<Constrained>(CONSTRAINED);
        check::<Option<Constrained>>(CONSTRAINED);
    }

    #[derive(JsonSchema)]
    #[schemars(extend("pattern" = "^[A-Z]+$", "x-enforced" = true))]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Checked(String);

    #[test]
    fn a_type_that_checks_itself_says_so() {
        check::<Checked>(&[]);
        check::<Vec<Checked>>(&[]);
        let mut schema = InputSchema::new();
        let argument = schema.argument::<Checked>("a");
        assert_eq!(argument.schema.to_string(), r#"{"pattern":"^[A-Z]+$","type":"string"}"#);
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Tree {
        #[schemars(range(max = 7))]
        value: i32,
        children: Vec<Tree>,
    }

    #[test]
    fn types_that_contain_themselves_are_searched_once() {
        check::<Tree>(&[
            "`maximum` at `/$defs/Tree/properties/value`",
            "`maximum` at `/properties/value`",
        ]);
    }
}
