//! Rule: the variables of a template are exactly the parameters that are not injected.
//!
//! Only types decide which parameters are injected. A parameter that is not a variable is therefore
//! left to the compiler, unless its attributes make it an argument.

use super::param::Param;
use super::template::Variable;
use super::uri::Uri;
use crate::errors::Errors;
use crate::suggest;

/// Compares the variables with the parameters.
pub(crate) fn check(uri: &Uri, params: &[Param], errors: &mut Errors) {
    let Some(text) = uri.text.as_ref().filter(|_| uri.is_valid) else { return };
    let is_variable = |param: &&Param| uri.variable(&param.name).is_some();
    let is_other = |param: &&Param| !param.name.is_empty() && !is_variable(param);
    let mut others: Vec<&Param> = params.iter().filter(is_other).collect();
    for Variable { name: variable, .. } in &uri.variables {
        if params.iter().any(|param| param.name == *variable) {
            continue;
        }
        let names: Vec<&str> = others.iter().map(|param| param.name.as_str()).collect();
        let near = suggest::nearest(variable, &names).map(str::to_owned);
        errors.at(text, lacks_parameter(variable, near.as_deref()));
        others.retain(|param| near.as_ref() != Some(&param.name));
    }
    for param in others.into_iter().filter(|param| param.is_described) {
        not_a_variable(uri, param, errors);
    }
    for param in params.iter().filter(|param| param.rules.has_default) {
        let is_required = |variable: &&Variable| !variable.is_optional;
        if let Some(Variable { name, .. }) = uri.variable(&param.name).filter(is_required) {
            errors.at_span(
                param.name_span,
                format!(
                    "`{name}` has a default, but a URI always has it; remove the default, or write \
                     the variable as `{{?{name}}}`"
                ),
            );
        }
    }
}

fn lacks_parameter(variable: &str, near: Option<&str>) -> String {
    let rename = format!("`#[arg(rename = \"{variable}\")]`");
    match near {
        Some(near) => format!(
            "the variable `{variable}` has no parameter; rename `{near}`, or write {rename} \
             before it"
        ),
        None => format!(
            "the variable `{variable}` has no parameter; add one of that name, or write {rename} \
             before the one that takes it"
        ),
    }
}

fn not_a_variable(uri: &Uri, param: &Param, errors: &mut Errors) {
    let name = &param.name;
    let known: Vec<String> =
        uri.variables.iter().map(|variable| format!("`{}`", variable.name)).collect();
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
