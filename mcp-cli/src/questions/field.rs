//! Fields of forms.

use serde_json::Value;

use super::terminal::{self, Stop};
use crate::input::{check, coerce, resolve};
use crate::output::{one_line, signature};

/// A field of a form.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) is_required: bool,
    /// Schema without references.
    schema: Value,
}

/// A value that can be selected.
#[derive(Debug, PartialEq)]
struct Choice {
    value: Value,
    title: String,
}

/// The option of a field that may be left out.
const LEFT_OUT: &str = "(leave out)";

impl Field {
    /// The fields of a form, in its order.
    pub(super) fn all(form: &Value) -> Vec<Self> {
        let required = form["required"].as_array();
        let fields = form["properties"].as_object().into_iter().flatten();
        let fields = fields.map(|(name, schema)| {
            let mut schema = resolve(schema, form).clone();
            if let Some(items) = schema.get("items") {
                schema["items"] = resolve(items, form).clone();
            }
            let is_required = required.is_some_and(|all| all.iter().any(|it| it == name));
            Self { name: name.clone(), is_required, schema }
        });
        fields.collect()
    }

    /// Initial value.
    pub(super) fn default(&self) -> Option<&Value> {
        self.schema.get("default").filter(|default| !default.is_null())
    }

    /// Converts a text into the value of the field.
    ///
    /// # Errors
    /// The description of what was expected.
    pub(super) fn parse(&self, text: &str) -> Result<Value, String> {
        let value = coerce(text, &self.schema, &self.schema)?;
        check(&value, &self.schema)?;
        Ok(value)
    }

    /// A line about the field, for messages.
    pub(super) fn line(&self) -> String {
        let signature =
            signature::of_argument(&self.name, self.is_required, &self.schema, &self.schema);
        let description = self.schema["description"].as_str().unwrap_or_default();
        one_line(format!("{signature}  {description}").trim_end())
    }

    /// Asks for the value; `None` if the field is left out.
    pub(super) fn ask(&self, earlier: Option<&Value>) -> Result<Option<Value>, Stop> {
        let start = earlier.or(self.default());
        if let Some(choices) = self.choices() {
            return self.ask_choice(choices, start);
        }
        match choices(&self.schema["items"]).filter(|_| self.schema["type"] == "array") {
            Some(choices) => self.ask_choices(choices, start),
            None => self.ask_text(start),
        }
    }

    fn ask_text(&self, start: Option<&Value>) -> Result<Option<Value>, Stop> {
        let field = self.clone();
        let check = move |text: &str| match text {
            "" if !field.is_required => Ok(()),
            "" => Err("expected a value".to_owned()),
            text => field.parse(text).map(drop),
        };
        let start = start.map(shown);
        let text = terminal::text(&self.label(), &self.help(), start.as_deref(), check)?;
        // It was valid a moment ago, unless it is empty.
        Ok(self.parse(&text).ok().filter(|_| !text.is_empty()))
    }

    fn ask_choice(
        &self,
        choices: Vec<Choice>,
        start: Option<&Value>,
    ) -> Result<Option<Value>, Stop> {
        let mut options: Vec<String> = choices.iter().map(Choice::line).collect();
        // A field that is left out takes its default.
        if !self.is_required && self.default().is_none() {
            options.push(LEFT_OUT.to_owned());
        }
        let index = choices.iter().position(|it| Some(&it.value) == start);
        let default = if self.is_required { 0 } else { choices.len() };
        let index =
            terminal::select(&self.label(), &self.help(), options, index.unwrap_or(default))?;
        Ok(choices.into_iter().nth(index).map(|choice| choice.value))
    }

    fn ask_choices(
        &self,
        choices: Vec<Choice>,
        start: Option<&Value>,
    ) -> Result<Option<Value>, Stop> {
        let options = choices.iter().map(Choice::line).collect();
        let start = start.and_then(Value::as_array);
        let is_chosen = |choice: &Choice| start.is_some_and(|all| all.contains(&choice.value));
        let start = choices.iter().enumerate().filter(|(_, choice)| is_chosen(choice));
        let start: Vec<usize> = start.map(|(index, _)| index).collect();
        let field = self.clone();
        let check = move |count: usize| match count {
            0 if !field.is_required => Ok(()),
            count => check(&Value::Array(vec![Value::Null; count]), &field.schema),
        };
        let help = format!("{}; space selects, enter confirms", self.help());
        let chosen = terminal::select_many(&self.label(), &help, options, &start, check)?;
        let is_left_out = chosen.is_empty() && !self.is_required;
        let chosen = choices.into_iter().enumerate().filter(|(index, _)| chosen.contains(index));
        let chosen = chosen.map(|(_, choice)| choice.value).collect();
        Ok(Some(Value::Array(chosen)).filter(|_| !is_left_out))
    }

    /// Name of the field for people.
    fn label(&self) -> String {
        match self.schema["title"].as_str() {
            Some(title) => one_line(title),
            None => one_line(&self.name),
        }
    }

    fn help(&self) -> String {
        let line = self.line();
        let required = if self.is_required { "required" } else { "optional" };
        format!("{line} ({required})")
    }

    fn choices(&self) -> Option<Vec<Choice>> {
        if self.schema["type"] == "boolean" {
            let choice =
                |value: bool, title: &str| Choice { value: value.into(), title: title.into() };
            return Some(vec![choice(true, "Yes"), choice(false, "No")]);
        }
        choices(&self.schema)
    }
}

/// Values that a schema lists.
fn choices(schema: &Value) -> Option<Vec<Choice>> {
    if let Some(values) = schema["enum"].as_array() {
        let title = |index: usize| schema["enumNames"].get(index).and_then(Value::as_str);
        let choices = values.iter().enumerate().map(|(index, value)| Choice {
            value: value.clone(),
            title: title(index).map(str::to_owned).unwrap_or_else(|| shown(value)),
        });
        return Some(choices.collect());
    }
    let branches = schema["oneOf"].as_array().or(schema["anyOf"].as_array())?;
    let choices = branches.iter().map(|branch| {
        let value = branch.get("const")?.clone();
        let title = branch["title"].as_str().map(str::to_owned);
        Some(Choice { title: title.unwrap_or_else(|| shown(&value)), value })
    });
    choices.collect()
}

impl Choice {
    fn line(&self) -> String {
        one_line(&self.title)
    }
}

/// A value as the user writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_list_their_choices() {
        for schema in [
            json!({ "enum": ["a", "b"], "enumNames": ["A", "B"] }),
            json!({ "oneOf": [{ "const": "a", "title": "A" }, { "const": "b", "title": "B" }] }),
            json!({ "anyOf": [{ "const": "a", "title": "A" }, { "const": "b", "title": "B" }] }),
        ] {
            let titles = choices(&schema).unwrap();
            assert_eq!(titles.iter().map(Choice::line).collect::<Vec<_>>(), ["A", "B"]);
            assert_eq!(titles[1].value, "b");
        }
        assert_eq!(choices(&json!({ "anyOf": [{ "type": "string" }, { "const": "b" }] })), None);
        assert_eq!(choices(&json!({ "type": "string" })), None);
    }

    #[test]
    fn a_field_checks_its_value() {
        let form = json!({
            "properties": {
                "guests": { "type": "integer", "minimum": 1, "default": 2, "description": "How many" },
                "when": { "type": "string", "format": "date" },
            },
            "required": ["when"],
        });
        let [guests, when] = &Field::all(&form)[..] else { panic!("{form}") };
        assert_eq!(guests.line(), "guests?: integer = 2  How many");
        assert_eq!(guests.parse("3"), Ok(json!(3)));
        assert_eq!(guests.parse("0"), Err("expected at least 1, got 0".to_owned()));
        assert_eq!(guests.default(), Some(&json!(2)));
        assert!(when.is_required && when.parse("soon").is_err());
    }
}
