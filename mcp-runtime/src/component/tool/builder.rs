//! Builder of a tool.

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use mcp_core::protocol::{self, TaskSupport, ToolAnnotations, ToolExecution};
use mcp_core::schema::headers::HeaderBinding;
use mcp_core::schema::{InputSchema, Schema, headers, is_object, output_schema};
use schemars::JsonSchema;

use crate::component::arguments::Leniency;
use crate::component::poll_budget::PollBudget;
use crate::component::presentation::{Presentation, builder_setters, name_errors};
use crate::component::tool::arguments::ArgumentTable;
use crate::component::tool::call::Call;
use crate::component::tool::into_schema::IntoSchema;
use crate::component::tool::outcome::returned::Returns;
use crate::component::tool::outcome::{ResultSchema, Shape};
use crate::component::tool::parameter::{Declaration, ParameterSpec};
use crate::component::tool::spec::{ToolFuture, ToolHandler, ToolSpec};
use crate::component::tool::task::TaskSettings;
#[cfg(feature = "validate")]
use crate::component::tool::validate::Validator;
use crate::component::unknown_members::UnknownMembers;
use crate::constraint::schema::NotCompiled;

/// Builder of a tool. Errors are collected until the server is built.
pub struct ToolBuilder {
    pub(crate) name: String,
    pub(crate) presentation: Presentation,
    pub(crate) annotations: ToolAnnotations,
    wide_name: bool,
    open: bool,
    cooperative: bool,
    task: Option<TaskSettings>,
    schema: InputSchema,
    stated_schema: Option<Schema>,
    table: ArgumentTable,
    pub(crate) result: Option<ResultSchema>,
    pub(crate) handler: Option<Arc<dyn ToolHandler>>,
    not_compiled: Vec<(String, NotCompiled)>,
    pub(crate) errors: Vec<String>,
}

impl ToolBuilder {
    /// Creates a tool with a name and a description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut builder = Self::named(name);
        builder.errors.extend(builder.presentation.describe(description.into()).err());
        builder
    }

    /// Creates a tool with a name only.
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            presentation: Presentation::default(),
            annotations: ToolAnnotations::new(),
            wide_name: false,
            open: false,
            cooperative: false,
            task: None,
            schema: InputSchema::new(),
            stated_schema: None,
            table: ArgumentTable::default(),
            result: None,
            handler: None,
            not_compiled: Vec::new(),
            errors: Vec::new(),
        }
    }

    builder_setters!();

    /// Sets the hint that the tool changes nothing.
    #[must_use]
    pub fn read_only(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.read_only(yes);
        self
    }

    /// Sets the hint that the tool may delete or overwrite data.
    #[must_use]
    pub fn destructive(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.destructive(yes);
        self
    }

    /// Sets the hint that a repeated call has no further effect.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.idempotent(yes);
        self
    }

    /// Sets the hint that the tool reaches systems outside of the server.
    #[must_use]
    pub fn open_world(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.open_world(yes);
        self
    }

    /// Sets the schema to advertise, in place of the one derived from the parameters. The handler
    /// enforces what the schema requires beyond the types of the parameters.
    #[must_use]
    pub fn input_schema(mut self, schema: impl IntoSchema) -> Self {
        match schema.into_schema() {
            Ok(schema) if is_object(&schema) => self.stated_schema = Some(schema),
            Ok(_) => {
                self.errors.push("its input schema does not say `\"type\": \"object\"`".into());
            }
            Err(error) => self.errors.push(error.to_string()),
        }
        self
    }

    /// Allows longer names and dots, as the specification does. Some hosts reject them.
    #[must_use]
    pub fn wide_name(mut self) -> Self {
        self.wide_name = true;
        self
    }

    /// Ignores unknown arguments.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Lets a cancelled call continue and complete `Context::cancelled`.
    #[must_use]
    pub fn cooperative(mut self) -> Self {
        self.cooperative = true;
        self
    }

    /// Lets the tool run as a task.
    #[must_use]
    pub fn task(mut self, settings: TaskSettings) -> Self {
        self.task = Some(settings);
        self
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter<T>(mut self, parameter: ParameterSpec<'_, T>) -> Self {
        parameter.declare(&mut Declaration {
            schema: &mut self.schema,
            table: &mut self.table,
            not_compiled: &mut self.not_compiled,
            errors: &mut self.errors,
        });
        self
    }

    /// Sets the return type of the handler.
    #[must_use]
    pub fn returns<R>(mut self, returns: Returns<R>) -> Self {
        self.result = Some(returns.describe());
        self
    }

    /// Sets the type of the structured content of results that are composed at run time.
    #[must_use]
    pub fn output_schema<T: JsonSchema>(mut self) -> Self {
        match &self.result {
            Some(ResultSchema { shape: Shape::Structured { .. }, schema: None }) => {
                self.result = Some(ResultSchema::stated(output_schema::<T>()));
            }
            _ => self.errors.push(
                "`output_schema` is for results that are composed at run time, such as \
                 `CallToolResult`; return the type itself, or leave out the key"
                    .into(),
            ),
        }
        self
    }

    /// Sets the handler.
    #[must_use]
    pub fn handler(mut self, handler: impl Fn(Call) -> ToolFuture + Send + Sync + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Checks the tool. `open` makes it ignore unknown arguments in any case.
    pub(crate) fn finish(
        mut self,
        open: bool,
        leniency: Leniency,
    ) -> Result<ToolSpec, Vec<String>> {
        self.errors.extend(self.name_error());
        self.table.open = open || self.open || self.stated_schema.is_some();
        if self.stated_schema.is_some() {
            // What the types promise is not advertised, and the handler enforces what is.
            self.table.arguments_mut().for_each(|argument| argument.schema.trust());
            self.not_compiled.clear();
        } else if let Leniency::Null = leniency {
            self.table.arguments_mut().for_each(|argument| argument.schema.check_everything());
        }
        self.errors.extend(self.unenforced());
        #[cfg(feature = "validate")]
        let is_validated = self.stated_schema.is_some() || !self.not_compiled.is_empty();
        let derived = std::mem::take(&mut self.schema);
        let stated = self.stated_schema.take();
        let schema = stated.unwrap_or_else(|| derived.finish(self.table.open));
        let (schema, headers) = with_headers(schema, &mut self.errors);
        #[cfg(feature = "validate")]
        let validator = if is_validated { self.validator(&schema) } else { None };
        let (Some(result), Some(handler)) = (self.result, self.handler) else {
            return Err(name_errors("tool", &self.name, vec!["it has no handler".to_owned()]));
        };
        if !self.errors.is_empty() {
            return Err(name_errors("tool", &self.name, self.errors));
        }
        let time_limit = self.presentation.time_limit;
        let scopes = std::mem::take(&mut self.presentation.scopes);
        let presented = (self.presentation, self.annotations, self.task);
        Ok(ToolSpec {
            unknown: UnknownMembers::default(),
            tool: listed_tool(self.name, schema, presented, result.schema),
            arguments: self.table,
            leniency,
            mount_scope: None,
            scopes,
            handler,
            time_limit,
            cooperative: self.cooperative,
            task: self.task,
            headers,
            shape: result.shape,
            wraps_result: result.shape.is_wrapped(),
            poll_budget: Arc::new(PollBudget::default()),
            #[cfg(feature = "validate")]
            validator,
        })
    }

    /// Describes the tool as [`finish`](Self::finish) does, and keeps the builder.
    ///
    /// # Errors
    /// The errors of the tool.
    #[cfg(feature = "providers")]
    pub(crate) fn list(&self, open: bool) -> Result<ListedTool, Vec<String>> {
        let mut errors = self.errors.clone();
        errors.extend(self.name_error());
        let schema = match &self.stated_schema {
            Some(schema) => schema.clone(),
            None => {
                errors.extend(self.unenforced());
                self.schema.clone().finish(open || self.open)
            }
        };
        let (schema, _) = with_headers(schema, &mut errors);
        let Some(result) = self.result.as_ref().filter(|_| self.handler.is_some()) else {
            return Err(name_errors("tool", &self.name, vec!["it has no handler".to_owned()]));
        };
        if !errors.is_empty() {
            return Err(name_errors("tool", &self.name, errors));
        }
        let presented = (self.presentation.clone(), self.annotations.clone(), self.task);
        Ok(ListedTool {
            tool: listed_tool(self.name.clone(), schema, presented, result.schema.clone()),
            wraps_result: result.shape.is_wrapped(),
        })
    }

    fn name_error(&self) -> Option<String> {
        let parse = if self.wide_name { ToolName::parse_wide } else { ToolName::parse };
        parse(&self.name).err().map(|error| format!("its name {error}"))
    }

    #[cfg(feature = "validate")]
    fn validator(&mut self, schema: &Schema) -> Option<Validator> {
        Validator::new(schema).map_err(|error| self.errors.push(error)).ok()
    }

    /// Errors for keywords of a derived schema that nothing enforces.
    fn unenforced(&self) -> Vec<String> {
        let is_enforced = |keyword: &NotCompiled| cfg!(feature = "validate") && keyword.is_standard;
        let refused = self.not_compiled.iter().filter(|(_, keyword)| !is_enforced(keyword));
        let errors = refused.map(|(name, keyword)| {
            let remedy = match keyword.is_standard {
                true => "; enable the feature `validate` of `mcp-runtime`, or remove it",
                false => "",
            };
            format!("argument `{name}`: {keyword}{remedy}")
        });
        errors.collect()
    }
}

/// A tool as it is listed, before it is adapted to a revision.
#[cfg(feature = "providers")]
pub(crate) struct ListedTool {
    pub(crate) tool: protocol::Tool,
    /// `true` if the output schema is not that of an object.
    pub(crate) wraps_result: bool,
}

fn listed_tool(
    name: String,
    schema: Schema,
    (presentation, annotations, task): (Presentation, ToolAnnotations, Option<TaskSettings>),
    output_schema: Option<Schema>,
) -> protocol::Tool {
    let mut tool = protocol::Tool::new(name, schema);
    presentation.write_to(&mut tool.title, &mut tool.description, &mut tool.icons, &mut tool.meta);
    tool.annotations = Some(annotations).filter(|annotations| !annotations.is_empty());
    tool.output_schema = output_schema;
    tool.execution = task.map(|task| match task.is_required {
        true => ToolExecution::new(TaskSupport::Required),
        false => ToolExecution::new(TaskSupport::Optional),
    });
    tool
}

/// Reads the headers that a schema requests, and bounds the integers in them.
fn with_headers(schema: Schema, errors: &mut Vec<String>) -> (Schema, Vec<HeaderBinding>) {
    let mut value = schema.to_value();
    let headers = headers::validate(&value).unwrap_or_else(|error| {
        errors.push(error.to_string());
        Vec::new()
    });
    if !headers::bound_integers(&mut value, &headers) {
        return (schema, headers);
    }
    // A schema with two more keywords is as valid as before.
    (Schema::from_value(&value).unwrap_or(schema), headers)
}

impl fmt::Debug for ToolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
