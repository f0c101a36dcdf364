//! What lists have told about tools, and what calling one needs to know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::Tool;
use mcp_core::schema::Scalar;
use mcp_core::schema::headers::{self, HeaderBinding};

use super::error::Error;

/// How many tools are remembered. Of a server with more, the others are called without what is
/// known of them.
const MOST: usize = 10_000;

/// The tools that a server has listed.
#[derive(Debug, Default)]
pub(crate) struct KnownTools(Mutex<HashMap<String, Arc<Known>>>);

/// What is known of one tool.
#[derive(Debug)]
pub(crate) struct Known {
    /// The arguments that are repeated in headers.
    bindings: Vec<HeaderBinding>,
    #[cfg(feature = "validate")]
    output: Option<super::output::OutputCheck>,
}

impl KnownTools {
    fn tools(&self) -> MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a tool that was listed.
    ///
    /// # Errors
    /// Why it must be left out where arguments are repeated in headers.
    pub(crate) fn learn(&self, tool: &Tool, mirrors: bool) -> Result<(), String> {
        let bindings = match headers::validate(&tool.input_schema.to_value()) {
            Ok(bindings) => bindings,
            Err(fault) if mirrors => return Err(fault.to_string()),
            Err(_) => Vec::new(),
        };
        let known = Known {
            bindings,
            #[cfg(feature = "validate")]
            output: tool.output_schema.clone().map(super::output::OutputCheck::new),
        };
        let mut tools = self.tools();
        if tools.len() < MOST || tools.contains_key(&tool.name) {
            tools.insert(tool.name.clone(), Arc::new(known));
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<Arc<Known>> {
        self.tools().get(name).cloned()
    }

    /// The arguments of a call that are repeated in headers, by what follows `Mcp-Param-`.
    pub(crate) fn mirrored(&self, name: &str, arguments: Option<Raw<'_>>) -> Vec<(String, String)> {
        let Some(known) = self.find(name) else { return Vec::new() };
        let mut found = Vec::new();
        for binding in &known.bindings {
            let value = binding
                .path
                .iter()
                .try_fold(arguments, |value, key| value.map(|value| value.member(key)));
            if let Some(text) = value.flatten().and_then(|value| shown(value, binding.kind)) {
                found.push((binding.header.clone(), text));
            }
        }
        found
    }

    /// Compares the structured content of a result with the output schema.
    pub(crate) fn check_output(&self, name: &str, result: Raw<'_>) -> Result<(), Error> {
        #[cfg(feature = "validate")]
        if let Some(check) = self.find(name).as_ref().and_then(|known| known.output.as_ref()) {
            return check.check(name, result);
        }
        // Without the feature, the content is taken as it is.
        let _ = (name, result);
        Ok(())
    }
}

/// A scalar as it stands in a header; `None` for `null` and what is no scalar.
fn shown(value: Raw<'_>, kind: Scalar) -> Option<String> {
    // The largest number up to which every integer can be told from the next.
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    let number = value.as_str().parse::<f64>().ok().filter(|_| kind == Scalar::Integer);
    if let Some(number) = number.filter(|number| number.fract() == 0.0 && number.abs() <= LARGEST) {
        // An integer is decimal there, however it is written in the body, such as `7.0` or `1e3`.
        return Some(format!("{number:.0}"));
    }
    match value.as_str().as_bytes().first()? {
        b'"' => value.string().map(std::borrow::Cow::into_owned),
        b't' | b'f' | b'-' | b'0'..=b'9' => Some(value.as_str().to_owned()),
        _ => None,
    }
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
    fn marked_arguments_are_repeated() {
        let known = KnownTools::default();
        let marked = tool(json!({
            "a": { "type": "string", "x-mcp-header": "A" },
            "b": { "type": "object", "properties": { "c": { "type": "boolean", "x-mcp-header": "C" } } },
            "n": { "type": "integer", "x-mcp-header": "N" },
            "plain": { "type": "string" },
        }));
        known.learn(&marked, true).unwrap();
        let check = |arguments: &str, expected: &[(&str, &str)]| {
            let found = known.mirrored("t", Some(Raw::from_accepted(arguments)));
            let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, expected, "{arguments}");
        };
        check(
            r#"{"a":"x","b":{"c":true},"n":-7,"plain":"y"}"#,
            &[("A", "x"), ("C", "true"), ("N", "-7")],
        );
        check(r#"{"n":1e3}"#, &[("N", "1000")]);
        check(r#"{"n":7.0}"#, &[("N", "7")]);
        check(r#"{"n":9007199254740993}"#, &[("N", "9007199254740993")]);
        check(r#"{"a":null,"b":{}}"#, &[]);
        check(r#"{"a":""}"#, &[("A", "")]);
        assert!(known.mirrored("t", None).is_empty());
        assert!(known.mirrored("unknown", None).is_empty());
    }

    #[test]
    fn a_faulty_mark_leaves_the_tool_out_where_it_matters() {
        let known = KnownTools::default();
        let faulty = tool(json!({ "a": { "type": "number", "x-mcp-header": "A" } }));
        assert!(known.learn(&faulty, true).is_err());
        assert!(known.learn(&faulty, false).is_ok());
    }
}
