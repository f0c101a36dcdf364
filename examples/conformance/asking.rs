//! Tools and a prompt of the conformance server that ask the client a question.

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// A yes-or-no question.
#[derive(Elicit)]
struct Ok_ {
    ok: bool,
}

/// A colour.
#[derive(Elicit)]
struct Color {
    color: String,
}

/// A context.
#[derive(Elicit)]
struct UserContext {
    context: String,
}

/// A user account.
#[derive(Elicit)]
struct User {
    /// Username
    username: String,
    /// Email address
    email: String,
}

/// Status of a user.
#[derive(Elicit)]
enum Status {
    #[elicit(rename = "active")]
    Active,
    #[elicit(rename = "inactive")]
    Inactive,
    #[elicit(rename = "pending")]
    Pending,
}

/// A form with a default for every field.
#[derive(Elicit)]
struct Defaults {
    #[elicit(default = "John Doe")]
    name: String,
    #[elicit(default = 30)]
    age: u32,
    #[elicit(default = 95.5)]
    score: f64,
    #[elicit(default = Status::Active)]
    status: Status,
    #[elicit(default = true)]
    verified: bool,
}

/// A choice without titles.
#[derive(Elicit)]
#[elicit(rename_all = "camelCase")]
enum Untitled {
    Option1,
    Option2,
    Option3,
}

/// A choice with titles.
#[derive(Elicit)]
enum Titled {
    #[elicit(rename = "value1", title = "First Option")]
    First,
    #[elicit(rename = "value2", title = "Second Option")]
    Second,
    #[elicit(rename = "value3", title = "Third Option")]
    Third,
}

/// A choice with titles in the format of earlier revisions.
#[derive(Elicit)]
#[elicit(enum_names)]
enum Legacy {
    #[elicit(rename = "opt1", title = "Option One")]
    One,
    #[elicit(rename = "opt2", title = "Option Two")]
    Two,
    #[elicit(rename = "opt3", title = "Option Three")]
    Three,
}

/// A form with every kind of choice.
#[derive(Elicit)]
#[elicit(rename_all = "camelCase")]
struct Enums {
    untitled_single: Option<Untitled>,
    titled_single: Option<Titled>,
    legacy_enum: Option<Legacy>,
    untitled_multi: Option<Vec<Untitled>>,
    titled_multi: Option<Vec<Titled>>,
}

/// Name of the user's action.
fn action<T>(answer: &Elicited<T>) -> &'static str {
    match answer {
        Elicited::Accepted(_) => "accept",
        Elicited::Declined => "decline",
        Elicited::Cancelled => "cancel",
    }
}

/// Ask the model of the client.
#[tool]
pub(crate) async fn test_sampling(
    cx: &Context,
    /// What to ask
    prompt: String,
) -> Result<String, AskError> {
    let answer = cx.sample(prompt).max_tokens(100).await?;
    Ok(format!("LLM response: {}", answer.text()))
}

/// Ask the user who they are.
#[tool]
pub(crate) async fn test_elicitation(
    cx: &Context,
    /// What to ask
    message: String,
) -> Result<String, AskError> {
    let answer = cx.elicit::<User>(message).await?;
    let who = match &answer {
        Elicited::Accepted(User { username, email }) => format!(", {username} <{email}>"),
        _ => String::new(),
    };
    Ok(format!("User response: {}{who}", action(&answer)))
}

/// Ask with a form whose fields have defaults.
#[tool]
pub(crate) async fn test_elicitation_sep1034_defaults(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Defaults>("Please review and update the form fields").await?;
    let Elicited::Accepted(Defaults { name, age, score, status, verified }) = &answer else {
        return Ok(format!("Elicitation completed: {}", action(&answer)));
    };
    let active = matches!(status, Status::Active);
    Ok(format!("Elicitation completed: {name}, {age}, {score}, {active}, {verified}"))
}

/// Ask with a form that has every kind of choice.
#[tool]
pub(crate) async fn test_elicitation_sep1330_enums(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Enums>("Please select options from the fields").await?;
    let Elicited::Accepted(form) = &answer else {
        return Ok(format!("Elicitation completed: {}", action(&answer)));
    };
    let singles =
        [form.untitled_single.is_some(), form.titled_single.is_some(), form.legacy_enum.is_some()];
    let singles = singles.into_iter().filter(|is_chosen| *is_chosen).count();
    let several = form.untitled_multi.iter().flatten().count();
    let several = several + form.titled_multi.iter().flatten().count();
    Ok(format!("Elicitation completed: {singles} single choices, {several} of several"))
}

/// Reject clients without sampling.
#[tool]
pub(crate) async fn test_missing_capability(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("Is somebody there?").max_tokens(10).await?.text())
}

/// Ask the user while the client reads a stream.
#[tool]
pub(crate) async fn test_streaming_elicitation(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Ok_>("Is this all right?").await?;
    Ok(action(&answer).to_owned())
}

async fn greet(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Name>("What is your name?").key("user_name").await?;
    Ok(answer.accepted().map_or_else(|| "stranger".to_owned(), |Name { name }| name))
}

/// Greet the user by name.
#[tool]
pub(crate) async fn test_input_required_result_elicitation(
    cx: &Context,
) -> Result<String, AskError> {
    Ok(format!("Hello, {}!", greet(cx).await?))
}

/// Ask the model one question.
#[tool]
pub(crate) async fn test_input_required_result_sampling(cx: &Context) -> Result<String, AskError> {
    let question = cx.sample("What is the capital of France?").max_tokens(100);
    Ok(question.key("capital_question").await?.text())
}

/// Ask the client for its roots.
#[tool]
pub(crate) async fn test_input_required_result_list_roots(
    cx: &Context,
) -> Result<String, AskError> {
    let roots = cx.roots().key("client_roots").await?;
    let uris: Vec<_> = roots.all().iter().map(|root| root.uri.as_str()).collect();
    Ok(format!("Roots: {}", uris.join(", ")))
}

/// Ask the user to confirm.
#[tool]
pub(crate) async fn test_input_required_result_request_state(
    cx: &Context,
) -> Result<String, AskError> {
    let answer = cx.elicit::<Ok_>("Please confirm").key("confirm").await?;
    let ok = answer.accepted().is_some_and(|Ok_ { ok }| ok);
    Ok(if ok { "state-ok, confirmed" } else { "state-ok, not confirmed" }.to_owned())
}

/// Ask three questions at once.
#[tool]
pub(crate) async fn test_input_required_result_multiple_inputs(
    cx: &Context,
) -> Result<String, AskError> {
    let (name, greeting, roots) = tokio::join!(
        greet(cx),
        cx.sample("Generate a greeting").max_tokens(50).key("greeting"),
        cx.roots().key("client_roots"),
    );
    Ok(format!("{}, {}: {} roots", greeting?.text(), name?, roots?.all().len()))
}

/// Ask several questions in sequence.
#[tool]
pub(crate) async fn test_input_required_result_multi_round(
    cx: &Context,
) -> Result<String, AskError> {
    let name = cx.elicit::<Name>("Step 1: What is your name?").key("step1").await?;
    let color = cx.elicit::<Color>("Step 2: What is your favorite color?").key("step2").await?;
    let name = name.accepted().map(|Name { name }| name).unwrap_or_default();
    let color = color.accepted().map(|Color { color }| color).unwrap_or_default();
    Ok(format!("{name} likes {color}"))
}

/// Ask the user to confirm, with a tamper-proof request state.
#[tool]
pub(crate) async fn test_input_required_result_tampered_state(
    cx: &Context,
) -> Result<String, AskError> {
    let answer = cx.elicit::<Ok_>("Please confirm").key("confirm").await?;
    Ok(action(&answer).to_owned())
}

/// Ask every question that the client supports.
#[tool]
pub(crate) async fn test_input_required_result_capabilities(
    cx: &Context,
) -> Result<String, AskError> {
    let mut answers = Vec::new();
    if cx.can_elicit() {
        answers.push(greet(cx).await?);
    }
    if cx.can_sample() {
        answers.push(cx.sample("Say hello").max_tokens(50).key("greeting").await?.text());
    }
    Ok(answers.join(", "))
}

/// A prompt that asks the user for context.
#[prompt]
pub(crate) async fn test_input_required_result_prompt(cx: &Context) -> Result<String, AskError> {
    let question = cx.elicit::<UserContext>("What context should the prompt use?");
    let context = question.key("user_context").await?.accepted();
    Ok(format!("Use this context: {}", context.map(|it| it.context).unwrap_or_default()))
}

/// All components of this file.
pub(crate) type Asking = (
    (test_sampling, test_elicitation, test_elicitation_sep1034_defaults),
    (test_elicitation_sep1330_enums, test_missing_capability, test_streaming_elicitation),
    (test_input_required_result_elicitation, test_input_required_result_sampling),
    (test_input_required_result_list_roots, test_input_required_result_request_state),
    (test_input_required_result_multiple_inputs, test_input_required_result_multi_round),
    (test_input_required_result_tampered_state, test_input_required_result_capabilities),
    test_input_required_result_prompt,
);
