//! Servers that cannot be built, and their errors.

#![cfg(feature = "http")]
#![allow(missing_docs)]

use mcp_runtime::ProtocolError;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::PromptArgument;
use mcp_runtime::tool::IntoSchema;
use serde_json::json;

/// One.
#[tool]
async fn one() -> i64 {
    1
}

/// Two, under the name of one.
#[tool(name = "one")]
async fn two() -> i64 {
    2
}

struct Database;

/// Ask the database.
#[tool]
async fn ask(_database: State<Database>) -> String {
    String::new()
}

fn reasons(server: Server) -> Vec<String> {
    match server.into_service() {
        Ok(_) => Vec::new(),
        Err(error) => error.reasons().to_vec(),
    }
}

fn check(server: Server, expected: &[&[&str]]) {
    let reasons = reasons(server);
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for (reason, words) in reasons.iter().zip(expected) {
        assert!(
            words.iter().all(|word| reason.contains(word)),
            "{reason:?} lacks one of {words:?}"
        );
    }
}

fn server() -> Server {
    Server::new("test", "1.0.0")
}

const BLANK: &str = " \n";

#[tool(description = BLANK)]
async fn blank_tool(#[arg(description = BLANK)] a: i64) -> i64 {
    a
}

#[resource("a:b", description = BLANK)]
async fn blank_resource() -> &'static str {
    ""
}

#[prompt(description = format!("{BLANK}"))]
async fn blank_prompt() -> &'static str {
    ""
}

#[test]
fn blank_descriptions_are_none() {
    let missing = |noun| [noun, "has no description; write a doc comment"];
    check(
        server().with::<(blank_tool, blank_resource, blank_prompt)>(),
        &[
            &missing("tool `blank_tool`"),
            &missing("resource `a:b`"),
            &missing("prompt `blank_prompt`"),
        ],
    );
    // A component that is created at run time may be without one.
    let tool = Tool::new("t", r#"{"type":"object"}"#, |_cx, _arguments| async { "1" });
    check(server().tool(tool.description(BLANK)), &[]);
}

/// A text.
#[tool(output_schema = Vec<i64>)]
async fn text_with_schema() -> String {
    String::new()
}

/// A number.
#[tool(output_schema = i64)]
async fn number_with_schema() -> i64 {
    1
}

/// A default that is no JSON.
#[tool]
async fn unwritable(
    #[arg(default = [((1, 2), 3)].into())] a: std::collections::BTreeMap<(u8, u8), u8>,
) -> usize {
    a.len()
}

/// An injected value with a default.
#[prompt]
async fn injected(#[arg(default = unreachable!())] cx: Context) -> String {
    format!("{cx:?}")
}

#[test]
fn what_would_not_be_advertised_is_refused() {
    let composed = ["`output_schema` is for results that are composed at run time"];
    check(server().with::<(text_with_schema, number_with_schema)>(), &[&composed, &composed]);
    check(
        server().with::<unwritable>(),
        &[&["argument `a`: its default cannot be written as JSON: key must be a string"]],
    );
    check(server().with::<injected>(), &[&["`cx` is injected and cannot have a default"]]);
}

#[test]
fn names_are_given_once() {
    check(server().with::<(one, ask)>().state(Database), &[]);
    check(server().with::<(one, two)>(), &[&["two tools", "`one`"]]);
    let again = Tool::new("one", r#"{"type":"object"}"#, |_cx, _arguments| async { "1" });
    check(server().with::<one>().tool(again), &[&["two tools", "`one`"]]);
}

#[test]
fn state_that_is_needed_is_there() {
    check(server().with::<ask>(), &[&["`ask`", "Database", ".state("]]);
}

#[test]
fn everything_that_is_wrong_is_told() {
    let named = Tool::new("no name", r#"{"type":"object"}"#, |_cx, _arguments| async { "" });
    check(
        server().with::<(one, two, ask)>().tool(named),
        &[&["no name"], &["`one`"], &["`ask`", "Database"]],
    );
}

/// The one thing that is wrong.
fn check_one(server: Server, expected: &str) {
    assert_eq!(reasons(server), [expected]);
}

#[test]
fn what_does_not_fit_together_is_not_built() {
    let ones = || Server::new("ones", "1").with::<one>();
    check_one(ones().merge(ones()), "two tools are named `one`; give one another `name`");
    check_one(
        server().mount("a b", ones()),
        "tool `one` cannot be mounted under `a b`: `a b_one` contains ' '; allowed are ASCII letters, digits, `_`, `-` and `.`",
    );
    let mut handled = ones();
    let _handle = handled.handle();
    check_one(
        ones().mount("a", handled),
        "server `ones` is mounted, so its handle would change nothing; take the handle of the server that serves",
    );
    check_one(
        server().state("no database").mount("a", server().with::<ask>()),
        "tool `a_ask` needs `State<building::Database>`; call `.state(…)` with such a value",
    );
    let own = |server: Server| {
        server.method("own", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
    };
    check_one(own(ones()).mount("b", own(ones())), "two handlers are given for the method `own`");
}

#[test]
fn a_uri_without_an_authority_has_no_place_for_a_prefix() {
    let mail = Resource::new("mailto:ann", "mail", async |_, _| "no");
    check_one(
        server().mount("a", server().resource(mail)),
        "resource `mailto:ann` cannot be mounted under `a`: it has no `://` to put the prefix behind",
    );
}

fn listed() -> Vec<ResourceLink> {
    Vec::new()
}

fn plain(uri: &str) -> Resource {
    Resource::new(uri, "n", async |_, _| "x")
}

/// The profile of a user.
#[resource("users://{id}/profile{?kind}")]
async fn profile(id: u64, kind: Option<u8>, _database: State<Database>) -> String {
    format!("{id} {kind:?}")
}

#[test]
fn resources_are_checked_when_the_server_is_built() {
    let check = |resources: Vec<Resource>, expected: &[&str]| {
        let server = resources.into_iter().fold(Server::new("s", "1"), Server::resource);
        assert_eq!(reasons(server), expected);
    };
    check(vec![plain("a:b"), plain("a:{b}")], &[]);
    check(vec![plain("a:b"), plain("a:b")], &["two resources are at `a:b`; give one another URI"]);
    check(
        vec![plain("a:{b}"), plain("a:{c}")],
        &["the resource templates `a:{b}` and `a:{c}` match the same URIs and neither is more \
           specific; change one of them"],
    );
    check(
        vec![plain("a:b").list(listed), plain("a:{b}").size(5)],
        &[
            "resource `a:b`: it has no variables, so there is nothing to list",
            "resource template `a:{b}`: resources of a template have no common size",
        ],
    );
    check(
        vec![plain("a:{b}").complete("c", |_: &str| ["x"])],
        &["resource template `a:{b}`: there is no variable `c` to complete"],
    );
}

#[test]
fn state_that_a_resource_needs_is_there() {
    let needs = "resource template `users://{id}/profile{?kind}` needs";
    check(server().with::<profile>(), &[&[needs, "Database"]]);
}

#[test]
fn prompts_are_checked_when_the_server_is_built() {
    let wrong = Prompt::new("p q", async |_, _| "x")
        .argument(PromptArgument::new("a"))
        .argument(PromptArgument::new("a"))
        .complete("b", |_: &str| ["x"]);
    assert_eq!(
        reasons(server().prompt(wrong)),
        [
            "prompt `p q`: its name contains ' '; allowed are ASCII letters, digits, `_`, `-` and `.`",
            "prompt `p q`: two parameters are named `a`",
            "prompt `p q`: there is no argument `b` to complete",
        ]
    );
    let twice = Server::new("s", "1")
        .prompt(Prompt::new("p", async |_, _| "x"))
        .prompt(Prompt::new("p", async |_, _| "x"));
    assert_eq!(reasons(twice), ["two prompts are named `p`; give one another `name`"]);
}

fn dynamic(name: &str, schema: impl IntoSchema) -> Tool {
    Tool::new(name, schema, async |_, _| Ok::<_, ToolError>(json!({})))
}

#[test]
fn tools_known_at_run_time_have_names_and_schemas() {
    let object = || json!({ "type": "object" });
    check(server().tool(dynamic("other.server", r#"{"type":"object"}"#)), &[]);
    let borrowed = object();
    check(server().tool(dynamic("t", &borrowed)), &[]);
    check_one(
        server().tool(dynamic("t", json!({}))),
        "tool `t`: its input schema does not say `\"type\": \"object\"`",
    );
    check_one(
        server().tool(dynamic("t", object()).output_schema("[]")),
        "tool `t`: not a JSON Schema: expected an object, `true` or `false`",
    );
}
