//! Removal of the nulls that strict mode requires in place of absent properties.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value;

use super::json::{Json, Object};
use super::out::{Form, ObjectForm, Out};

/// Removes the nulls from arguments that strict mode required: OpenAI requires every property, and the
/// schema accepts `null` where the tool expects the property to be absent.
///
/// Properties that accept `null` themselves keep it.
#[derive(Clone, Debug, Default)]
pub struct Undo(Option<Arc<Plan>>);

#[derive(Debug)]
struct Plan {
    root: Out,
    definitions: Vec<Out>,
}

/// Maximum number of pairs of alternatives that are compared.
const MAX_PAIRS: usize = 50_000;

/// Maximum length of a chain of references.
const MAX_CHAIN: usize = 16;

impl Undo {
    pub(super) fn new(root: Out, definitions: Vec<Out>) -> Self {
        let plan = Plan { root, definitions };
        let strips = plan.strips(&plan.root) || plan.definitions.iter().any(|out| plan.strips(out));
        Self(strips.then(|| Arc::new(plan)))
    }

    /// Returns the place of alternatives that the arguments do not distinguish.
    pub(super) fn conflict(&self) -> Option<String> {
        let plan = self.0.as_deref()?;
        let mut comparison = Comparison { plan, left: MAX_PAIRS, seen: HashSet::new() };
        let mut open: Vec<&Out> = plan.definitions.iter().collect();
        open.push(&plan.root);
        while let Some(schema) = open.pop() {
            if let Form::Union { branches, at } = &schema.form {
                for (index, one) in branches.iter().enumerate() {
                    if branches[index + 1..].iter().any(|other| comparison.differ(one, other)) {
                        return Some(at.clone());
                    }
                }
            }
            open.extend(schema.children());
        }
        None
    }

    /// `true` if arguments can contain nulls that are to be removed.
    pub fn is_needed(&self) -> bool {
        self.0.is_some()
    }

    /// Removes the nulls from arguments.
    pub fn apply(&self, arguments: &mut Value) {
        let Some(plan) = &self.0 else { return };
        let Ok(mut ordered) = Json::deserialize(&*arguments) else { return };
        if plan.walk(&plan.root, &mut ordered, 0)
            && let Ok(changed) = serde_json::to_value(ordered)
        {
            *arguments = changed;
        }
    }

    /// Removes the nulls from the text of arguments. Text without such nulls is returned as it is.
    ///
    /// # Errors
    /// The error of `serde_json` if the text is not JSON.
    pub fn apply_text<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, serde_json::Error> {
        let Some(plan) = &self.0 else { return Ok(Cow::Borrowed(text)) };
        let mut arguments = Json::parse(text)?;
        Ok(match plan.walk(&plan.root, &mut arguments, 0) {
            true => Cow::Owned(arguments.to_string()),
            false => Cow::Borrowed(text),
        })
    }
}

impl Plan {
    fn strips(&self, schema: &Out) -> bool {
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            if let Form::Object(object) = &schema.form
                && object.properties.iter().any(|property| property.strip)
            {
                return true;
            }
            open.extend(schema.children());
        }
        false
    }

    /// Removes nulls; returns `true` if there were any.
    fn walk(&self, schema: &Out, value: &mut Json, chain: usize) -> bool {
        match (&schema.form, value) {
            (Form::Reference { definition, .. }, value) if chain < MAX_CHAIN => self
                .definitions
                .get(*definition)
                .is_some_and(|schema| self.walk(schema, value, chain + 1)),
            (Form::Union { branches, .. }, value) => {
                let fits =
                    |exact| branches.iter().find(|branch| self.accepts(branch, value, exact));
                let branch = fits(true).or_else(|| fits(false));
                branch.is_some_and(|branch| self.walk(branch, value, chain + 1))
            }
            (Form::Array(array), Json::Array(items)) => {
                let Some(schema) = &array.items else { return false };
                items.iter_mut().fold(false, |any, item| self.walk(schema, item, 0) | any)
            }
            (Form::Object(object), Json::Object(members)) => self.walk_object(object, members),
            _ => false,
        }
    }

    fn walk_object(&self, object: &ObjectForm, members: &mut Object) -> bool {
        let mut changed = false;
        members.retain(|name, value| {
            let named = object.properties.iter().find(|property| property.name == name);
            let Some(property) = named else { return true };
            if property.strip && *value == Json::Null {
                changed = true;
                return false;
            }
            changed |= self.walk(&property.schema, value, 0);
            true
        });
        changed
    }

    /// `true` if a value has the type, the names and the tags of a schema.
    fn accepts(&self, schema: &Out, value: &Json, exact: bool) -> bool {
        let mut test = Test { plan: self, exact, seen: HashSet::new() };
        test.accepts(schema, value, 0)
    }
}

/// Test of a value against a schema.
struct Test<'p> {
    plan: &'p Plan,
    /// Absent and unknown properties are not accepted.
    exact: bool,
    /// Definitions that were tested.
    seen: HashSet<usize>,
}

impl Test<'_> {
    fn accepts(&mut self, schema: &Out, value: &Json, chain: usize) -> bool {
        match (&schema.form, value) {
            // A definition that accepts the value ends the test, so one that was seen does not.
            (Form::Reference { definition, .. }, _) if chain < MAX_CHAIN => {
                let plan = self.plan;
                self.seen.insert(*definition)
                    && plan
                        .definitions
                        .get(*definition)
                        .is_some_and(|schema| self.accepts(schema, value, chain + 1))
            }
            (Form::Union { branches, .. }, _) if chain < MAX_CHAIN => {
                branches.iter().any(|branch| self.accepts(branch, value, chain + 1))
            }
            (Form::Leaf(keywords), _) => leaf_accepts(keywords, value),
            (Form::Array(_), Json::Array(_)) => true,
            (Form::Object(object), Json::Object(members)) => self.accepts_object(object, members),
            _ => false,
        }
    }

    fn accepts_object(&self, object: &ObjectForm, members: &Object) -> bool {
        let exact = self.exact;
        let fits = object.properties.iter().all(|property| {
            match (members.get(&property.name), &property.schema.form) {
                (Some(value), Form::Leaf(keywords)) => leaf_accepts(keywords, value),
                (Some(Json::Null), _) => self.plan.accepts(&property.schema, &Json::Null, exact),
                (Some(_), _) => true,
                (None, _) => !exact && !property.required,
            }
        });
        let known = |name: &str| object.properties.iter().any(|property| property.name == name);
        fits && (!exact || members.iter().all(|(name, _)| known(name)))
    }
}

fn leaf_accepts(keywords: &Object, value: &Json) -> bool {
    let kind = keywords.get("type").and_then(Json::as_str);
    let has_kind = match (kind, value) {
        (None, _)
        | (Some("null"), Json::Null)
        | (Some("boolean"), Json::Bool(_))
        | (Some("number"), Json::Number(_))
        | (Some("string"), Json::String(_)) => true,
        (Some("integer"), Json::Number(number)) => {
            number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => false,
    };
    let values = keywords.get("enum").and_then(Json::as_array);
    has_kind && values.is_none_or(|values| values.iter().any(|allowed| allowed.same(value)))
}

/// Comparison of alternatives: whether they remove different nulls from a value that both accept.
struct Comparison<'p> {
    plan: &'p Plan,
    left: usize,
    seen: HashSet<(usize, usize)>,
}

impl<'p> Comparison<'p> {
    fn differ(&mut self, one: &'p Out, other: &'p Out) -> bool {
        let address = |schema: &Out| std::ptr::from_ref(schema).addr();
        if !self.seen.insert((address(one), address(other))) {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return true;
        }
        match (&one.form, &other.form) {
            (Form::Reference { definition, .. }, _) => {
                let plan = self.plan;
                plan.definitions.get(*definition).is_some_and(|one| self.differ(one, other))
            }
            (_, Form::Reference { definition, .. }) => {
                let plan = self.plan;
                plan.definitions.get(*definition).is_some_and(|other| self.differ(one, other))
            }
            (Form::Union { branches, .. }, _) => {
                branches.iter().any(|branch| self.differ(branch, other))
            }
            (_, Form::Union { branches, .. }) => {
                branches.iter().any(|branch| self.differ(one, branch))
            }
            (Form::Array(one), Form::Array(other)) => match (&one.items, &other.items) {
                (Some(one), Some(other)) => self.differ(one, other),
                _ => false,
            },
            (Form::Object(one), Form::Object(other)) => self.objects_differ(one, other),
            _ => false,
        }
    }

    fn objects_differ(&mut self, one: &'p ObjectForm, other: &'p ObjectForm) -> bool {
        if one.properties.len() != other.properties.len() {
            return false;
        }
        let mut pairs = Vec::new();
        for property in &one.properties {
            self.left = self.left.saturating_sub(1);
            let same = other.properties.iter().find(|other| other.name == property.name);
            let Some(same) = same else { return false };
            if let (Form::Leaf(one), Form::Leaf(other)) = (&property.schema.form, &same.schema.form)
                && excludes(one, other)
            {
                return false;
            }
            pairs.push((property, same));
        }
        pairs.into_iter().any(|(one, other)| {
            let accepts_null = |schema| self.plan.accepts(schema, &Json::Null, true);
            one.strip != other.strip && accepts_null(&one.schema) && accepts_null(&other.schema)
                || self.differ(&one.schema, &other.schema)
        })
    }
}

/// `true` if two scalars have no value in common, by their lists of values.
fn excludes(one: &Object, other: &Object) -> bool {
    match one.get("enum").and_then(Json::as_array) {
        Some(values) => {
            values.len() <= 100 && !values.iter().any(|value| leaf_accepts(other, value))
        }
        None => false,
    }
}
