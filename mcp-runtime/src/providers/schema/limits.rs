//! Limits on the size of strict schemas.

use std::collections::HashMap;

use super::NotStrict;
use super::convert::Converter;
use super::json::Json;
use super::out::{Form, Out};
use super::rules::Dialect;

/// Size of a schema, as providers count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    properties: usize,
    values: usize,
    characters: usize,
    depth: usize,
    /// Optional properties.
    pub(crate) optional: usize,
    /// Properties and items with alternatives.
    pub(crate) unions: usize,
}

/// Maximum number of optional properties of a request with strict tools of Anthropic.
pub(crate) const MAX_OPTIONAL: usize = 24;

/// Maximum number of unions of a request with strict tools of Anthropic.
pub(crate) const MAX_UNIONS: usize = 16;

/// Maximum depth of objects and arrays in strict schemas of OpenAI.
const MAX_DEPTH: usize = 10;

/// Maxima of OpenAI: properties, values of `enum`, characters of names and values.
const OPENAI: [(usize, &str); 3] = [
    (5_000, "properties"),
    (1_000, "values of `enum`"),
    (120_000, "characters in names and values"),
];

impl Converter<'_> {
    /// Measures a schema with its definitions, and refuses what is too large to be strict.
    pub(super) fn check_size(&mut self, root: &Out) -> Size {
        let mut size = Size::default();
        size.add(root);
        for definition in &self.definitions {
            size.characters += definition.name.len();
            if let Some(schema) = &definition.schema {
                size.add(schema);
            }
        }
        size.depth = self.depth_of(root, &mut Vec::new(), &mut HashMap::new());
        let mut refuse = |reason: String| {
            self.reasons.push(NotStrict { path: String::new(), reason });
        };
        match self.dialect {
            Dialect::OpenAiStrict => {
                let counts = [size.properties, size.values, size.characters];
                for (count, (most, name)) in counts.into_iter().zip(OPENAI) {
                    if count > most {
                        refuse(format!("{count} {name}; at most {most} are allowed"));
                    }
                }
                if size.depth > MAX_DEPTH {
                    refuse(format!("nested {} levels deep; at most {MAX_DEPTH}", size.depth));
                }
            }
            Dialect::AnthropicStrict => {
                let counts = [
                    (size.optional, MAX_OPTIONAL, "optional properties"),
                    (size.unions, MAX_UNIONS, "unions"),
                ];
                for (count, most, name) in counts {
                    if count > most {
                        refuse(format!("{count} {name}; at most {most} are allowed"));
                    }
                }
            }
            _ => {}
        }
        size
    }

    /// Depth of objects and arrays, through references; recursion counts once.
    fn depth_of(
        &self,
        schema: &Out,
        path: &mut Vec<usize>,
        known: &mut HashMap<usize, usize>,
    ) -> usize {
        let own = usize::from(matches!(schema.form, Form::Object(_) | Form::Array(_)));
        if let Form::Reference { definition, .. } = schema.form {
            if path.contains(&definition) || path.len() > MAX_DEPTH {
                return path.len().saturating_sub(MAX_DEPTH);
            }
            if let Some(depth) = known.get(&definition) {
                return *depth;
            }
            path.push(definition);
            let depth = self
                .definition_form(definition)
                .map_or(0, |schema| self.depth_of(schema, path, known));
            path.pop();
            known.insert(definition, depth);
            return depth;
        }
        let inner = schema.children().into_iter().map(|child| self.depth_of(child, path, known));
        own + inner.max().unwrap_or(0)
    }
}

impl Size {
    fn add(&mut self, schema: &Out) {
        match &schema.form {
            Form::Object(object) => {
                self.properties += object.properties.len();
                let names = object.properties.iter().map(|property| property.name.len());
                self.characters += names.sum::<usize>();
                let optional = object.properties.iter().filter(|property| !property.required);
                self.optional += optional.count();
            }
            Form::Union { .. } => self.unions += 1,
            // It is written as a union of one, because a description cannot stand beside `$ref`.
            Form::Reference { .. } if !schema.note.is_empty() => self.unions += 1,
            Form::Leaf(keywords) => {
                if let Some(Json::Array(values)) = keywords.get("enum") {
                    self.values += values.len();
                    let texts = values.iter().filter_map(Json::as_str);
                    self.characters += texts.map(str::len).sum::<usize>();
                }
            }
            _ => {}
        }
        for child in schema.children() {
            self.add(child);
        }
    }
}
