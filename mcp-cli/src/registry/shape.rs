//! Members of a `server.json`, and their types.

use serde_json::Value;

use super::Problem;
use crate::input::did_you_mean;

/// Members of an object, in groups.
type Shape = &'static [&'static [Member]];

struct Member {
    name: &'static str,
    is_required: bool,
    kind: Kind,
}

/// Type of a member.
enum Kind {
    /// Text, with its least and greatest number of characters.
    Text(usize, usize),
    OneOf(&'static [&'static str]),
    Flag,
    /// An array of texts.
    Texts,
    Object(Shape),
    /// An array of objects.
    List(Shape),
    /// An object whose members have a name of their own.
    Map(Shape),
    Anything,
}

const TEXT: Kind = Kind::Text(0, usize::MAX);

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, is_required: false, kind }
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, is_required: true, kind }
}

const SERVER: Shape = &[&[
    required("$schema", TEXT),
    required("name", Kind::Text(3, 200)),
    optional("title", Kind::Text(1, 100)),
    required("description", Kind::Text(1, super::MAX_DESCRIPTION)),
    required("version", Kind::Text(1, 255)),
    optional("repository", Kind::Object(REPOSITORY)),
    optional("websiteUrl", TEXT),
    optional("icons", Kind::List(ICON)),
    optional("packages", Kind::List(PACKAGE)),
    optional("remotes", Kind::List(REMOTE)),
    optional("_meta", Kind::Object(META)),
]];

const REPOSITORY: Shape = &[&[
    required("url", TEXT),
    required("source", Kind::OneOf(&["github", "gitlab"])),
    optional("id", TEXT),
    optional("subfolder", TEXT),
]];

const ICON: Shape = &[&[
    required("src", Kind::Text(1, 255)),
    optional(
        "mimeType",
        Kind::OneOf(&["image/png", "image/jpeg", "image/jpg", "image/svg+xml", "image/webp"]),
    ),
    optional("sizes", Kind::Texts),
    optional("theme", Kind::OneOf(&["light", "dark"])),
]];

const META: Shape =
    &[&[optional("io.modelcontextprotocol.registry/publisher-provided", Kind::Anything)]];

const PACKAGE: Shape = &[&[
    required(
        "registryType",
        Kind::OneOf(&["cargo", "go", "maven", "mcpb", "npm", "nuget", "oci", "pypi"]),
    ),
    required("identifier", Kind::Text(1, usize::MAX)),
    required("transport", Kind::Object(TRANSPORT)),
    optional("version", Kind::Text(1, 255)),
    optional("registryBaseUrl", TEXT),
    optional("fileSha256", TEXT),
    optional("runtimeHint", TEXT),
    optional("runtimeArguments", Kind::List(ARGUMENT)),
    optional("packageArguments", Kind::List(ARGUMENT)),
    optional("environmentVariables", Kind::List(KEY_VALUE)),
]];

const TRANSPORT_MEMBERS: &[Member] =
    &[required("type", TEXT), optional("url", TEXT), optional("headers", Kind::List(KEY_VALUE))];

const TRANSPORT: Shape = &[TRANSPORT_MEMBERS];

const REMOTE: Shape = &[TRANSPORT_MEMBERS, VARIABLES];

const INPUT_MEMBERS: &[Member] = &[
    optional("choices", Kind::Texts),
    optional("default", TEXT),
    optional("description", TEXT),
    optional("format", Kind::OneOf(&["string", "number", "boolean", "filepath"])),
    optional("isRequired", Kind::Flag),
    optional("isSecret", Kind::Flag),
    optional("placeholder", TEXT),
    optional("value", TEXT),
];

const VARIABLES: &[Member] = &[optional("variables", Kind::Map(&[INPUT_MEMBERS]))];

const KEY_VALUE: Shape =
    &[INPUT_MEMBERS, VARIABLES, &[required("name", Kind::Text(1, usize::MAX))]];

const ARGUMENT: Shape = &[
    INPUT_MEMBERS,
    VARIABLES,
    &[
        required("type", Kind::OneOf(&["positional", "named"])),
        optional("name", TEXT),
        optional("valueHint", TEXT),
        optional("isRepeated", Kind::Flag),
    ],
];

/// Members that are missing, unknown, or of another type.
pub(super) fn check(document: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    of_object(document, SERVER, "", &mut problems);
    problems
}

fn of_object(value: &Value, shape: Shape, path: &str, problems: &mut Vec<Problem>) {
    let Value::Object(members) = value else {
        return problems.push(expected(path, "an object", value));
    };
    let known = || shape.iter().copied().flatten();
    for (name, value) in members {
        let path = joined(path, name);
        match known().find(|member| member.name == name) {
            Some(member) => of_kind(value, &member.kind, &path, problems),
            None => {
                let hint = did_you_mean(name, known().map(|member| member.name));
                problems.push(Problem::new(path, format!("is an unknown key{hint}")));
            }
        }
    }
    let missing = known().filter(|it| it.is_required && !members.contains_key(it.name));
    problems.extend(missing.map(|member| Problem::new(joined(path, member.name), "is missing")));
}

fn of_kind(value: &Value, kind: &Kind, path: &str, problems: &mut Vec<Problem>) {
    match (kind, value) {
        (Kind::Text(min, max), Value::String(text)) => {
            let count = text.chars().count();
            if count > *max {
                let message = format!("has {count} characters, at most {max} are allowed");
                problems.push(Problem::new(path, message));
            } else if count < *min {
                let message = format!("has {count} characters, at least {min} are required");
                problems.push(Problem::new(path, message));
            }
        }
        (Kind::Text(..), other) => problems.push(expected(path, "a text", other)),
        (Kind::OneOf(words), value) => {
            if !value.as_str().is_some_and(|text| words.contains(&text)) {
                let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                problems.push(expected(path, &words.join(", "), value));
            }
        }
        (Kind::Flag, Value::Bool(_)) | (Kind::Anything, Value::Object(_)) => {}
        (Kind::Flag, other) => problems.push(expected(path, "`true` or `false`", other)),
        (Kind::Texts, Value::Array(items)) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_string()) {
                problems.push(expected(&format!("{path}[{index}]"), "a text", item));
            }
        }
        (Kind::List(shape), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                of_object(item, shape, &format!("{path}[{index}]"), problems);
            }
        }
        (Kind::Texts | Kind::List(_), other) => problems.push(expected(path, "an array", other)),
        (Kind::Map(shape), Value::Object(members)) => {
            for (name, member) in members {
                of_object(member, shape, &joined(path, name), problems);
            }
        }
        (Kind::Object(shape), value) => of_object(value, shape, path, problems),
        (Kind::Map(_) | Kind::Anything, other) => {
            problems.push(expected(path, "an object", other));
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn expected(path: &str, expected: &str, got: &Value) -> Problem {
    let got = match got {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    Problem::new(path, format!("expected {expected}, got {got}"))
}
