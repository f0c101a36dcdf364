//! `contract = "schemas/add.json"`: compares the parameters with a published schema.
//!
//! The file contains the input schema of a tool, or a tool definition with an `inputSchema`. Types
//! are compared by name, so only types of the standard library are checked. A parameter of another
//! type, such as `&Context`, may be missing from the file.

use std::path::Path;

use syn::LitStr;

use super::json::Json;
use super::param::Param;
use super::types::{self, JsonType};
use crate::errors::Errors;

/// Compares parameters with the contract file.
pub(crate) fn check(contract: &LitStr, params: &[Param], errors: &mut Errors) {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let file = contract.value();
    let schema = match std::fs::read_to_string(Path::new(&root).join(&file)) {
        Ok(text) => Json::parse(&text),
        Err(error) => {
            let message = format!(
                "cannot read the contract `{file}`: {}; paths start at the \
                                   directory of `Cargo.toml`",
                error.kind()
            );
            return errors.at(contract, message);
        }
    };
    match schema {
        Ok(Json::Object(members)) => compare(&Json::Object(members), contract, params, errors),
        Ok(_) => errors
            .at(contract, format!("the contract `{file}` is not an object; write a JSON Schema")),
        Err(error) => {
            errors.at(contract, format!("the contract `{file}` is not JSON: {error}; fix it"))
        }
    }
}

fn compare(schema: &Json, contract: &LitStr, params: &[Param], errors: &mut Errors) {
    let schema = schema.get("inputSchema").unwrap_or(schema);
    let properties = schema.get("properties").map(Json::members).unwrap_or_default();
    let required = schema.get("required").map(Json::strings).unwrap_or_default();
    for (name, property) in properties {
        match params.iter().find(|param| param.name == *name) {
            Some(param) => {
                let required = required.contains(&name.as_str());
                compare_param(param, &ContractProperty { schema: property, required }, errors);
            }
            None => errors.at(
                contract,
                format!("the contract has an argument `{name}`; add a parameter of that name"),
            ),
        }
    }
    for param in params {
        let in_contract = properties.iter().any(|(name, _)| *name == param.name);
        if !in_contract && is_argument(param) {
            let name = &param.name;
            errors.at_span(
                param.name_span,
                format!("the contract has no argument `{name}`; remove it or rename it"),
            );
        }
    }
}

/// One property of the contract's schema.
struct ContractProperty<'a> {
    schema: &'a Json,
    required: bool,
}

fn compare_param(param: &Param, property: &ContractProperty<'_>, errors: &mut Errors) {
    let name = &param.name;
    let optional = param.rules.has_default || types::is_option(&param.ty);
    if property.required && optional {
        errors.at(&param.ty, format!("the contract requires `{name}`; it cannot be optional"));
    }
    let Some(found) = JsonType::of(&param.ty) else { return };
    if !property.required && !optional {
        errors.at(
            &param.ty,
            format!(
                "the contract does not require `{name}`; make it an `Option` or give it a default"
            ),
        );
    }
    let mut wanted = property.schema.get("type").map(Json::strings).unwrap_or_default();
    wanted.retain(|kind| *kind != "null");
    if !wanted.is_empty() && !wanted.contains(&found.name()) {
        let (wanted, found) = (wanted.join("` or `"), found.name());
        errors.at(
            &param.ty,
            format!(
                "the contract wants `{wanted}` for `{name}`, this is `{found}`; change the type"
            ),
        );
    }
}

/// Returns `true` if the parameter must be an argument rather than an injected value.
fn is_argument(param: &Param) -> bool {
    if param.name.is_empty() {
        return false;
    }
    JsonType::of(&param.ty).is_some()
        || types::is_option(&param.ty)
        || !param.rules.list.is_empty()
        || param.rules.header.is_some()
        || param.description.is_some()
}
