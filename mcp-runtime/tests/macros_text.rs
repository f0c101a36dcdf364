//! Every form of resource and prompt that the attributes accept compiles.
#![allow(missing_docs, dead_code)]
// Forms that clippy would write otherwise are forms all the same.
#![allow(clippy::needless_lifetimes, clippy::needless_pass_by_value, clippy::too_many_arguments)]

use std::borrow::Cow;
use std::net::IpAddr;

use mcp_runtime::completion::Completing;
use mcp_runtime::components::Component;
use mcp_runtime::protocol::{
    Content, GetPromptResult, PromptMessage, ReadResourceResult, ResourceContents,
};
use mcp_runtime::resource::{Json, ResourceError};
use mcp_runtime::tool::ResourceLink;
use mcp_runtime::{Context, Principal, Server, State, prompt, resource, server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

mod elsewhere {
    pub(crate) use mcp_runtime as mcp;
}

type Cx = Context;
type Answer<T> = Result<T, std::num::ParseIntError>;

const MANUAL: &str = "Read me.";
const MIME: &str = "text/plain";

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Language {
    Rust,
    Python,
}

#[derive(Deserialize)]
struct Sku(String);

#[derive(Clone, Serialize)]
struct Profile {
    name: String,
}

struct Shop(u32);

/// One URI, every key.
#[resource(
    "docs://manual",
    name = "The manual",
    title = "Manual",
    mime_type = MIME,
    size = MANUAL.len() as u64,
    icons("https://example.com/a.png", icon(src = "data:,", sizes("any"), theme = "dark")),
    annotations(
        audience("user", "assistant"),
        priority = 0.5,
        last_modified = "2026-01-12T15:00:58Z"
    ),
    meta = json!({ "a": 1 }),
    ttl = "5m",
    scope = "public",
    blocking
)]
fn manual() -> &'static str {
    MANUAL
}

/// A template.
#[resource("users://{id}/profile{?language,from}", list = users, mime_type = "application/json")]
pub(crate) async fn profile(
    /// The number
    id: u64,
    cx: &Context,
    #[arg(complete = languages)] language: Option<Language>,
    #[arg(rename = "from", description = "Where from")] origin: Option<IpAddr>,
    shop: &State<Shop>,
    principal: &Principal,
) -> Result<Json<Profile>, ResourceError> {
    let _ = (cx, language, origin, shop.0, principal);
    match id {
        0 => Err(ResourceError::not_found()),
        _ => Ok(Json(Profile { name: id.to_string() })),
    }
}

async fn users(cx: &Context) -> Vec<ResourceLink> {
    let _ = cx;
    Vec::new()
}

fn users_or_not() -> Answer<Vec<ResourceLink>> {
    Ok(Vec::new())
}

fn languages(partial: &str) -> Vec<&'static str> {
    let _ = partial;
    vec!["rust", "python"]
}

async fn skus(partial: String, others: &Completing) -> Answer<Vec<String>> {
    let _ = others;
    Ok(vec![partial])
}

async fn words(partial: &str, cx: &Context) -> Vec<String> {
    let _ = cx;
    vec![partial.to_owned()]
}

/// Text that borrows.
#[resource("files:///{+path}", list = users_or_not)]
fn file<'a>(path: &'a str, _cx: Cx) -> Option<&'a str> {
    (!path.is_empty()).then_some(path)
}

/// Bytes.
#[resource("bytes://{count}")]
fn bytes(count: usize) -> Answer<Vec<u8>> {
    Ok(vec![0; count])
}

/// Any number of values.
#[resource("lists://{kinds*}{?tags*,n}{#at}")]
fn lists<'a>(
    tags: Vec<&'a str>,
    #[arg(rename = "kinds", complete = languages)] kind: Vec<Language>,
    n: Option<u8>,
    at: Cow<'a, str>,
    _cx: &Context,
) -> Json<Vec<&'a str>> {
    let _ = (kind.len(), n, at);
    Json(tags)
}

/// Whatever serializes.
#[resource("profiles://one")]
async fn one() -> Profile {
    Profile { name: "one".to_owned() }
}

/// Not there.
#[cfg(any())]
#[resource("none://{a}")]
fn absent(a: NoSuchType) {}

/// Names that generated code might use for itself.
#[resource("raw://{call}/{inputs}/{result}/{type}")]
async fn raw(call: u8, inputs: u8, result: bool, r#type: Cow<'_, str>) -> Vec<ResourceContents> {
    let _ = (call, inputs, result, r#type);
    Vec::new()
}

/// All of the result.
#[resource("whole://result", crate = elsewhere::mcp)]
fn whole() -> ReadResourceResult {
    ReadResourceResult::default()
}

/// A text.
#[prompt]
pub(crate) async fn review(
    /// The code to review
    code: String,
    #[arg(complete = languages)] language: Option<Language>,
    #[arg(complete = skus, title = "Article")] sku: Sku,
    #[arg(rename = "type", complete = words, description = "Which")] r#type: Option<&str>,
    address: Option<IpAddr>,
    thorough: Option<bool>,
    cx: &Context,
    shop: State<Shop>,
) -> Answer<String> {
    let _ = (language, sku.0, r#type, address, thorough, cx, shop.0);
    Ok(code)
}

/// Every key.
#[prompt(
    name = "hello.world",
    title = "Hello",
    icons("https://example.com/a.png"),
    meta = json!({ "a": 1 }),
    blocking,
    crate = elsewhere::mcp
)]
fn hello(name: &str, _cx: Cx) -> Vec<PromptMessage> {
    let _ = name;
    Vec::new()
}

/// Content.
#[prompt(description = "Content.")]
fn content() -> Content {
    Content::text("a")
}

/// All of the result.
#[deprecated = "use another"]
#[prompt]
fn whole_prompt() -> GetPromptResult {
    GetPromptResult::new(Vec::new())
}

struct Inventory<T> {
    stock: T,
}

#[server(name = "stock")]
impl<T: AsRef<str> + Send + Sync + 'static> Inventory<T> {
    /// What is in stock.
    #[resource("stock://{sku}", list = Self::all)]
    async fn item(&self, cx: &Context, #[arg(complete = Self::skus)] sku: Sku) -> String {
        let _ = cx;
        format!("{}{}", self.stock.as_ref(), sku.0)
    }

    /// All of it.
    #[resource("stock://")]
    fn whole(&self) -> &str {
        self.stock.as_ref()
    }

    /// Ask for an order.
    #[prompt(blocking)]
    fn order(&self, #[arg(complete = Self::skus)] sku: &str) -> String {
        format!("{}{sku}", self.stock.as_ref())
    }

    /// Count it.
    #[tool]
    fn count(&self) -> usize {
        self.stock.as_ref().len()
    }

    /// Not there.
    #[cfg(any())]
    #[prompt]
    fn absent(&self, a: NoSuchType) {}

    fn all() -> Vec<ResourceLink> {
        Vec::new()
    }

    fn skus(partial: &str) -> Vec<String> {
        vec![partial.to_owned()]
    }
}

#[server(crate = super::elsewhere::mcp)]
mod units {
    use super::elsewhere::mcp::{prompt, resource, tool};

    /// All units.
    #[resource("units://all")]
    pub(super) fn all() -> &'static str {
        "miles, celsius"
    }

    /// One unit.
    #[resource("units://{unit}", mime_type = "text/plain")]
    fn unit(unit: String) -> String {
        unit
    }

    /// Ask for a conversion.
    #[prompt]
    fn convert(amount: f64) -> String {
        format!("Convert {amount}.")
    }

    /// Miles to kilometres.
    #[tool]
    fn kilometres(miles: f64) -> f64 {
        miles * 1.609
    }
}

#[test]
fn functions_stay_callable() {
    assert_eq!(manual(), MANUAL);
    assert_eq!(bytes(2), Ok(vec![0, 0]));
    assert_eq!(units::all(), "miles, celsius");
}

#[test]
fn everything_can_be_registered() {
    fn is_component<C: Component>() {}
    #[allow(deprecated)]
    {
        is_component::<whole_prompt>();
    }
    let server = Server::new("all", "1")
        .state(Shop(1))
        .with::<(manual, profile, file, bytes, lists, one, raw, whole)>()
        .with::<(review, hello, content, units::Components)>()
        .instance(Inventory { stock: "a" });
    drop(server);
    drop(Inventory { stock: String::new() }.into_server());
    drop(units::into_server());
}
