//! One checked form.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{DataStruct, DeriveInput, Expr, Field as Member, Fields, LitStr, Type};

use super::case::Case;
use super::derived::{self, Named};
use super::rules::{self, Rule, Rules};
use super::types;
use crate::errors::Errors;
use crate::suggest;
use crate::syntax::docs::Docs;
use crate::syntax::keys::Key;

const KEYS: [&str; 2] = ["rename_all", "crate"];
const FIELD_KEYS: [&str; 11] = [
    "title",
    "description",
    "rename",
    "default",
    "min",
    "max",
    "min_len",
    "max_len",
    "format",
    "min_items",
    "max_items",
];
/// String formats, and their names in the runtime.
const FORMATS: [(&str, &str); 4] =
    [("email", "Email"), ("uri", "Uri"), ("date", "Date"), ("date-time", "DateTime")];

/// A form.
pub(crate) struct Form {
    pub(crate) named: Named,
    pub(crate) fields: Vec<Field>,
}

/// A field of a form.
pub(crate) struct Field {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// Its name in JSON.
    pub(crate) name: String,
    /// Span of the JSON name.
    pub(crate) name_span: Span,
    pub(crate) ty: Type,
    pub(crate) title: Option<Expr>,
    pub(crate) description: Option<TokenStream>,
    pub(crate) rules: Rules,
}

/// Checks a form. If anything is reported, the value must not be used.
pub(crate) fn form(input: &DeriveInput, data: &DataStruct, errors: &mut Errors) -> Form {
    let mut named = Named { ident: input.ident.clone(), krate: None };
    let mut case = None;
    for key in derived::keys(&input.attrs, &KEYS, &[], errors) {
        match key.text_of_name().as_str() {
            "rename_all" => case = key.string(errors).and_then(|text| Case::read(&text, errors)),
            _ => named.krate = key.path(errors),
        }
    }
    let fields = match &data.fields {
        Fields::Named(members) => members
            .named
            .iter()
            .filter_map(|member| Some(field(member.ident.as_ref()?, member, case, errors)))
            .collect(),
        Fields::Unnamed(members) => {
            errors.at(members, "is a tuple struct, whose fields have no names; name them");
            Vec::new()
        }
        Fields::Unit => Vec::new(),
    };
    let names = fields.iter().map(|field: &Field| (field.name.as_str(), field.name_span));
    derived::check_unique("fields", names, errors);
    Form { named, fields }
}

fn field(ident: &Ident, member: &Member, case: Option<Case>, errors: &mut Errors) -> Field {
    let name = ident.unraw().to_string();
    let mut field = Field {
        ident: ident.clone(),
        name: case.map_or_else(|| name.clone(), |case| case.of_field(&name)),
        name_span: ident.span(),
        ty: member.ty.clone(),
        title: None,
        description: Docs::of(&member.attrs).map(Docs::into_expr),
        rules: Rules::default(),
    };
    let mut limits = Vec::new();
    let mut format = None;
    for key in derived::keys(&member.attrs, &FIELD_KEYS, &["pattern"], errors) {
        match key.text_of_name().as_str() {
            "title" => field.title = key.expr(errors),
            "description" => {
                field.description = key.expr(errors).map(ToTokens::into_token_stream);
            }
            "rename" => {
                if let Some((name, span)) = derived::renamed(ident, &key, errors) {
                    (field.name, field.name_span) = (name, span);
                }
            }
            "format" => format = format_rule(ident, &key, errors),
            "pattern" => reject_pattern(ident, &key, errors),
            "default" if types::is_option(&field.ty) => reject_default(ident, &key, errors),
            _ => limits.push(key),
        }
    }
    field.rules = rules::rules(ident, &field.ty, &limits, errors);
    field.rules.list.extend(format);
    field
}

/// The page of 2025-11-25 shows a pattern, but the schemas of both revisions have none. A client
/// that follows the schema rejects such a form.
fn reject_pattern(of: &Ident, key: &Key, errors: &mut Errors) {
    errors.at(
        &key.name,
        format!(
            "`{of}`: unknown key `pattern`, because forms of the specification have no patterns; \
             write a `format`, or check the answer yourself"
        ),
    );
}

fn reject_default(of: &Ident, key: &Key, errors: &mut Errors) {
    errors.at(&key.name, format!("`{of}`: is an `Option` with a default; drop the `Option`"));
}

fn format_rule(of: &Ident, key: &Key, errors: &mut Errors) -> Option<Rule> {
    let text = key.string(errors)?;
    let wanted = text.value();
    match FORMATS.into_iter().find(|(name, _)| *name == wanted) {
        Some((_, variant)) => {
            let variant = Ident::new(variant, text.span());
            let arguments = quote_spanned!(text.span()=> __mcp::Format::#variant);
            Some(Rule { method: key.name.clone(), arguments })
        }
        None => {
            unknown_format(of, &text, errors);
            None
        }
    }
}

fn unknown_format(of: &Ident, text: &LitStr, errors: &mut Errors) {
    let names = FORMATS.map(|(name, _)| name);
    let all = names.map(|name| format!("{name:?}")).join(", ");
    let wanted = text.value();
    let message = match suggest::nearest(&wanted, &names) {
        Some(name) => format!(
            "`{of}`: unknown format {wanted:?}; did you mean {name:?}? (the formats are {all})"
        ),
        None => format!("`{of}`: unknown format {wanted:?}; the formats are {all}"),
    };
    errors.at(text, message);
}
