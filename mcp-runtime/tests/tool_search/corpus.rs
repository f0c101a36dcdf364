//! A generated corpus of 1,000 tools, and 100 questions about them.
//!
//! 25 services have 8 kinds of objects each, which the services of one domain share, and 5 tools for each
//! kind. Names, verbs and descriptions differ from service to service, as they do in the field. Questions
//! are sentences of users: they name the service, and paraphrase the action and the object.

use mcp_runtime::protocol::Tool;
use mcp_runtime::providers::{ToolId, ToolSet};
use mcp_runtime::schema::Schema;
use serde_json::{Map, Value, json};

use crate::domains::Domain;

/// Question with the tool that answers it.
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) tool: ToolId,
}

/// Actions: verbs of names, sentences of descriptions, and sentences of users. `{o}` is the object, `{s}`
/// the service.
struct Action {
    verbs: [&'static str; 3],
    descriptions: [&'static str; 3],
    questions: [&'static str; 4],
}

const ACTIONS: [Action; 6] = [
    Action {
        verbs: ["create", "add", "new"],
        descriptions: [
            "Creates a new {o} in {s}.",
            "Add a {o}. The user needs write access to {s}.",
            "Makes a {o} and returns its identifier.",
        ],
        questions: [
            "we need a fresh {o} over in {s} until Friday",
            "Please set up another {o} on {s} for the new colleague",
            "In {s}, make a {o} called 'Q3 planning'",
            "Anna wants one more {o} in {s}, can you generate it?",
        ],
    },
    Action {
        verbs: ["list", "get_all", "browse"],
        descriptions: [
            "Lists all {o}s of {s}, newest first. Use the cursor for the next page.",
            "Returns every {o} that the user may see, in pages of 50.",
            "Enumerates {o}s with optional filters.",
        ],
        questions: [
            "Which {o}s do we have in {s} at the moment?",
            "give me an overview of every {o} on {s}",
            "Show me all the {o}s that exist in {s}",
            "I would like to browse through the {o}s of our {s}",
        ],
    },
    Action {
        verbs: ["get", "fetch", "read"],
        descriptions: [
            "Gets one {o} by its identifier.",
            "Fetch the details of a {o} from {s}.",
            "Reads a single {o} with all of its fields.",
        ],
        questions: [
            "Tell me everything about the {o} number 4711 in {s}",
            "pull up the {o} from yesterday on {s}",
            "What are the details of that {o} in {s}?",
            "look up the {o} in {s} and read it to me",
        ],
    },
    Action {
        verbs: ["update", "edit", "modify"],
        descriptions: [
            "Updates fields of an existing {o}. Fields that are absent stay as they are.",
            "Edit a {o} in {s}.",
            "Modifies a {o}; returns its new state.",
        ],
        questions: [
            "The {o} in {s} has a typo, please correct it",
            "Change the {o} that we set up last week in {s}",
            "adjust the {o} on {s} so that it fits the new plan",
            "There is something wrong in the {o} on {s}, it has to be revised",
        ],
    },
    Action {
        verbs: ["delete", "remove", "destroy"],
        descriptions: [
            "Deletes a {o} for ever. This cannot be undone.",
            "Remove a {o} from {s}.",
            "Destroys the {o} with the given identifier.",
        ],
        questions: [
            "get rid of the obsolete {o} in {s}",
            "That {o} in {s} should go away for good",
            "throw out the old {o} from {s}",
            "We don't want the {o} on {s} any longer, erase it",
        ],
    },
    Action {
        verbs: ["search", "find", "query"],
        descriptions: [
            "Searches {o}s by text.",
            "Find {o}s in {s} that contain some words.",
            "Full-text query over {o}s, best matches first.",
        ],
        questions: [
            "Where is the {o} about the summer launch in {s}?",
            "look for {o}s about taxes on {s}",
            "Is there any {o} in {s} that mentions the budget?",
            "locate the {o} of Mr Smith in {s}",
        ],
    },
];

/// Sentences that follow the first one of a description, as noise.
const NOISE: [&str; 8] = [
    "Returns JSON.",
    "Needs the scope `write`.",
    "At most 100 requests a minute are allowed.",
    "See also the documentation of the API for how to create, update and delete.",
    "Identifiers are strings. Dates are in ISO 8601.",
    "Only administrators may call it.",
    "Prefer this tool over the generic HTTP request.",
    "",
];

/// Deterministic generator of numbers (SplitMix64).
pub(crate) struct Entropy(pub(crate) u64);

impl Entropy {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Generates the tools, and a number of questions about tools that are chosen at random.
pub(crate) fn generate(
    domains: &[Domain],
    seed: u64,
    questions: usize,
) -> (ToolSet, Vec<Question>) {
    let mut entropy = Entropy(seed);
    let mut set = ToolSet::default();
    let mut asked = Vec::new();
    for domain in domains {
        for (place, (key, spoken)) in domain.services.iter().enumerate() {
            let mut tools = Vec::new();
            for object in domain.objects {
                let parts: Vec<_> = object.split('|').collect();
                // One of list, get and search is missing.
                let missing = entropy.one_of(&[1, 2, 5]);
                for (number, action) in ACTIONS.iter().enumerate().filter(|(it, _)| *it != missing)
                {
                    let tool = tool(&mut entropy, place, action, &parts, spoken);
                    asked.push((number, parts[3], *spoken, ToolId::of_server(*key, &tool.name)));
                    tools.push(tool);
                }
            }
            set = set.server(*key, tools);
        }
    }
    let questions = (0..questions).map(|_| {
        let (action, words, service, tool) = asked.swap_remove(entropy.below(asked.len()));
        let words: Vec<_> = words.split(", ").collect();
        let question = entropy.one_of(&ACTIONS[action].questions);
        let text = fill(question, entropy.one_of(&words), service);
        Question { text, tool }
    });
    let questions = questions.collect();
    (set, questions)
}

fn tool(
    entropy: &mut Entropy,
    style: usize,
    action: &Action,
    parts: &[&str],
    service: &str,
) -> Tool {
    let [object, explanation, arguments, ..] = parts else {
        unreachable!("objects have four parts")
    };
    let verb = entropy.one_of(&action.verbs);
    let name = match style {
        0 => format!("{verb}_{object}"),
        1 => camel(&format!("{verb}_{object}")),
        2 => format!("{}.{}", object.replace('_', "-"), verb.replace('_', "-")),
        _ => format!("{}-{}", verb.replace('_', "-"), object.replace('_', "-")),
    };
    let spoken = object.replace('_', " ");
    let first = fill(entropy.one_of(&action.descriptions), &spoken, service);
    let explanation = if entropy.below(2) == 0 { format!("{explanation}.") } else { String::new() };
    let noise = entropy.one_of(&NOISE);
    let description = [&*first, &*explanation, noise].join(" ");
    let mut properties = Map::new();
    for argument in arguments.split(' ') {
        let text = format!("The {} of the {spoken}", argument.replace('_', " "));
        properties.insert(argument.to_owned(), json!({ "type": "string", "description": text }));
    }
    let schema = json!({ "type": "object", "properties": Value::Object(properties) });
    Tool::new(name, Schema::from_value(&schema).unwrap()).description(description.trim().to_owned())
}

fn fill(template: &str, object: &str, service: &str) -> String {
    let template = template.replace("{o}s", &plural(object));
    template.replace("{o}", object).replace("{s}", service)
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with(['s', 'x']) || word.ends_with("ch") => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (initial, rest) = part.split_at(1);
        name + &initial.to_uppercase() + rest
    })
}
