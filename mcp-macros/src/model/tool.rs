//! One checked tool.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, LitStr, Type};

use super::item::{self, Item};
use super::signature::Place;
use super::task::Task;
use super::{contract, name};
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::keys::{self, Key};
use crate::syntax::kind::Kind;

pub(crate) const KEYS: [&str; 23] = [
    "name",
    "title",
    "description",
    "icons",
    "meta",
    "scopes",
    "timeout",
    "read_only",
    "destructive",
    "idempotent",
    "open_world",
    "open",
    "wide_name",
    "blocking",
    "cancel",
    "task",
    "ttl",
    "poll_interval",
    "attempts",
    "input_schema",
    "output_schema",
    "contract",
    "crate",
];

/// A tool.
pub(crate) struct Tool {
    pub(crate) item: Item,
    pub(crate) options: Options,
}

/// Keys that only `#[tool(…)]` has.
#[derive(Default)]
pub(crate) struct Options {
    /// The name is longer than usual, or has a dot.
    pub(crate) wide_name: bool,
    /// `read_only`, `destructive`, `idempotent` and `open_world`, as written.
    pub(crate) hints: Vec<(Ident, bool)>,
    pub(crate) open: bool,
    pub(crate) cooperative: bool,
    pub(crate) task: Task,
    pub(crate) input_schema: Option<(Span, Expr)>,
    /// Type of the structured content of a result that is composed at run time.
    pub(crate) output_schema: Option<Type>,
    pub(crate) contract: Option<LitStr>,
}

/// Checks a tool. If anything is reported, the value must not be used.
pub(crate) fn tool(
    keys: TokenStream,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Tool {
    let mut common = item::Options::default();
    let mut options = Options::default();
    for key in keys::parse(keys, &KEYS, errors) {
        if !common.read(&key, function, errors) {
            options.read(&key, errors);
        }
    }
    options.task.check(&common, function, errors);
    read_only_or_destructive(&options.hints, errors);
    check_name(&common, &mut options, function, errors);
    let item = item::item(Kind::Tool, common, function, place, errors);
    if let Some(contract) = &options.contract {
        contract::check(contract, &item.params, errors);
    }
    Tool { item, options }
}

impl Options {
    fn read(&mut self, key: &Key, errors: &mut Errors) {
        let on = |errors: &mut Errors| key.boolean(errors).unwrap_or_default();
        match key.text_of_name().as_str() {
            "open" => self.open = on(errors),
            "wide_name" => self.wide_name = on(errors),
            "cancel" => self.cooperative = cooperative(key, errors),
            "input_schema" => {
                self.input_schema = key.expr(errors).map(|expr| (key.span(), expr));
            }
            "output_schema" => self.output_schema = key.ty(errors),
            "task" | "ttl" | "poll_interval" | "attempts" => self.task.read(key, errors),
            "contract" => self.contract = key.string(errors),
            _ => self.hints.extend(key.boolean(errors).map(|is| (key.name.clone(), is))),
        }
    }
}

fn cooperative(key: &Key, errors: &mut Errors) -> bool {
    let Some(text) = key.string(errors) else { return false };
    if text.value() != "cooperative" {
        errors.at(
            &text,
            "`cancel` takes \"cooperative\"; leave it out to drop the call when it is cancelled",
        );
    }
    true
}

fn read_only_or_destructive(hints: &[(Ident, bool)], errors: &mut Errors) {
    let is_set = |name: &str| hints.iter().find(|(hint, is)| *is && hint == name);
    if let (Some(_), Some((destructive, _))) = (is_set("read_only"), is_set("destructive")) {
        errors.at(destructive, "is `read_only` and `destructive`; keep one of the two");
    }
}

fn check_name(
    common: &item::Options,
    options: &mut Options,
    function: &Function,
    errors: &mut Errors,
) {
    let name = item::name(common, &function.signature.ident);
    if let Some(message) = name::tool_name_error(&name.text, options.wide_name) {
        errors.at_span(name.span, message);
    }
    options.wide_name &= name::needs_wide(&name.text);
}
