//! A corpus of 1,000 tools with technical names, and 100 questions that are not sentences: pieces of names
//! in another style, arguments only, and words with a typing error.

use mcp_runtime::protocol::Tool;
use mcp_runtime::providers::{ToolId, ToolSet};
use mcp_runtime::schema::Schema;
use serde_json::{Map, json};

use crate::corpus::{Entropy, Question};

const VERBS: [&str; 12] = [
    "rotate", "inspect", "convert", "install", "restart", "throttle", "encrypt", "publish",
    "rollback", "measure", "verify", "clone",
];

const SYSTEMS: [&str; 25] = [
    "OAuth2", "HTTP", "IPv6", "UTF8", "SHA256", "JSON", "PDF", "MP3", "SQL", "DNS", "SSH", "LDAP",
    "GPU", "USB", "RSS", "XML", "H264", "Base64", "CSV", "TLS", "MQTT", "Wifi", "Redis", "Kafka",
    "Lambda",
];

const OBJECTS: [&str; 30] = [
    "token",
    "header",
    "address",
    "encoder",
    "digest",
    "document",
    "report",
    "playlist",
    "query",
    "resolver",
    "session",
    "directory",
    "kernel",
    "device",
    "feed",
    "parser",
    "stream",
    "buffer",
    "certificate",
    "cluster",
    "queue",
    "topic",
    "worker",
    "firmware",
    "endpoint",
    "listener",
    "bundle",
    "ticket",
    "ledger",
    "catalog",
];

/// Arguments with their descriptions.
const ARGUMENTS: [(&str, &str); 24] = [
    ("retentionDays", "How many days entries are kept"),
    ("max_concurrency", "Upper bound of parallel jobs"),
    ("webhookUrl", "Address that is called on completion"),
    ("cron_expression", "Timetable in crontab syntax"),
    ("timezone", "IANA zone, such as Europe/Paris"),
    ("compression_level", "From 0 (fast) to 9 (small)"),
    ("iban", "International bank account number"),
    ("latitude", "Degrees north"),
    ("currencyCode", "ISO 4217 letters"),
    ("page_token", "Cursor of the next page"),
    ("fontSize", "Point size of glyphs"),
    ("sampleRateHz", "Audio frequency"),
    ("regexPattern", "Regular expression the lines must match"),
    ("threshold", "Value above which an alarm is raised"),
    ("backoffMillis", "Pause before another attempt"),
    ("locale", "Language and country, such as pt-BR"),
    ("parentFolder", "Where in the hierarchy it is put"),
    ("vatNumber", "European sales tax identifier"),
    ("bitrate", "Kilobits per second"),
    ("shardKey", "Field that decides the partition"),
    ("warmupSeconds", "Time before the first value counts"),
    ("tagPrefix", "Beginning of the tags that are included"),
    ("maxRedirects", "Number of hops that are followed"),
    ("watermarkText", "Words stamped across every sheet"),
];

/// Number of tools, and of those that have two arguments. No two of these have the same two.
const TOOLS: usize = 1_000;
const WITH_PAIRS: usize = 50;

/// Generates the tools and the questions.
pub(crate) fn generate(seed: u64) -> (ToolSet, Vec<Question>) {
    let mut entropy = Entropy(seed);
    let mut names = Vec::new();
    for verb in VERBS {
        for system in SYSTEMS {
            names.extend(OBJECTS.map(|object| [verb, system, object]));
        }
    }
    let mut pairs = Vec::new();
    for (place, first) in ARGUMENTS.iter().enumerate() {
        pairs.extend(ARGUMENTS[place + 1..].iter().map(|second| [*first, *second]));
    }
    let (mut tools, mut questions) = (Vec::new(), Vec::new());
    for number in 0..TOOLS {
        let words = names.swap_remove(entropy.below(names.len()));
        let arguments = match number < WITH_PAIRS {
            true => pairs.swap_remove(entropy.below(pairs.len())).to_vec(),
            false => vec![entropy.one_of(&ARGUMENTS)],
        };
        let tool = tool(&mut entropy, words, &arguments);
        let text = match number {
            0..25 => Some(by_arguments(&mut entropy, &arguments)),
            WITH_PAIRS..75 => Some(styled(&mut entropy, words)),
            75..125 => Some(with_typing_error(&mut entropy, words)),
            _ => None,
        };
        questions.extend(text.map(|text| Question { text, tool: ToolId::new(&*tool.name) }));
        // Tools with questions are not the first ones of the set.
        tools.insert(entropy.below(tools.len() + 1), tool);
    }
    (ToolSet::new(tools), questions)
}

fn tool(entropy: &mut Entropy, words: [&str; 3], arguments: &[(&str, &str)]) -> Tool {
    let [verb, system, object] = words;
    let description = entropy
        .one_of(&[
            format!("Lets the administrator {verb} the {system} {object}.").as_str(),
            format!("Use this to {verb} one {object} of {system}.").as_str(),
            format!("{system}: {verb} a {object}").as_str(),
        ])
        .to_owned();
    let property = |(name, text): &(&str, &str)| {
        ((*name).to_owned(), json!({ "type": "string", "description": text }))
    };
    let properties: Map<_, _> = arguments.iter().map(property).collect();
    let schema = json!({ "type": "object", "properties": properties });
    let name = styled(entropy, words);
    Tool::new(name, Schema::from_value(&schema).unwrap()).description(description)
}

/// Writes words in one of the styles of names.
fn styled(entropy: &mut Entropy, [verb, system, object]: [&str; 3]) -> String {
    let small = system.to_lowercase();
    match entropy.below(5) {
        0 => format!("{verb}_{small}_{object}"),
        1 => format!("{verb}-{small}-{object}"),
        2 => format!("{small}.{object}.{verb}"),
        3 => format!("{verb}{system}{}", capital(object)),
        _ => format!("{}{system}{}", capital(verb), capital(object)),
    }
}

fn capital(word: &str) -> String {
    let (initial, rest) = word.split_at(1);
    initial.to_uppercase() + rest
}

fn by_arguments(entropy: &mut Entropy, arguments: &[(&str, &str)]) -> String {
    let [(first, _), (second, text)] = arguments else { unreachable!("there are two arguments") };
    match entropy.below(3) {
        0 => format!("tool with {first} and {second}"),
        1 => format!("which one takes {} and {}?", spoken(first), spoken(second)),
        _ => format!("{}; {}", spoken(first), text.to_lowercase()),
    }
}

/// Writes the name of an argument in words.
fn spoken(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        match letter {
            '_' => text.push(' '),
            'A'..='Z' => text.extend([' ', letter.to_ascii_lowercase()]),
            _ => text.push(letter),
        }
    }
    text
}

fn with_typing_error(entropy: &mut Entropy, [verb, system, object]: [&str; 3]) -> String {
    let (verb, object) = match entropy.below(2) {
        0 => (misspelt(entropy, verb), object.to_owned()),
        _ => (verb.to_owned(), misspelt(entropy, object)),
    };
    match entropy.below(3) {
        0 => format!("{verb} the {system} {object}"),
        1 => format!("please {verb} {system} {object}s"),
        _ => format!("{} {object} {verb}", system.to_lowercase()),
    }
}

/// Leaves out, exchanges, repeats or replaces a letter behind the first one.
fn misspelt(entropy: &mut Entropy, word: &str) -> String {
    let mut letters: Vec<_> = word.chars().collect();
    let place = 1 + entropy.below(letters.len() - 2);
    match entropy.below(4) {
        0 => drop(letters.remove(place)),
        1 => letters.swap(place, place + 1),
        2 => letters.insert(place, letters[place]),
        _ => letters[place] = entropy.one_of(&['a', 'e', 'o', 't', 'n', 'r']),
    }
    letters.into_iter().collect()
}
