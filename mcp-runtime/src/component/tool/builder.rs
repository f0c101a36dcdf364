//! A tool while generated code describes it.

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use mcp_core::protocol::{self, Icon, Meta, ToolAnnotations};
use mcp_core::schema::{InputSchema, Schema, headers, is_object};
use serde::Serialize;
use serde_json::Value;

use crate::component::inject::Requirement;
use crate::component::poll_budget::PollBudget;
use crate::component::tool::arguments::table::ArgumentTable;
use crate::component::tool::call::Call;
use crate::component::tool::dynamic::IntoSchema;
use crate::component::tool::outcome::returned::Returns;
use crate::component::tool::outcome::structured::ResultSchema;
use crate::component::tool::parameter::{Declaration, ParameterSpec};
use crate::component::tool::spec::{ToolFuture, ToolHandler, ToolSpec};
#[cfg(feature = "validate")]
use crate::component::tool::validate::Validator;

/// Describes a tool. What is wrong with it is kept until the server is built.
pub struct ToolBuilder {
    name: &'static str,
    description: &'static str,
    title: Option<&'static str>,
    annotations: ToolAnnotations,
    icons: Vec<Icon>,
    meta: Option<Meta>,
    wide_name: bool,
    open: bool,
    cooperative: bool,
    schema: InputSchema,
    stated_schema: Option<Schema>,
    table: ArgumentTable,
    requires: Vec<Requirement>,
    result: Option<ResultSchema>,
    handler: Option<Arc<dyn ToolHandler>>,
    unenforced: Vec<String>,
    errors: Vec<String>,
}

impl ToolBuilder {
    /// A tool with a name and a description.
    pub fn new(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            title: None,
            annotations: ToolAnnotations::new(),
            icons: Vec::new(),
            meta: None,
            wide_name: false,
            open: false,
            cooperative: false,
            schema: InputSchema::new(),
            stated_schema: None,
            table: ArgumentTable::default(),
            requires: Vec::new(),
            result: None,
            handler: None,
            unenforced: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// A name for people.
    #[must_use]
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn read_only(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.read_only(yes);
        self
    }

    /// Whether it may destroy something.
    #[must_use]
    pub fn destructive(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.destructive(yes);
        self
    }

    /// Whether calling it twice is the same as once.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.idempotent(yes);
        self
    }

    /// Whether it deals with the world outside.
    #[must_use]
    pub fn open_world(mut self, yes: bool) -> Self {
        self.annotations = self.annotations.open_world(yes);
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }

    /// Adds metadata, which has to be an object.
    #[must_use]
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        match serde_json::to_value(meta) {
            Ok(Value::Object(members)) => self.meta = Some(members.into()),
            _ => self.errors.push("its `meta` is not a JSON object".into()),
        }
        self
    }

    /// Advertises a schema as it was written, in place of that of the parameters. Whether arguments
    /// fit more of it than the parameters' types is the handler's to check.
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

    /// Allows the longer names of the specification, with dots, which some hosts refuse.
    #[must_use]
    pub fn wide_name(mut self) -> Self {
        self.wide_name = true;
        self
    }

    /// Ignores arguments that no parameter takes.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Has a cancelled call go on, with `Context::cancelled` telling it.
    #[must_use]
    pub fn cooperative(mut self) -> Self {
        self.cooperative = true;
        self
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter<T>(mut self, parameter: ParameterSpec<'_, T>) -> Self {
        parameter.declare(&mut Declaration {
            schema: &mut self.schema,
            table: &mut self.table,
            requires: &mut self.requires,
            unenforced: &mut self.unenforced,
            errors: &mut self.errors,
        });
        self
    }

    /// Says what the handler returns.
    #[must_use]
    pub fn returns<R>(mut self, returns: Returns<R>) -> Self {
        self.result = Some(returns.describe());
        self
    }

    /// Says what answers its calls.
    #[must_use]
    pub fn handler(mut self, handler: impl Fn(Call) -> ToolFuture + Send + Sync + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Checks the tool. `open` has it ignore arguments that no parameter takes even if it did not
    /// ask for that.
    pub(crate) fn finish(mut self, open: bool) -> Result<ToolSpec, Vec<String>> {
        self.check_name();
        self.table.open = open || self.open || self.stated_schema.is_some();
        #[cfg(not(feature = "validate"))]
        self.refuse_unenforced();
        #[cfg(feature = "validate")]
        let is_validated = self.stated_schema.is_some() || !self.unenforced.is_empty();
        let derived = std::mem::take(&mut self.schema);
        let stated = self.stated_schema.take();
        let schema = stated.unwrap_or_else(|| derived.finish(self.table.open));
        let headers = headers::validate(&schema.to_value()).unwrap_or_else(|fault| {
            self.errors.push(fault.to_string());
            Vec::new()
        });
        #[cfg(feature = "validate")]
        let validator = if is_validated { self.validator(&schema) } else { None };
        let (Some(result), Some(handler)) = (self.result, self.handler) else {
            return Err(vec![format!("tool `{}`: it has no handler", self.name)]);
        };
        if !self.errors.is_empty() {
            let told = |error| format!("tool `{}`: {error}", self.name);
            return Err(self.errors.into_iter().map(told).collect());
        }
        let mut tool = protocol::Tool::new(self.name, schema);
        tool.title = self.title.map(str::to_owned);
        tool.description = Some(self.description.to_owned());
        tool.annotations = Some(self.annotations).filter(|annotations| !annotations.is_empty());
        tool.icons = self.icons;
        tool.meta = self.meta;
        tool.output_schema = result.schema;
        Ok(ToolSpec {
            tool,
            arguments: self.table,
            mount_scope: None,
            requires: self.requires,
            handler,
            cooperative: self.cooperative,
            headers,
            shape: result.shape,
            wraps_result: result.shape.is_wrapped(),
            poll_budget: Arc::new(PollBudget::default()),
            #[cfg(feature = "validate")]
            validator,
        })
    }

    fn check_name(&mut self) {
        let parse = if self.wide_name { ToolName::parse_wide } else { ToolName::parse };
        self.errors.extend(parse(self.name).err().map(|error| format!("its name {error}")));
    }

    #[cfg(feature = "validate")]
    fn validator(&mut self, schema: &Schema) -> Option<Validator> {
        Validator::new(schema).map_err(|error| self.errors.push(error)).ok()
    }

    /// Constraints of a derived schema that nobody would enforce. One written by hand is its
    /// handler's to enforce.
    #[cfg(not(feature = "validate"))]
    fn refuse_unenforced(&mut self) {
        if self.stated_schema.is_some() {
            return;
        }
        self.errors.extend(self.unenforced.iter().map(|constraint| {
            format!(
                "{constraint} is advertised by the schema of its type and enforced by nothing; \
                 enable the feature `validate` of `mcp-runtime`, or remove the constraint"
            )
        }));
    }
}

impl fmt::Debug for ToolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
