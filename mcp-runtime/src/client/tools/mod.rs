//! The tools that a server has listed: the header arguments and the output schema of each.

#[cfg(feature = "validate")]
mod output;
#[cfg(feature = "validate")]
mod validation_cost;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::{TaskSupport, Tool};
use mcp_core::schema::Scalar;
use mcp_core::schema::headers::{self, HeaderBinding};

use super::error::Error;

/// Largest number of tools that are stored. Further tools are called without header arguments and
/// without validation.
const MAX_TOOLS: usize = 10_000;

/// The tools that a server has listed.
#[derive(Debug, Default)]
pub(crate) struct KnownTools(Mutex<HashMap<String, Arc<KnownTool>>>);

/// A tool that was listed.
#[derive(Debug)]
struct KnownTool {
    /// Arguments that HTTP repeats in headers.
    bindings: Vec<HeaderBinding>,
    /// `true` if the tool may be called as a task, in 2025-11-25.
    runs_as_task: bool,
    #[cfg(feature = "validate")]
    output: Option<output::OutputValidator>,
}

impl KnownTools {
    fn tools(&self) -> MutexGuard<'_, HashMap<String, Arc<KnownTool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a tool that was listed.
    ///
    /// # Errors
    /// The reason for which it must be left out of lists, if `mirrors` is set because the transport
    /// repeats arguments in headers.
    pub(crate) fn store(&self, tool: &Tool, mirrors: bool) -> Result<(), String> {
        let bindings = match headers::validate(&tool.input_schema.to_value()) {
            Ok(bindings) => bindings,
            Err(error) if mirrors => return Err(error.to_string()),
            Err(_) => Vec::new(),
        };
        let known = KnownTool {
            bindings,
            runs_as_task: tool.execution.as_ref().is_some_and(|execution| {
                let support = execution.task_support.as_ref();
                matches!(support, Some(TaskSupport::Optional | TaskSupport::Required))
            }),
            #[cfg(feature = "validate")]
            output: tool.output_schema.clone().map(output::OutputValidator::new),
        };
        let mut tools = self.tools();
        if tools.len() < MAX_TOOLS || tools.contains_key(&tool.name) {
            tools.insert(tool.name.clone(), Arc::new(known));
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<Arc<KnownTool>> {
        self.tools().get(name).cloned()
    }

    /// Returns `true` if a tool may be called as a task, in 2025-11-25; `None` for one that was not
    /// listed.
    pub(crate) fn runs_as_task(&self, name: &str) -> Option<bool> {
        self.find(name).map(|known| known.runs_as_task)
    }

    /// Returns the arguments of a call that HTTP repeats in headers, by the name that follows
    /// `Mcp-Param-`; an error for an integer that must not be sent there.
    pub(crate) fn header_arguments(
        &self,
        name: &str,
        arguments: Option<Raw<'_>>,
    ) -> Vec<(String, Result<String, UnsafeInteger>)> {
        let Some(known) = self.find(name) else { return Vec::new() };
        let mut found = Vec::new();
        for binding in &known.bindings {
            let value = binding
                .path
                .iter()
                .try_fold(arguments, |value, key| value.map(|value| value.member(key)));
            if let Some(text) = value.flatten().and_then(|value| header_text(value, binding.kind)) {
                found.push((binding.header.clone(), text));
            }
        }
        found
    }

    /// Validates the structured content of a result against the output schema.
    ///
    /// # Errors
    /// [`Error::InvalidOutput`] if it does not match.
    pub(crate) fn validate_output(&self, name: &str, result: Raw<'_>) -> Result<(), Error> {
        #[cfg(feature = "validate")]
        if let Some(validator) = self.find(name).as_ref().and_then(|known| known.output.as_ref()) {
            return validator.validate(name, result);
        }
        // Without the feature, output is not validated.
        let _ = (name, result);
        Ok(())
    }
}

/// An integer outside the range that headers may have, as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnsafeInteger(pub(crate) String);

/// Writes a scalar as the value of a header; `None` for `null` and what is no scalar.
fn header_text(value: Raw<'_>, kind: Scalar) -> Option<Result<String, UnsafeInteger>> {
    let number = value.as_str().parse::<f64>().ok().filter(|_| kind == Scalar::Integer);
    if let Some(number) = number.filter(|number| number.fract() == 0.0) {
        if number.abs() > headers::MAX_SAFE_INTEGER as f64 {
            return Some(Err(UnsafeInteger(value.as_str().to_owned())));
        }
        // Headers have integers in decimal, even if the body has `7.0` or `1e3`.
        return Some(Ok(format!("{number:.0}")));
    }
    let text = match value.as_str().as_bytes().first()? {
        b'"' => value.string().map(std::borrow::Cow::into_owned),
        b't' | b'f' | b'-' | b'0'..=b'9' => Some(value.as_str().to_owned()),
        _ => None,
    };
    text.map(Ok)
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::Schema;
    use serde_json::json;

    use super::*;

    fn tool(properties: serde_json::Value) -> Tool {
        let schema = json!({ "type": "object", "properties": properties });
        Tool::new("t", Schema::from_value(&schema).unwrap())
    }

    #[test]
    fn marked_arguments_are_repeated_in_headers() {
        let known = KnownTools::default();
        let marked = tool(json!({
            "a": { "type": "string", "x-mcp-header": "A" },
            "b": { "type": "object", "properties": { "c": { "type": "boolean", "x-mcp-header": "C" } } },
            "n": { "type": "integer", "x-mcp-header": "N" },
            "plain": { "type": "string" },
        }));
        known.store(&marked, true).unwrap();
        let check = |arguments: &str, expected: &[(&str, &str)]| {
            let found = known.header_arguments("t", Some(Raw::from_accepted(arguments)));
            let found: Vec<_> =
                found.iter().map(|(a, b)| (a.as_str(), b.as_deref().unwrap_or("unsafe"))).collect();
            assert_eq!(found, expected, "{arguments}");
        };
        check(
            r#"{"a":"x","b":{"c":true},"n":-7,"plain":"y"}"#,
            &[("A", "x"), ("C", "true"), ("N", "-7")],
        );
        check(r#"{"n":1e3}"#, &[("N", "1000")]);
        check(r#"{"n":7.0}"#, &[("N", "7")]);
        check(r#"{"n":9007199254740991}"#, &[("N", "9007199254740991")]);
        check(r#"{"n":-9007199254740991}"#, &[("N", "-9007199254740991")]);
        for outside in ["9007199254740992", "-9007199254740993", "1e300", "18446744073709551615"] {
            check(&format!(r#"{{"n":{outside}}}"#), &[("N", "unsafe")]);
        }
        check(r#"{"a":null,"b":{}}"#, &[]);
        check(r#"{"a":""}"#, &[("A", "")]);
        assert!(known.header_arguments("t", None).is_empty());
        assert!(known.header_arguments("unknown", None).is_empty());
    }

    #[test]
    fn a_faulty_mark_leaves_the_tool_out_where_it_matters() {
        let known = KnownTools::default();
        let faulty = tool(json!({ "a": { "type": "number", "x-mcp-header": "A" } }));
        assert!(known.store(&faulty, true).is_err());
        assert!(known.store(&faulty, false).is_ok());
    }
}
