//! The variables of a template are exactly the parameters that are not injected.
//!
//! Only types tell what is injected, so a parameter that is no variable is left to the compiler,
//! unless its attributes say that it is an argument.

use super::param::Param;
use super::uri::Uri;
use crate::errors::Errors;
use crate::suggest;

/// Compares the variables with the parameters.
pub(crate) fn check(uri: &Uri, params: &[Param], errors: &mut Errors) {
    let Some(text) = uri.text.as_ref().filter(|_| uri.is_valid) else { return };
    let is_variable = |param: &&Param| uri.variables.contains(&param.name);
    let others: Vec<&Param> = params.iter().filter(|param| !is_variable(param)).collect();
    for variable in &uri.variables {
        if params.iter().any(|param| param.name == *variable) {
            continue;
        }
        let names: Vec<&str> = others.iter().map(|param| param.name.as_str()).collect();
        let message = match suggest::nearest(variable, &names) {
            Some(near) => format!(
                "the variable `{variable}` has no parameter; rename `{near}`, or write \
                 `#[arg(rename = \"{variable}\")]` before it"
            ),
            None => format!(
                "the variable `{variable}` has no parameter; add one of that name, or write \
                 `#[arg(rename = \"{variable}\")]` before the one that takes it"
            ),
        };
        errors.at(text, message);
    }
    for param in others.into_iter().filter(|param| param.is_described) {
        not_a_variable(uri, param, errors);
    }
}

fn not_a_variable(uri: &Uri, param: &Param, errors: &mut Errors) {
    let name = &param.name;
    let known: Vec<String> = uri.variables.iter().map(|variable| format!("`{variable}`")).collect();
    let message = match known.as_slice() {
        [] => format!(
            "`{name}` is not a variable of the URI, which has none; write `{{{name}}}` \
                       into the URI or remove the parameter"
        ),
        known => format!(
            "`{name}` is not a variable of the URI, which has {}; write one of them",
            known.join(", ")
        ),
    };
    errors.at_span(param.name_span, message);
}
