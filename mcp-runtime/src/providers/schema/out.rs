//! Schemas in the form that providers understand, before they are rendered.

use super::json::{Json, Object};
use super::rules::Dialect;

/// Schema of the output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Out {
    pub(super) note: Note,
    pub(super) form: Form,
}

/// Kind of a schema of the output.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// Accepts nothing.
    Never,
    /// Reference to a definition, by its number.
    Reference {
        definition: usize,
        at: String,
    },
    /// Alternatives.
    Union {
        branches: Vec<Out>,
        at: String,
    },
    /// Keywords without schemas: a scalar, or any value. Verbatim schemas of lax dialects also.
    Leaf(Object),
    Array(Box<ArrayForm>),
    Object(Box<ObjectForm>),
}

/// Schema of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ArrayForm {
    pub(super) prefix: Vec<Out>,
    pub(super) items: Option<Out>,
    pub(super) keywords: Object,
}

/// Schema of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ObjectForm {
    /// Places of `required`.
    pub(super) required_at: Vec<String>,
    pub(super) properties: Vec<Property>,
    pub(super) additional: Additional,
    pub(super) keywords: Object,
}

/// Property of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) schema: Out,
    pub(super) required: bool,
    /// `null` stands for an absent property.
    pub(super) strip: bool,
}

/// Properties of an object that are not named.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Additional {
    #[default]
    Open,
    Closed,
    Schema(Box<Out>),
}

/// Annotations: what a schema has for readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Note {
    pub(super) title: Option<String>,
    pub(super) descriptions: Vec<String>,
    /// Sentences in place of dropped keywords.
    pub(super) sentences: Vec<String>,
}

/// Maximum number of descriptions, and of sentences, of one schema.
const MAX_TEXTS: usize = 200;

impl Note {
    /// Adds a sentence, once.
    pub(super) fn sentence(&mut self, sentence: String) {
        let has_room = self.sentences.len() < MAX_TEXTS && !sentence.is_empty();
        if has_room && !self.sentences.contains(&sentence) {
            self.sentences.push(sentence);
        }
    }

    /// Adds a description, once.
    pub(super) fn description(&mut self, text: &str) {
        let text = text.trim();
        let has_room = self.descriptions.len() < MAX_TEXTS && !text.is_empty();
        if has_room && !self.descriptions.iter().any(|known| known == text) {
            self.descriptions.push(text.to_owned());
        }
    }

    /// Adds the annotations of another note.
    pub(super) fn append(&mut self, other: Self) {
        self.title = self.title.take().or(other.title);
        other.descriptions.iter().for_each(|text| self.description(text));
        other.sentences.into_iter().for_each(|sentence| self.sentence(sentence));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.title.is_none() && self.descriptions.is_empty() && self.sentences.is_empty()
    }

    fn render(&self, into: &mut Object) {
        if let Some(title) = &self.title {
            into.push("title", Json::text(title));
        }
        let mut text = self.descriptions.join("\n\n");
        if !self.sentences.is_empty() {
            if !text.is_empty() {
                text.push_str(if text.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
            }
            text.push_str(&self.sentences.join(" "));
        }
        if !text.is_empty() {
            into.push("description", Json::String(text));
        }
    }
}

impl Out {
    pub(super) fn new(form: Form) -> Self {
        Self { note: Note::default(), form }
    }

    /// Accepts any value.
    pub(super) fn any() -> Self {
        Self::new(Form::Leaf(Object::default()))
    }

    /// Accepts `null`.
    pub(super) fn null() -> Self {
        Self::new(Form::Leaf([("type".to_owned(), Json::text("null"))].into_iter().collect()))
    }

    /// Adds `null` to the accepted values.
    pub(super) fn or_null(self, at: &str) -> Self {
        let mut note = Note::default();
        match self.form {
            Form::Union { mut branches, at } => {
                branches.push(Self::null());
                Self { note: self.note, form: Form::Union { branches, at } }
            }
            form => {
                // The annotations belong to the property, whatever its value.
                note.append(self.note);
                let branches = vec![Self::new(form), Self::null()];
                Self { note, form: Form::Union { branches, at: at.to_owned() } }
            }
        }
    }

    /// Schemas directly inside.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.form {
            Form::Never | Form::Reference { .. } | Form::Leaf(_) => Vec::new(),
            Form::Union { branches, .. } => branches.iter().collect(),
            Form::Array(array) => array.prefix.iter().chain(&array.items).collect(),
            Form::Object(object) => {
                let additional = match &object.additional {
                    Additional::Schema(schema) => Some(&**schema),
                    Additional::Open | Additional::Closed => None,
                };
                object
                    .properties
                    .iter()
                    .map(|property| &property.schema)
                    .chain(additional)
                    .collect()
            }
        }
    }

    /// Renders the schema. The names are those of the definitions.
    pub(super) fn render(&self, names: &[String], dialect: Dialect) -> Json {
        let mut into = Object::default();
        match &self.form {
            Form::Never => {
                self.note.render(&mut into);
                into.push("not", Json::Object(Object::default()));
            }
            Form::Reference { definition, .. } => {
                let reference = Json::String(format!("#/$defs/{}", names[*definition]));
                let reference: Object = [("$ref".to_owned(), reference)].into_iter().collect();
                if self.note.is_empty() {
                    return Json::Object(reference);
                }
                self.note.render(&mut into);
                // Keywords beside `$ref` are refused or ignored.
                into.push("anyOf", Json::Array(vec![Json::Object(reference)]));
            }
            Form::Union { branches, .. } => self.render_union(branches, names, dialect, &mut into),
            Form::Leaf(keywords) => self.render_leaf(keywords, &mut into),
            Form::Array(array) => {
                into.push("type", Json::text("array"));
                self.note.render(&mut into);
                let render = |schema: &Self| schema.render(names, dialect);
                if !array.prefix.is_empty() {
                    into.push(
                        "prefixItems",
                        Json::Array(array.prefix.iter().map(render).collect()),
                    );
                }
                if let Some(items) = &array.items {
                    into.push("items", render(items));
                }
                array.keywords.iter().for_each(|(key, value)| into.push(key, value.clone()));
            }
            Form::Object(object) => {
                into.push("type", Json::text("object"));
                self.note.render(&mut into);
                object.render(names, dialect, &mut into);
            }
        }
        Json::Object(into)
    }

    fn render_leaf(&self, keywords: &Object, into: &mut Object) {
        if let Some(kind) = keywords.get("type") {
            into.push("type", kind.clone());
        }
        let mut note = self.note.clone();
        // Verbatim schemas have their own description.
        for (key, value) in keywords.iter() {
            match (key, value) {
                ("description", Json::String(text)) => note.descriptions.insert(0, text.clone()),
                ("title", Json::String(text)) => note.title = Some(text.clone()),
                _ => {}
            }
        }
        note.render(into);
        for (key, value) in keywords.iter() {
            let is_note = matches!(key, "description" | "title") && value.as_str().is_some();
            if key != "type" && !is_note {
                into.push(key, value.clone());
            }
        }
    }

    fn render_union(
        &self,
        branches: &[Self],
        names: &[String],
        dialect: Dialect,
        into: &mut Object,
    ) {
        // A scalar or `null` is short as a list of types.
        if let [Self { note, form: Form::Leaf(scalar) }, null] = branches
            && dialect.lists_types()
            && *null == Self::null()
            && let Some(Json::String(kind)) = scalar.get("type")
            && kind != "null"
            && !scalar.contains("enum")
        {
            into.push("type", Json::Array(vec![Json::text(kind), Json::text("null")]));
            let mut all = self.note.clone();
            all.append(note.clone());
            all.render(into);
            let rest = scalar.iter().filter(|(key, _)| *key != "type");
            rest.for_each(|(key, value)| into.push(key, value.clone()));
            return;
        }
        self.note.render(into);
        let branches = branches.iter().map(|branch| branch.render(names, dialect)).collect();
        into.push("anyOf", Json::Array(branches));
    }
}

impl ObjectForm {
    fn render(&self, names: &[String], dialect: Dialect, into: &mut Object) {
        let all_required = dialect.requires_all();
        let properties = self.properties.iter();
        let properties = properties
            .map(|property| (property.name.clone(), property.schema.render(names, dialect)));
        into.push("properties", Json::Object(properties.collect()));
        let required = self.properties.iter().filter(|property| all_required || property.required);
        let required: Vec<_> = required.map(|property| Json::text(&property.name)).collect();
        let is_listed = self.keywords.contains("required");
        if (all_required || !required.is_empty()) && !is_listed {
            into.push("required", Json::Array(required));
        }
        match &self.additional {
            Additional::Open => {}
            Additional::Closed => into.push("additionalProperties", Json::Bool(false)),
            Additional::Schema(schema) => {
                into.push("additionalProperties", schema.render(names, dialect));
            }
        }
        self.keywords.iter().for_each(|(key, value)| into.push(key, value.clone()));
    }
}
