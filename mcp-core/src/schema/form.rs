//! Schema of a form: a flat object of fields that the user of a client fills in.

use serde::Serialize;
use serde_json::{Number, Value};

use super::Schema;
use crate::json;

/// Builder of the schema of a form, field by field.
///
/// The schema keeps to the specification's subset of JSON Schema, which has no
/// `additionalProperties`.
///
/// Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).
#[derive(Debug, Default)]
pub struct FormSchema {
    fields: Vec<(String, FormField)>,
    required: Vec<String>,
}

/// Field of a form.
///
/// Specification: [PrimitiveSchemaDefinition](https://modelcontextprotocol.io/specification/2026-07-28/schema#primitiveschemadefinition).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormField {
    /// Type and limits of the value.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// Title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Initial value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// Type of the value of a field, and its limits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum FieldKind {
    /// A text.
    String {
        /// Minimum number of characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        min_length: Option<usize>,
        /// Maximum number of characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_length: Option<usize>,
        /// `email`, `uri`, `date` or `date-time`.
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<&'static str>,
    },
    /// A number without a fraction.
    Integer(Range),
    /// A number.
    Number(Range),
    /// A boolean.
    Boolean,
    /// One of several texts.
    #[serde(rename = "string")]
    One(Options),
    /// Any of several texts.
    #[serde(rename = "array")]
    Many {
        /// Minimum number of selected values.
        #[serde(skip_serializing_if = "Option::is_none")]
        min_items: Option<usize>,
        /// Maximum number of selected values.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_items: Option<usize>,
        /// Values that can be selected.
        items: Items,
    },
}

/// Limits of a number.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Range {
    /// Minimum value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// Maximum value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
}

/// Values of a field with one choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Options {
    /// Values without titles.
    Plain {
        /// The values.
        #[serde(rename = "enum")]
        values: Vec<String>,
    },
    /// Values with titles.
    Titled {
        /// Values and titles.
        one_of: Vec<TitledOption>,
    },
    /// Values with titles in the deprecated form of revisions before 2025-11-25.
    Named {
        /// The values.
        #[serde(rename = "enum")]
        values: Vec<String>,
        /// Titles, in the same order.
        enum_names: Vec<String>,
    },
}

/// Values of a field with several choices.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Items {
    /// Values without titles.
    Plain {
        /// Type of the values.
        #[serde(rename = "type")]
        kind: StringType,
        /// The values.
        #[serde(rename = "enum")]
        values: Vec<String>,
    },
    /// Values with titles.
    Titled {
        /// Values and titles.
        any_of: Vec<TitledOption>,
    },
}

/// Schema type `string`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StringType {
    /// `string`
    String,
}

/// Value with a title for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TitledOption {
    /// Value.
    #[serde(rename = "const")]
    pub value: String,
    /// Title.
    pub title: String,
}

impl FormSchema {
    /// Creates a form without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field.
    pub fn field(&mut self, name: impl Into<String>, required: bool, field: FormField) {
        let name = name.into();
        if required {
            self.required.push(name.clone());
        }
        self.fields.push((name, field));
    }

    /// Returns the schema, the fields in the order in which they were added.
    pub fn finish(self) -> Schema {
        Schema::generated(json::object_string(|schema| {
            schema.value("type", "object");
            schema.object("properties", |properties| {
                for (name, field) in &self.fields {
                    // Through a `Value`, which sorts the keywords.
                    json::value(properties.entry(name), &serde_json::json!(field));
                }
            });
            if !self.required.is_empty() {
                schema.value("required", &self.required);
            }
        }))
    }
}

impl FormField {
    /// Creates a field without a title, a description or a default.
    pub fn new(kind: FieldKind) -> Self {
        Self { kind, title: None, description: None, default: None }
    }
}

impl FieldKind {
    /// Any text.
    pub const TEXT: Self = Self::String { min_length: None, max_length: None, format: None };
}

impl TitledOption {
    /// Value with a title for people.
    pub fn new(value: impl Into<String>, title: impl Into<String>) -> Self {
        Self { value: value.into(), title: title.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::same::assert_same;
    use super::{
        FieldKind, FormField, FormSchema, Items, Options, Range, StringType, TitledOption,
    };

    fn check(kind: FieldKind, expected: &str) {
        assert_same(&json!(FormField::new(kind)).to_string(), expected);
    }

    fn values() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    fn titled() -> Vec<TitledOption> {
        vec![TitledOption::new("a", "A"), TitledOption::new("b", "B")]
    }

    #[test]
    fn primitives() {
        check(FieldKind::TEXT, r#"{"type":"string"}"#);
        check(
            FieldKind::String { min_length: Some(1), max_length: Some(9), format: Some("uri") },
            r#"{"format":"uri","maxLength":9,"minLength":1,"type":"string"}"#,
        );
        check(FieldKind::Integer(Range::default()), r#"{"type":"integer"}"#);
        let range = Range { minimum: Some(0.into()), maximum: Some(9.into()) };
        check(FieldKind::Number(range), r#"{"maximum":9,"minimum":0,"type":"number"}"#);
        check(FieldKind::Boolean, r#"{"type":"boolean"}"#);
    }

    #[test]
    fn selections_come_in_five_forms() {
        check(
            FieldKind::One(Options::Plain { values: values() }),
            r#"{"enum":["a","b"],"type":"string"}"#,
        );
        check(
            FieldKind::One(Options::Titled { one_of: titled() }),
            r#"{"oneOf":[{"const":"a","title":"A"},{"const":"b","title":"B"}],"type":"string"}"#,
        );
        check(
            FieldKind::One(Options::Named { values: values(), enum_names: values() }),
            r#"{"enum":["a","b"],"enumNames":["a","b"],"type":"string"}"#,
        );
        let items = Items::Plain { kind: StringType::String, values: values() };
        check(
            FieldKind::Many { min_items: Some(1), max_items: Some(2), items },
            r#"{"items":{"enum":["a","b"],"type":"string"},"maxItems":2,"minItems":1,"type":"array"}"#,
        );
        let items = Items::Titled { any_of: titled() };
        check(
            FieldKind::Many { min_items: None, max_items: None, items },
            r#"{"items":{"anyOf":[{"const":"a","title":"A"},{"const":"b","title":"B"}]},"type":"array"}"#,
        );
    }

    #[test]
    fn fields_keep_their_order() {
        let mut form = FormSchema::new();
        assert_eq!(FormSchema::new().finish().as_str(), r#"{"type":"object","properties":{}}"#);
        let mut field = FormField::new(FieldKind::TEXT);
        field.title = Some("Z".into());
        field.description = Some("Last".into());
        field.default = Some("z".into());
        form.field("z\"", true, field);
        form.field("a", false, FormField::new(FieldKind::Boolean));
        assert_same(
            form.finish().as_str(),
            r#"{"type":"object","properties":{"z\"":{"default":"z","description":"Last","title":"Z","type":"string"},"a":{"type":"boolean"}},"required":["z\""]}"#,
        );
    }
}
