//! Every form of tool that the attributes accept compiles.
#![allow(missing_docs, dead_code)]
// Forms that clippy would write otherwise are forms all the same.
#![allow(clippy::needless_lifetimes, clippy::too_many_arguments)]

use std::borrow::Cow;
use std::collections::HashMap;

use mcp_runtime::components::Component;
use mcp_runtime::{Context, Principal, Server, State, server, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

mod elsewhere {
    pub(crate) use mcp_runtime as mcp;
}

type Answer<T> = Result<T, std::num::ParseIntError>;
type Text<'a> = &'a str;
type Cx = Context;

const MOST: u32 = 9;
const TITLE: &str = "Adds";

#[derive(Deserialize, JsonSchema)]
struct Order {
    item: String,
}

#[derive(Serialize, JsonSchema)]
struct Receipt {
    item: String,
}

struct Shop(u32);

/// Nothing in, nothing out.
#[tool]
pub async fn nothing() {}

/// Plain, not async.
#[tool(read_only, title = TITLE, idempotent = true, open_world = false)]
fn plain(a: i64, mut b: i64) -> i64 {
    b += a;
    b
}

/// Everything that borrows.
#[tool]
async fn borrows<'a>(
    a: &'a str,
    b: &str,
    c: Cow<'_, str>,
    e: Text<'_>,
    g: Option<&str>,
    h: HashMap<&str, &str>,
    cx: &Context,
    shop: &State<Shop>,
    principal: &Principal,
) -> String {
    let _ = (cx, shop.0, principal);
    format!("{a}{b}{c}{e}{g:?}{}", h.len())
}

/// Leaves lifetimes out where that is allowed.
#[tool]
#[allow(elided_lifetimes_in_paths)]
fn hides(a: Cow<str>, b: Text, #[arg(default = "b")] c: Cow<str>) -> String {
    format!("{a}{b}{c}")
}

/// Returns what it borrowed.
#[tool]
fn echo<'a>(text: &'a str, _cx: Cx) -> &'a str {
    text
}

/// Everything that is owned.
#[tool]
async fn owns(
    #[arg(description = "What to order")] order: Order,
    orders: Vec<Order>,
    flag: Option<bool>,
    any: Value,
    object: Map<String, Value>,
    shop: State<Shop>,
    who: Principal,
    cx: Context,
) -> Result<Receipt, Box<dyn std::error::Error + Send + Sync>> {
    let _ = (orders.len(), flag, any, object, shop.0, who, cx);
    Ok(Receipt { item: order.item })
}

/// Every rule.
#[tool]
async fn rules(
    /// How many
    #[arg(default = 1, min = 1, max = MOST, examples(1, 2))]
    count: u32,
    #[arg(default = "en", min_len = 1, max_len = 3, pattern = "^[a-z]+$", header = "Lang")]
    language: Cow<'_, str>,
    #[arg(default = "en")] borrowed: &str,
    #[arg(default = "en".to_owned())] owned: String,
    #[arg(default)] maybe: Vec<u8>,
    #[arg(min = 0.5)] amount: Option<f64>,
    #[arg(rename = "type", default = default_kind())] r#type: String,
    #[arg(min_len = 1)] items: Vec<String>,
) -> Answer<i64> {
    let _ = (count, language, borrowed, owned, maybe, amount, r#type, items);
    "5".parse()
}

fn default_kind() -> String {
    "any".to_owned()
}

/// Names that generated code might use for itself.
#[tool]
async fn inputs(call: u8, slots: u8, components: u8, inputs: u8, this: u8, result: u8) -> u8 {
    call + slots + components + inputs + this + result
}

/// Blocks.
#[tool(blocking, cancel = "cooperative", open)]
fn blocks(text: &str, cx: &Context) -> String {
    let _ = cx;
    text.to_owned()
}

/// Old.
#[deprecated = "use another"]
#[cfg(not(any()))]
#[tool(
    name = "old.tool",
    wide_name,
    meta = json!({ "a": 1 }),
    input_schema = r#"{"type":"object","properties":{"a":{"type":"integer"},"z":{}}}"#,
    icons("https://example.com/a.png", icon(src = "data:,", sizes("any"), theme = "dark"))
)]
fn old(a: u8) -> u8 {
    a
}

/// Reserve stock.
#[tool(contract = "tests/schemas/reserve.json")]
async fn reserve(sku: &str, #[arg(default = 1)] count: u32, cx: &Context) -> String {
    let _ = cx;
    format!("{sku}{count}")
}

/// Not there.
#[cfg(any())]
#[tool]
fn absent(a: NoSuchType) {}

/// Found elsewhere.
#[tool(crate = elsewhere::mcp)]
fn other_path(#[arg(default = 1)] a: u8) -> u8 {
    a
}

struct Inventory<T> {
    stock: T,
}

#[server(name = "stock", title = "Stock", instructions = "Be kind.")]
impl<T: AsRef<str> + Send + Sync + 'static> Inventory<T> {
    const MOST: u32 = 5;

    /// Reserve stock.
    #[tool]
    async fn reserve(
        &self,
        cx: &Context,
        sku: &str,
        #[arg(default = 1, min = 1, max = Self::MOST)] count: u32,
    ) -> Answer<String> {
        let _ = cx;
        Ok(format!("{}{sku}{count}", self.stock.as_ref()))
    }

    /// Without the stock.
    #[tool]
    fn version() -> &'static str {
        "1"
    }

    /// Not there.
    #[cfg(any())]
    #[tool]
    fn absent(&self, a: NoSuchType) {}

    /// Blocks.
    #[deprecated]
    #[tool(blocking)]
    fn slow(&self, text: &str) -> usize {
        self.helper() + text.len()
    }

    fn helper(&self) -> usize {
        self.stock.as_ref().len()
    }
}

#[server(version = "2")]
mod unit_converter {
    use super::*;

    /// Miles to kilometres.
    #[tool]
    pub(super) fn kilometres(miles: f64) -> f64 {
        miles * FACTOR
    }

    /// Not there.
    #[cfg(any())]
    #[tool]
    fn absent(a: NoSuchType) {}

    const FACTOR: f64 = 1.609;
}

#[test]
fn functions_stay_callable() {
    assert_eq!(plain(1, 2), 3);
    assert_eq!(unit_converter::kilometres(1.0), 1.609);
    assert_eq!(other_path(3), 3);
}

#[test]
fn everything_can_be_registered() {
    fn is_component<C: Component>() {}
    #[allow(deprecated)]
    {
        is_component::<old>();
    }
    let server = Server::new("all", "1")
        .state(Shop(1))
        .with::<(nothing, plain, borrows, hides, echo, owns)>()
        .with::<(rules, inputs, blocks, other_path, reserve, unit_converter::Components)>()
        .instance(Inventory { stock: "a" });
    drop(server);
    drop(Inventory { stock: String::new() }.into_server());
    drop(unit_converter::into_server());
}
