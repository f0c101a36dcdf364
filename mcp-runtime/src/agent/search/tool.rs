//! Tool that finds tools: its definition for the model, and its results.

use std::fmt::Write as _;

use mcp_core::protocol::{CallToolResult, Tool, ToolAnnotations};
use mcp_core::schema::Schema;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::index::{Found, ToolIndex};
use crate::providers::{NameMap, ToolId, ToolSet};
use crate::shorten::shorten_to;

/// Tool with which a model finds the tools that it needs, instead of having all of them listed.
///
/// Offer [`definition`](Self::definition) to the model. Answer its calls with [`call`](Self::call), and
/// offer the tools that were found in the turns that follow.
#[derive(Clone, Debug)]
pub struct SearchTool {
    index: ToolIndex,
    /// Summaries of the tools, by their places in the set.
    tools: Vec<(ToolId, Summary)>,
    id: ToolId,
    definition: Tool,
}

/// Result of a search.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SearchResult {
    /// Tools that were found, the best first. They can be called from now on.
    pub tools: Vec<ToolId>,
    /// Result for the model.
    pub result: CallToolResult,
}

/// Name of the tool, unless a tool of the set has it.
const NAME: &str = "search_tools";

/// Number of tools that a search finds by default, and at most.
const DEFAULT_LIMIT: usize = 5;
const MAX_LIMIT: usize = 20;

/// Limits of what a result contains, in characters and arguments.
const MAX_DESCRIPTION: usize = 240;
const MAX_NAME: usize = 64;
const MAX_ARGUMENTS: usize = 16;
const MAX_VALUES: usize = 8;

/// Maximum number of servers in the description.
const MAX_SERVERS: usize = 30;

impl SearchTool {
    /// Creates the tool for a set.
    pub fn new(set: &ToolSet) -> Self {
        let is_free =
            |name: &String| !set.iter().any(|(id, _)| id.server.is_none() && id.tool == *name);
        let mut names = (2..).map(|number| format!("{NAME}_{number}"));
        let name = Some(NAME.to_owned()).filter(is_free).or_else(|| names.find(is_free));
        let name = name.unwrap_or_default();
        Self {
            index: ToolIndex::new(set),
            tools: set.iter().map(|(id, tool)| (id.clone(), Summary::of(tool))).collect(),
            definition: definition(&name, set),
            id: ToolId::new(name),
        }
    }

    /// Returns the identity of this tool: `search_tools`, of no server. A number follows if the set has a
    /// tool with this name.
    pub fn id(&self) -> &ToolId {
        &self.id
    }

    /// Returns the definition. Its description contains the number of tools and the names of the servers.
    pub fn definition(&self) -> &Tool {
        &self.definition
    }

    /// Returns the index.
    pub fn index(&self) -> &ToolIndex {
        &self.index
    }

    /// Answers a call of the model. The names in the result are those at the provider.
    ///
    /// Arguments that do not fit give a result with an error for the model.
    pub fn call(&self, arguments: &RawValue, names: &NameMap) -> SearchResult {
        let (query, limit) = match read_query(arguments) {
            Ok(query) => query,
            Err(fault) => {
                return SearchResult { tools: Vec::new(), result: CallToolResult::error(fault) };
            }
        };
        let found = self.index.search(&query, limit);
        let text = self.render(&found, names);
        let tools = found.into_iter().map(|found| found.tool).collect();
        SearchResult { tools, result: CallToolResult::text(text) }
    }

    fn render(&self, found: &[Found], names: &NameMap) -> String {
        let total = self.index.len();
        if found.is_empty() {
            return format!(
                "None of the {total} tools fits. Search again with other words: what the tool does, and \
                 to which kind of thing."
            );
        }
        let mut text = format!("Found {} of {total} tools. They can be called now.\n", found.len());
        for Found { tool, .. } in found {
            let name = names.name(tool).unwrap_or(&tool.tool);
            let _ = write!(text, "\n{}", shorten_to(name, MAX_NAME * 2));
            let summary = self.tools.iter().find(|(id, _)| id == tool).map(|(_, summary)| summary);
            if let Some(summary) = summary {
                if !summary.description.is_empty() {
                    let _ = write!(text, ": {}", summary.description);
                }
                let _ = write!(text, "\n  arguments: {}", summary.arguments);
            }
        }
        text
    }
}

fn definition(name: &str, set: &ToolSet) -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "What the tool should do, in a few words: an action and a thing, such as \
                    `create calendar event`",
            },
            "limit": {
                "type": "integer",
                "description": "Maximum number of tools",
                "minimum": 1,
                "maximum": MAX_LIMIT,
                "default": DEFAULT_LIMIT,
            },
        },
        "required": ["query"],
    });
    let mut text = format!(
        "Finds the tools for a task among {} that are not listed here. Tools that it finds can be called \
         in the next turn.",
        set.len()
    );
    let mut servers: Vec<&str> = Vec::new();
    for server in set.iter().filter_map(|(id, _)| id.server.as_deref()) {
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    if !servers.is_empty() {
        let shown = servers.iter().take(MAX_SERVERS).map(|server| shorten_to(server, MAX_NAME));
        let _ = write!(text, " They belong to: {}", shown.collect::<Vec<_>>().join(", "));
        if let Some(more) = servers.len().checked_sub(MAX_SERVERS).filter(|more| *more > 0) {
            let _ = write!(text, " and {more} more");
        }
        text.push('.');
    }
    let schema = Schema::from_value(&schema).expect("the schema is an object");
    Tool::new(name, schema)
        .description(text)
        .annotations(ToolAnnotations::new().read_only(true).open_world(false))
}

/// Reads the arguments. The limit is read leniently, because it is a hint only.
fn read_query(arguments: &RawValue) -> Result<(String, usize), String> {
    let arguments: Value =
        serde_json::from_str(arguments.get()).map_err(|error| error.to_string())?;
    let query = match arguments.get("query") {
        Some(Value::String(query)) if !query.trim().is_empty() => query.clone(),
        Some(other) => {
            let other = shorten_to(&other.to_string(), MAX_NAME);
            return Err(format!("`query`: expected a few words, got {other}"));
        }
        None => return Err("`query`: expected a few words, got nothing".to_owned()),
    };
    let limit = match arguments.get("limit") {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Number(number)) => number.as_f64(),
        _ => None,
    };
    // The cast saturates.
    let limit = limit.map_or(DEFAULT_LIMIT, |limit| limit as usize);
    Ok((query, limit.clamp(1, MAX_LIMIT)))
}
/// Tool in the form in which results show it.
#[derive(Clone, Debug)]
struct Summary {
    /// Begin of the description, on one line.
    description: String,
    arguments: String,
}

impl Summary {
    fn of(tool: &Tool) -> Self {
        let description = tool.description.as_deref().or(tool.title.as_deref()).unwrap_or_default();
        let description: Vec<_> = description.split_whitespace().collect();
        Self {
            description: shorten_to(&description.join(" "), MAX_DESCRIPTION),
            arguments: arguments(&tool.input_schema.to_value()),
        }
    }
}

/// Lists the arguments with their types. Optional ones have a question mark.
fn arguments(schema: &Value) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return "none".to_owned();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|required| required.iter().any(|it| it == name));
    // The required ones come first, so that none of them is cut off.
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for (name, property) in properties {
        let shown = shorten_to(name, MAX_NAME);
        let kind = kind(property);
        match is_required(name) {
            true => first.push(format!("{shown}: {kind}")),
            false => rest.push(format!("{shown}?: {kind}")),
        }
    }
    first.append(&mut rest);
    if first.is_empty() {
        return "none".to_owned();
    }
    let more = first.len().saturating_sub(MAX_ARGUMENTS);
    first.truncate(MAX_ARGUMENTS);
    let mut text = first.join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Describes the type of an argument.
fn kind(property: &Value) -> String {
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        let shown =
            values.iter().take(MAX_VALUES).map(|value| shorten_to(&value.to_string(), MAX_NAME));
        let shown = shown.collect::<Vec<_>>().join(" | ");
        return if values.len() > MAX_VALUES { format!("{shown} | …") } else { shown };
    }
    let text = match property.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join(" | ")
        }
        _ => "any".to_owned(),
    };
    shorten_to(&text, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::Tool;
    use mcp_core::schema::Schema;
    use serde_json::{Value, json};

    use super::SearchTool;
    use crate::providers::{Provider, ToolId, ToolSet};

    fn tool(name: &str, description: &str, properties: Value, required: Value) -> Tool {
        let schema = json!({ "type": "object", "properties": properties, "required": required });
        Tool::new(name, Schema::from_value(&schema).unwrap()).description(description)
    }

    fn set() -> ToolSet {
        let weather = tool(
            "get.weather",
            "Get the weather\n  of a city.",
            json!({ "city": { "type": "string" }, "more": {}, "unit": { "enum": ["c", "f"] } }),
            json!(["city"]),
        );
        let delete = tool("delete_file", &"Delete a file. ".repeat(90), json!({}), json!([]));
        ToolSet::default().server("weather", [weather]).server("files", [delete])
    }

    fn call(set: &ToolSet, arguments: Value) -> (Vec<ToolId>, bool, String) {
        let arguments = serde_json::value::to_raw_value(&arguments).unwrap();
        let search = SearchTool::new(set);
        let result = search.call(&arguments, set.definitions(Provider::OpenAiChat).names());
        let text = result.result.content[0].as_text().unwrap().to_owned();
        (result.tools, result.result.is_error, text)
    }

    #[test]
    fn results_name_the_tools_as_the_provider_does() {
        let (tools, is_error, text) = call(&set(), json!({ "query": "weather in Rome" }));
        assert_eq!(tools, [ToolId::of_server("weather", "get.weather")]);
        assert!(!is_error);
        assert_eq!(
            text,
            "Found 1 of 2 tools. They can be called now.\n\n\
             weather__get_weather: Get the weather of a city.\n  \
             arguments: city: string, more?: any, unit?: \"c\" | \"f\""
        );
    }

    #[test]
    fn long_descriptions_are_shortened() {
        let (_, _, text) = call(&set(), json!({ "query": "remove a document" }));
        assert!(text.contains("files__delete_file: Delete a file. Delete"), "{text}");
        assert!(text.ends_with("…\n  arguments: none"), "{text}");
        assert!(text.len() < 500, "{text}");
    }

    #[test]
    fn arguments_that_do_not_fit_are_explained() {
        for (arguments, expected) in [
            (json!({}), "`query`: expected a few words, got nothing"),
            (json!([]), "`query`: expected a few words, got nothing"),
            (json!({ "query": " " }), "`query`: expected a few words, got \" \""),
            (json!({ "query": 7 }), "`query`: expected a few words, got 7"),
        ] {
            assert_eq!(call(&set(), arguments), (Vec::new(), true, expected.to_owned()));
        }
        let (tools, is_error, text) = call(&set(), json!({ "query": "quantum" }));
        assert!(tools.is_empty() && !is_error && text.starts_with("None of the 2 tools fits."));
    }

    #[test]
    fn the_limit_is_read_leniently() {
        let tools = (0..30)
            .map(|number| tool(&format!("get_{number}"), "Get a thing.", json!({}), json!([])));
        let set = ToolSet::new(tools);
        for (limit, expected) in [
            (json!(null), 5),
            (json!(7), 7),
            (json!(7.0), 7),
            (json!("7"), 7),
            (json!(0), 1),
            (json!(-1), 1),
            (json!(1e300), 20),
            (json!("many"), 5),
            (json!([]), 5),
        ] {
            let (tools, ..) = call(&set, json!({ "query": "get", "limit": limit }));
            assert_eq!(tools.len(), expected, "{limit}");
            assert_eq!(tools[0], ToolId::new("get_0"));
        }
    }

    #[test]
    fn the_definition_describes_the_set() {
        let search = SearchTool::new(&set());
        let text = search.definition().description.clone().unwrap();
        assert!(text.contains("among 2 that"), "{text}");
        assert!(text.ends_with("They belong to: weather, files."), "{text}");
        assert_eq!(search.id(), &ToolId::new("search_tools"));
        let set = ToolSet::new([tool("search_tools", "", json!({}), json!([]))]);
        let search = SearchTool::new(&set);
        assert_eq!(
            (&*search.id().tool, &*search.definition().name),
            ("search_tools_2", "search_tools_2")
        );
        assert!(!search.definition().description.clone().unwrap().contains("belong"));
    }
}
