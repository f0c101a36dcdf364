//! Input schemas of tools in the dialects of model providers.
//!
//! [`ProviderSchema::new`] rewrites any schema, of annotated functions or of servers of others, into
//! what a provider accepts, and reports what it had to leave out.

mod alternatives;
mod array;
mod conjunction;
mod convert;
mod disjoint;
mod document;
pub(crate) mod json;
pub(crate) mod limits;
mod object;
mod out;
mod recursion;
mod root;
mod rules;
#[cfg(any(test, fuzzing))]
pub(crate) mod subset;
mod typed;
mod undo;
mod verbatim;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use self::tests::{foreign_schemas, generated_schemas, workspace_schemas};

use std::fmt;

use mcp_core::schema::Schema;

use self::convert::Converter;
use self::document::Document;
use self::json::Json;
use self::limits::Size;
use self::out::{Form, Out};
pub use self::rules::Dialect;
pub use self::undo::Undo;

const TOO_LARGE: &str = "the schema is too large";

/// Maximum length of a schema that is read, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Input schema in the dialect of a provider.
///
/// Three lists report how it differs from the original:
///
/// - [`dropped`](Self::dropped): keywords that the provider does not understand. The schema accepts
///   more than the original; the keywords are described in words instead.
/// - [`narrowed`](Self::narrowed): places that accept less than the original, such as objects whose
///   schema does not name all properties.
/// - [`not_strict`](Self::not_strict): the reasons for which strict mode is impossible.
///
/// Every value that the original accepts, but for what is narrowed, is accepted, with `null` in place
/// of absent properties where strict mode wants it. Every value that is accepted is, after
/// [`undo`](Self::undo), accepted by the original without the dropped keywords.
///
/// # Example
/// ```
/// use mcp_runtime::providers::{Dialect, ProviderSchema};
/// use mcp_runtime::schema::Schema;
///
/// let schema = Schema::parse(
///     r#"{ "type": "object", "properties": { "limit": { "type": "integer", "default": 5 } } }"#,
/// )?;
/// let strict = ProviderSchema::new(&schema, Dialect::OpenAiStrict);
/// assert!(strict.is_strict());
///
/// // The model must give every property. What it left out comes as `null`.
/// let mut arguments = serde_json::json!({ "limit": null });
/// strict.undo().apply(&mut arguments);
/// assert_eq!(arguments, serde_json::json!({}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProviderSchema {
    schema: Schema,
    strict: bool,
    not_strict: Vec<NotStrict>,
    dropped: Vec<Dropped>,
    narrowed: Vec<Narrowed>,
    undo: Undo,
    size: Size,
}

/// Reason for which a schema cannot be strict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotStrict {
    /// Place in the original: a JSON Pointer, empty for the root.
    pub path: String,
    /// Reason, in words.
    pub reason: String,
}

/// Keyword or schema that the provider does not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Place in the original: a JSON Pointer.
    pub path: String,
    /// `true` for a `oneOf` that became `anyOf`: more than one of the alternatives may match.
    pub as_any_of: bool,
}

/// Place that accepts less than the original.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Narrowed {
    /// Place in the original: a JSON Pointer, empty for the root.
    pub path: String,
    /// Difference to the original.
    pub narrowing: Narrowing,
}

/// Kind of values that are not accepted although the original accepts them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Narrowing {
    /// Objects with properties that the schema does not name.
    Closed,
    /// Values of types other than these, which the schema describes without a `type`.
    Types(Vec<&'static str>),
}

impl fmt::Display for NotStrict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the root" } else { &self.path };
        write!(f, "not strict, because {} (at {path})", self.reason)
    }
}

impl ProviderSchema {
    /// Rewrites a schema in a dialect. If strict mode is impossible, the schema is that of
    /// [`Dialect::lax`].
    pub fn new(schema: &Schema, dialect: Dialect) -> Self {
        if schema.as_str().len() > MAX_TEXT {
            return Self::unreadable(Json::Null, dialect, TOO_LARGE);
        }
        let Ok(root) = Json::parse(schema.as_str()) else {
            let reason = "the schema is nested too deeply, or has a number out of range";
            return Self::unreadable(Json::Null, dialect, reason);
        };
        let document = Document::new(root);
        let not_strict = match rewrite(&document, dialect) {
            Ok(schema) => return schema,
            Err(reasons) => reasons,
        };
        let lax = match dialect.is_strict() {
            true => rewrite(&document, dialect.lax()),
            false => Err(Vec::new()),
        };
        let lax = lax.unwrap_or_else(|_| Self::unreadable(document.root, dialect, TOO_LARGE));
        Self { not_strict, ..lax }
    }

    /// Accepts any object in place of a schema that cannot be read or is too large.
    fn unreadable(root: Json, dialect: Dialect, reason: &str) -> Self {
        let text = r#"{"type":"object","properties":{}}"#;
        let keywords = root.as_object().into_iter().flat_map(|root| root.iter());
        let dropped = keywords
            .map(|(keyword, _)| Dropped { path: document::below("", keyword), as_any_of: false });
        let reason = || NotStrict { path: String::new(), reason: reason.to_owned() };
        let not_strict = dialect.is_strict().then(reason);
        Self {
            schema: Schema::parse(text).expect("the text is a schema"),
            strict: false,
            not_strict: not_strict.into_iter().collect(),
            dropped: dropped.collect(),
            narrowed: Vec::new(),
            undo: Undo::default(),
            size: Size::default(),
        }
    }

    /// Returns the schema to send.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// `true` if the schema can be sent with `strict`.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns the reasons for which a strict dialect was refused.
    pub fn not_strict(&self) -> &[NotStrict] {
        &self.not_strict
    }

    /// Returns the keywords that the schema leaves out.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Returns the places that accept less than the original.
    pub fn narrowed(&self) -> &[Narrowed] {
        &self.narrowed
    }

    /// Returns what removes the nulls of strict mode from arguments.
    pub fn undo(&self) -> &Undo {
        &self.undo
    }

    /// Adds a reason for which the schema is not strict.
    pub(crate) fn refused(mut self, reason: &str) -> Self {
        self.not_strict.push(NotStrict { path: String::new(), reason: reason.to_owned() });
        self
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }
}

fn rewrite(document: &Document, dialect: Dialect) -> Result<ProviderSchema, Vec<NotStrict>> {
    let mut converter = Converter::new(document, dialect, false);
    let mut root = converter.convert_root();
    converter.convert_definitions();
    if converter.weakened && !converter.exhausted {
        converter = Converter::new(document, dialect, true);
        root = converter.convert_root();
        converter.convert_definitions();
    }
    if converter.exhausted {
        let reason = TOO_LARGE.to_owned();
        converter.reasons.push(NotStrict { path: String::new(), reason });
        return Err(converter.reasons);
    }
    converter.restrict_recursion();
    converter.settle_exclusions();
    let size = converter.check_size(&root);
    if !converter.reasons.is_empty() {
        return Err(deduplicated(converter.reasons));
    }
    let schema = render(&root, &converter).ok_or_else(|| {
        vec![NotStrict { path: String::new(), reason: "nested too deeply".to_owned() }]
    })?;
    let mut undo = Undo::default();
    if dialect.requires_all() {
        let definitions = converter.definitions.iter();
        let definitions = definitions.map(|one| one.schema.clone().unwrap_or_else(Out::any));
        undo = Undo::new(root, definitions.collect());
        if let Some(path) = undo.conflict() {
            let reason = "the alternatives cannot be distinguished once `null` stands for absent \
                          properties"
                .to_owned();
            return Err(vec![NotStrict { path, reason }]);
        }
    }
    Ok(ProviderSchema {
        schema,
        strict: dialect.is_strict(),
        not_strict: Vec::new(),
        dropped: converter.dropped,
        narrowed: converter.narrowed,
        undo,
        size,
    })
}

fn render(root: &Out, converter: &Converter<'_>) -> Option<Schema> {
    debug_assert!(matches!(root.form, Form::Object(_)), "the root is an object");
    let names: Vec<_> = converter.definitions.iter().map(|one| one.name.clone()).collect();
    let dialect = converter.dialect;
    let Json::Object(mut rendered) = root.render(&names, dialect) else { return None };
    if !converter.definitions.is_empty() {
        let definitions = converter.definitions.iter().map(|one| {
            let schema = one.schema.clone().unwrap_or_else(Out::any);
            (one.name.clone(), schema.render(&names, dialect))
        });
        rendered.push("$defs", Json::Object(definitions.collect()));
    }
    Schema::parse(&Json::Object(rendered).to_string()).ok()
}

fn deduplicated(reasons: Vec<NotStrict>) -> Vec<NotStrict> {
    let mut kept: Vec<NotStrict> = Vec::new();
    for reason in reasons {
        if kept.len() < 100 && !kept.contains(&reason) {
            kept.push(reason);
        }
    }
    kept
}
