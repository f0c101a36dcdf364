//! Arguments of a tool from the command line.

use std::io::Read as _;

use mcp_runtime::protocol::Tool;
use serde_json::{Map, Value};

use super::pair::read_file;
use super::{Form, Pair, coerce, did_you_mean};
use crate::exit::Failure;
use crate::output::signature;

/// Arguments of a tool as the command line has them.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ToolInput {
    /// Arguments: `NAME=VALUE` of the type that the tool states, `NAME:=JSON`, or `NAME=@FILE`
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) arguments: Vec<Pair>,
    /// All arguments as a JSON object, `@FILE`, or `-` for standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) args: Option<String>,
}

impl ToolInput {
    /// The arguments for a tool, checked against its schema as far as names and types go.
    pub(crate) fn for_tool(&self, tool: &Tool) -> Result<Map<String, Value>, Failure> {
        let schema = tool.input_schema.to_value();
        let mut arguments = self.object()?;
        let mut given = Vec::new();
        for pair in &self.arguments {
            let name = &pair.name;
            if given.contains(&name) {
                return Err(Failure::usage(format!("the argument `{name}` is given twice")));
            }
            given.push(name);
            let Some(property) = property(&schema, name) else {
                let names = schema["properties"].as_object().into_iter().flatten();
                let hint = did_you_mean(name, names.map(|(name, _)| name.as_str()));
                let message = format!("`{}` has no argument `{name}`{hint}", tool.name);
                return Err(Failure::usage(message).note(signature::of_tool(tool)));
            };
            let value = value(pair, property, &schema)
                .map_err(|failure| failure.note(signature::of_tool(tool)))?;
            arguments.insert(name.clone(), value);
        }
        let required = schema["required"].as_array().into_iter().flatten();
        let missing = required.filter_map(Value::as_str).filter(|it| !arguments.contains_key(*it));
        let missing: Vec<String> = missing.map(|name| format!("`{name}`")).collect();
        match missing.len() {
            0 => Ok(arguments),
            count => {
                let s = if count == 1 { "" } else { "s" };
                let message = format!("missing argument{s} {}", missing.join(", "));
                Err(Failure::usage(message).note(signature::of_tool(tool)))
            }
        }
    }

    /// The object of `--args`.
    fn object(&self) -> Result<Map<String, Value>, Failure> {
        let Some(args) = &self.args else { return Ok(Map::new()) };
        let (text, from) = match (args.as_str(), args.strip_prefix('@')) {
            ("-", _) => (read_stdin()?, "standard input"),
            (_, Some(path)) => (read_file(path)?, path),
            (text, None) => (text.to_owned(), "`--args`"),
        };
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => {
                Err(Failure::usage(format!("{from}: expected a JSON object with the arguments")))
            }
            Err(error) => Err(Failure::usage(format!(
                "{from}: expected a JSON object with the arguments: {error}"
            ))),
        }
    }
}

fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}

/// The schema of an argument; `None` if the tool has no such argument.
fn property<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let further = schema.get("additionalProperties");
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) if properties.contains_key(name) => properties.get(name),
        // Without a list of arguments, any may be meant.
        None if further.is_none() => Some(&Value::Bool(true)),
        _ => further.filter(|further| further.is_object() || **further == Value::Bool(true)),
    }
}

fn value(pair: &Pair, property: &Value, root: &Value) -> Result<Value, Failure> {
    let Pair { name, form } = pair;
    if let Form::Json(text) = form {
        return serde_json::from_str(text).map_err(|error| {
            Failure::usage(format!("argument `{name}`: expected JSON after `:=`: {error}"))
        });
    }
    let text = pair.text()?.unwrap_or_default();
    coerce(&text, property, root)
        .map_err(|reason| Failure::usage(format!("argument `{name}`: {reason}")))
}
