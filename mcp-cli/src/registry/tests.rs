use serde_json::{Value, json};

use super::check;

fn document() -> Value {
    json!({
        "$schema": super::SCHEMA,
        "name": "io.github.you/weather",
        "title": "Weather",
        "description": "Weather forecasts",
        "version": "0.1.0",
        "repository": { "url": "https://github.com/you/weather", "source": "github", "subfolder": "a/b" },
        "websiteUrl": "https://example.com",
        "icons": [{ "src": "https://example.com/i.png", "mimeType": "image/png", "sizes": ["48x48", "any"] }],
        "packages": [
            { "registryType": "cargo", "registryBaseUrl": "https://crates.io", "identifier": "weather",
              "version": "0.1.0", "transport": { "type": "stdio" },
              "packageArguments": [
                { "type": "named", "name": "--units", "value": "{units}", "variables": { "units": { "default": "metric" } } },
                { "type": "positional", "valueHint": "port", "default": "8080" } ],
              "environmentVariables": [
                { "name": "API_KEY", "description": "Key", "isRequired": true, "isSecret": true } ] },
            { "registryType": "mcpb",
              "identifier": "https://github.com/you/weather/releases/download/v0.1.0/weather.mcpb",
              "fileSha256": "fe333e598595000ae021bd27117db32ec69af6987f507ba7a63c90638ff633ce",
              "transport": { "type": "stdio" } },
            { "registryType": "oci", "identifier": "ghcr.io/you/weather:0.1.0",
              "transport": { "type": "streamable-http", "url": "http://127.0.0.1:{PORT}/mcp" },
              "environmentVariables": [{ "name": "PORT", "default": "8000" }] },
        ],
        "remotes": [
            { "type": "streamable-http", "url": "https://{tenant}.example.com/mcp",
              "variables": { "tenant": { "isRequired": true } },
              "headers": [{ "name": "Authorization", "value": "Bearer {token}", "isSecret": true,
                            "variables": { "token": { "isSecret": true } } }] },
        ],
    })
}

#[test]
fn a_sound_document_has_no_problem() {
    assert_eq!(check(&document()), []);
}

/// Sets a member, or removes it, and expects one problem at a place.
fn fails(pointer: &str, value: impl Into<Option<Value>>, path: &str, message: &str) {
    let mut document = document();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value.into()) {
        (Value::Object(members), Some(value)) => drop(members.insert(member.to_owned(), value)),
        (Value::Object(members), None) => drop(members.shift_remove(member)),
        (Value::Array(items), Some(value)) => items.push(value),
        (other, _) => panic!("{other}"),
    }
    let problems = check(&document);
    let found = problems.iter().map(|it| format!("{} {}", it.path, it.message));
    let found: Vec<_> = found.collect();
    assert!(
        found.iter().any(|it| it.starts_with(&format!("{path} {message}"))),
        "{path}: {found:#?}"
    );
    assert!(problems.len() <= 2, "{found:#?}");
}

#[test]
fn members_have_their_type_and_length() {
    fails("/$schema", None, "$schema", "is missing");
    fails("/$schema", json!("https://example.com"), "$schema", "expected \"https://static");
    fails("/titel", json!("Weather"), "titel", "is an unknown key; did you mean `title`?");
    fails("/title", json!("x".repeat(101)), "title", "has 101 characters, at most 100");
    fails("/title", json!("  "), "title", "is white space only");
    fails("/description", json!(""), "description", "has 0 characters, at least 1");
    fails("/description", json!("ä".repeat(101)), "description", "has 101 characters");
    fails("/description", Value::Null, "description", "expected a text, got null");
    fails("/packages", json!({}), "packages", "expected an array, got an object");
    fails("/packages/0/transport", json!("stdio"), "packages[0].transport", "expected an object");
    fails("/packages/0/runtime", json!("a"), "packages[0].runtime", "is an unknown key");
    let variable = "/packages/0/environmentVariables/0";
    let path = "packages[0].environmentVariables[0]";
    fails(
        &format!("{variable}/isSecret"),
        json!(1),
        &format!("{path}.isSecret"),
        "expected `true`",
    );
    fails(
        &format!("{variable}/format"),
        json!("int"),
        &format!("{path}.format"),
        "expected \"string\"",
    );
    fails("/icons/0/sizes/-", json!("48"), "icons[0].sizes[2]", "expected `48x48` or `any`");
    fails("/icons/0/src", json!("http://a.com/i.png"), "icons[0].src", "expected an address with");
    fails("/_meta", json!({ "a": {} }), "_meta.a", "is an unknown key");
    let big =
        json!({ "io.modelcontextprotocol.registry/publisher-provided": { "a": "x".repeat(5000) } });
    fails("/_meta", big, "_meta.io.modelcontextprotocol.registry/publisher-provided", "has 5008");
}

#[test]
fn names_and_versions_are_exact() {
    for (name, message) in [
        ("weather", "has no `/`"),
        ("io.github.you/a/b", "has more than one `/`"),
        ("-io/weather", "has a namespace with other"),
        ("io.github.you/weather_", "ends with other"),
        ("io.github.you/we ather", "ends with other"),
    ] {
        fails("/name", json!(name), "name", message);
    }
    for version in ["^1.2.3", "~1", ">=1.0.0", "1.x", "1.2.*", "1.2.3 - 2.0.0", "1.2 || 1.3"] {
        fails("/version", json!(version), "version", "is a range");
        fails("/packages/0/version", json!(version), "packages[0].version", "is a range");
    }
    fails("/version", json!("latest"), "version", "`latest` is reserved");
    for version in ["1.0.0-alpha.1", "2026-11-27", "1.0.0+build"] {
        let mut document = document();
        document["version"] = json!(version);
        assert_eq!(check(&document), [], "{version}");
    }
}

#[test]
fn repositories_and_addresses_are_public() {
    let url = "repository.url";
    fails("/repository/url", json!("https://gitlab.com/you/weather"), url, "is no repository of");
    fails("/repository/url", json!("https://github.com/you"), url, "is no repository of github");
    fails("/repository/source", json!("codeberg"), "repository.source", "expected \"github\"");
    fails("/repository/subfolder", json!("../a"), "repository.subfolder", "is no path below");
    fails("/websiteUrl", json!("http://example.com"), "websiteUrl", "expected an address with");
    let path = "remotes[0].url";
    fails("/remotes/0/url", json!("https://localhost/mcp"), path, "expected a public address");
    fails("/remotes/0/url", json!("http://example.com/mcp"), path, "expected a public address");
    fails("/remotes/0/url", json!("example.com"), path, "is no address of the web");
    fails("/remotes/0/url", json!("https://{host}.com/"), path, "refers to an unknown variable");
    fails("/remotes/0/type", json!("stdio"), "remotes[0].type", "expected \"streamable-http\"");
}

#[test]
fn packages_have_the_members_of_their_type() {
    fails("/packages/0/version", None, "packages[0].version", "is missing");
    fails("/packages/0/fileSha256", json!("a"), "packages[0].fileSha256", "does not belong");
    fails("/packages/0/identifier", json!("a b"), "packages[0].identifier", "contains white space");
    fails(
        "/packages/0/registryType",
        json!("rust"),
        "packages[0].registryType",
        "expected \"cargo\"",
    );
    let base = "packages[0].registryBaseUrl";
    fails(
        "/packages/0/registryBaseUrl",
        json!("https://a.com"),
        base,
        "expected \"https://crates.io\"",
    );
    fails("/packages/1/fileSha256", None, "packages[1].fileSha256", "is missing");
    fails("/packages/1/fileSha256", json!("FE33"), "packages[1].fileSha256", "expected 64");
    fails("/packages/1/version", json!("0.1.0"), "packages[1].version", "does not belong");
    for (url, message) in [
        ("https://example.com/weather.mcpb", "is on `example.com`"),
        ("https://github.com/you/weather/raw/main/weather.mcpb", "is no file of a release"),
        (
            "http://github.com/you/weather/releases/download/v1/a.mcpb",
            "is not reached by `https://`",
        ),
        ("https://github.com/you/weather/releases/download/v1/a.zip", "does not contain `mcp`"),
        ("weather.mcpb", "is no URL"),
    ] {
        fails("/packages/1/identifier", json!(url), "packages[1].identifier", message);
    }
    fails("/packages/2/version", json!("1"), "packages[2].version", "does not belong");
    let image = "packages[2].identifier";
    fails("/packages/2/identifier", json!("example.com/a:1"), image, "is in a registry");
    fails("/packages/2/identifier", json!("ghcr.io/You/A"), image, "is no reference");
}

#[test]
fn transports_and_arguments_are_complete() {
    fails(
        "/packages/0/transport/url",
        json!("http://a.com"),
        "packages[0].transport.url",
        "does not",
    );
    fails(
        "/packages/0/transport/type",
        json!("http"),
        "packages[0].transport.type",
        "expected \"stdio\"",
    );
    fails("/packages/2/transport/url", None, "packages[2].transport.url", "is missing");
    let url = "packages[2].transport.url";
    fails(
        "/packages/2/transport/url",
        json!("http://a:{P}/"),
        url,
        "refers to an unknown variable: `{P}`",
    );
    let argument = "packages[0].packageArguments[0]";
    let pointer = "/packages/0/packageArguments/0";
    fails(&format!("{pointer}/name"), None, &format!("{argument}.name"), "is missing");
    fails(
        &format!("{pointer}/name"),
        json!("--a <b>"),
        &format!("{argument}.name"),
        "is more than",
    );
    let value = json!("--units=metric");
    fails(&format!("{pointer}/value"), value, &format!("{argument}.value"), "starts with the name");
    fails(&format!("{pointer}/type"), json!("flag"), &format!("{argument}.type"), "expected \"pos");
    let hint = "/packages/0/packageArguments/1/valueHint";
    fails(hint, None, "packages[0].packageArguments[1]", "has neither `value` nor `valueHint`");
}

#[test]
fn secrets_and_repetitions_are_found() {
    let variable = "/packages/0/environmentVariables/0";
    let path = "packages[0].environmentVariables[0]";
    fails(
        &format!("{variable}/value"),
        json!("s3cret"),
        &format!("{path}.value"),
        "publishes a secret",
    );
    let key = json!({ "name": "SOME_TOKEN", "default": "abc" });
    fails(
        "/packages/0/environmentVariables/-",
        key,
        "packages[0].environmentVariables[1].default",
        "pub",
    );
    let mut other = document();
    other["packages"][0]["environmentVariables"] =
        json!([{ "name": "SORT_KEY", "default": "name" }]);
    assert_eq!(check(&other), Vec::new());
    let header = json!({ "name": "Authorization", "value": "Bearer abc" });
    fails("/remotes/0/headers/-", header, "remotes[0].headers[1].value", "publishes a secret");
    let again = document()["packages"][2].clone();
    fails("/packages/-", again, "packages[3]", "is the same as `packages[2]`");
    let again = document()["remotes"][0].clone();
    fails("/remotes/-", again, "remotes[1]", "is the same as `remotes[0]`");
}

#[test]
fn documents_of_any_shape_are_checked() {
    for document in
        [json!(null), json!([]), json!("a"), json!({ "packages": [1, []], "remotes": [{}] })]
    {
        assert!(!check(&document).is_empty(), "{document}");
    }
}
