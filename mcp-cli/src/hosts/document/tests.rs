use serde_json::json;

use super::*;

fn changed(format: Format, text: &str, keys: &[&str], entry: Option<Value>) -> String {
    let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
    let place = Place { keys: &keys, name: "weather" };
    let entry = entry.map(|entry| entry.as_object().unwrap().clone());
    format.change(text, place, entry.as_ref()).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn entry() -> Value {
    json!({ "command": "/w", "args": ["--units", "metric", "on", "a \"b\": #é"], "env": { "K": "v" } })
}

/// Sets the entry, replaces it, and removes it again, which must restore the text.
fn round(format: Format, text: &str, keys: &[&str], with: &str) {
    let set = changed(format, text, keys, Some(entry()));
    assert_eq!(set, with, "set in {text:?}");
    let other = json!({ "command": "/v", "url": "http://x/" });
    let replaced = changed(format, &set, keys, Some(other));
    assert_ne!(replaced, set);
    assert_eq!(changed(format, &set, keys, Some(entry())), set, "the same again");
    assert_eq!(changed(format, &set, keys, None), text);
    assert_eq!(changed(format, &replaced, keys, None), text);
}

#[test]
fn entries_come_and_go_in_toml() {
    let tables = "[mcp_servers.weather]\ncommand = \"/w\"\nargs = [\"--units\", \"metric\", \"on\", 'a \"b\": #é']\n\n\
                  [mcp_servers.weather.env]\nK = \"v\"\n";
    for (text, with) in [
        ("", tables.to_owned()),
        ("a = 1\n", format!("a = 1\n\n{tables}")),
        ("# only this\n", format!("# only this\n\n{tables}")),
        (
            "[mcp_servers.a]\ncommand = 'x' # c\n\n# about z\n[z]\nx=1\n",
            format!("[mcp_servers.a]\ncommand = 'x' # c\n\n{tables}\n# about z\n[z]\nx=1\n"),
        ),
        (
            "[mcp_servers.a]\ntext = '''\n# no comment\n[no header]\n'''\n[mcp_servers.a.env]\nK = 'v'\n# end\n",
            format!(
                "[mcp_servers.a]\ntext = '''\n# no comment\n[no header]\n'''\n[mcp_servers.a.env]\nK = 'v'\n\n{tables}\n# end\n"
            ),
        ),
    ] {
        if text.ends_with("# end\n") {
            // An empty line behind the entry stays, because a comment follows.
            assert_eq!(changed(Format::Toml, text, &["mcp_servers"], Some(entry())), with);
            continue;
        }
        round(Format::Toml, text, &["mcp_servers"], &with);
    }
    let inline = "mcp_servers = { a = { command = \"x\" } }\n";
    let with = changed(Format::Toml, inline, &["mcp_servers"], Some(entry()));
    assert!(with.starts_with("mcp_servers = { a = { command = \"x\" } , weather = {"), "{with}");
}

#[test]
fn entries_come_and_go_in_yaml() {
    let lines = "  weather:\n    command: /w\n    args:\n    - \"--units\"\n    - metric\n    - \"on\"\n    - \"a \\\"b\\\": #é\"\n    env:\n      K: v\n";
    for (text, with) in [
        (
            "extensions:\n  a: {x: 1} # c\n\n  # tail\nother: 1\n",
            format!("extensions:\n  a: {{x: 1}} # c\n{lines}\n  # tail\nother: 1\n"),
        ),
        ("extensions: {} # none\nx: 'é'\n", format!("extensions: # none\n{lines}x: 'é'\n")),
        (
            "# é\nextensions:\n  a:\n    text: |\n      # no comment\n\n      b\n\n# z\nz: 1\n",
            format!(
                "# é\nextensions:\n  a:\n    text: |\n      # no comment\n\n      b\n{lines}\n# z\nz: 1\n"
            ),
        ),
        (
            "extensions:\n  a: &a\n    c: [1,\n      2]\n  b: *a\n",
            format!("extensions:\n  a: &a\n    c: [1,\n      2]\n  b: *a\n{lines}"),
        ),
    ] {
        round(Format::Yaml, text, &["extensions"], &with);
    }
    let flow = "extensions: {a: {b: 1}, c: [2]} # x\n";
    let with = "extensions: {a: {b: 1}, c: [2], weather: {command: /w, args: [\"--units\", metric, \
                \"on\", \"a \\\"b\\\": #é\"], env: {K: v}}} # x\n";
    round(Format::Yaml, flow, &["extensions"], with);
    for (text, with) in [
        ("", format!("extensions:\n{lines}")),
        ("a: 1", format!("a: 1\nextensions:\n{lines}")),
        ("extensions:\n# c\nz: 1\n", format!("extensions:\n{lines}# c\nz: 1\n")),
        ("extensions: ~\nz: 1\n", format!("extensions:\n{lines}z: 1\n")),
        ("---\n# c\n", format!("---\n# c\nextensions:\n{lines}")),
    ] {
        assert_eq!(changed(Format::Yaml, text, &["extensions"], Some(entry())), with, "{text:?}");
    }
}

#[test]
fn comments_inside_an_entry_of_yaml_stay() {
    let text = "extensions:
  weather: # ours
    # the program
    command: /old # built by hand
    args:
      # of the program
      - \"--units\" # which
      - imperial # for now
      - more

    # no secrets
    env:
      K: v # a key
      # gone soon
      OLD: '1'
    timeout: 300 # seconds
    # the end
  other: 1
";
    let with = "extensions:
  weather: # ours
    # the program
    command: /w # built by hand
    args:
      # of the program
      - \"--units\" # which
      - metric # for now
      - \"on\"
      - \"a \\\"b\\\": #é\"

    # no secrets
    env:
      K: v # a key
      # gone soon
    # the end
  other: 1
";
    assert_eq!(changed(Format::Yaml, text, &["extensions"], Some(entry())), with);
    let added =
        json!({ "command": "/old", "args": ["--units", "imperial", "more"], "enabled": true });
    let with = changed(Format::Yaml, text, &["extensions"], Some(added));
    assert!(with.contains("    command: /old # built by hand\n"), "{with}");
    assert!(with.contains("    # no secrets\n    enabled: true\n    # the end\n"), "{with}");
    // Another kind of value is written anew.
    let changed_kind =
        json!({ "command": ["/w"], "args": "none", "env": [1], "timeout": { "a": 1 } });
    let with = changed(Format::Yaml, text, &["extensions"], Some(changed_kind));
    assert!(with.contains("    command: # built by hand\n    - /w\n"), "{with}");
    assert!(with.contains("    timeout: # seconds\n      a: 1\n    # the end\n"), "{with}");
}

#[test]
fn entries_come_and_go_in_json() {
    let text = "\u{feff}{\r\n\t// first\r\n\t\"mcpServers\": {\r\n\t\t\"a\": { \"command\": \"x\" } // c\r\n\t\t/* tail */\r\n\t},\r\n\t\"z\": [1,2, 3],\r\n}\r\n";
    let with = text.replace(
        "} // c\r\n",
        "}, // c\r\n\t\t\"weather\": {\r\n\t\t\t\"command\": \"/w\",\r\n\t\t\t\"args\": [\"--units\", \"metric\", \"on\", \"a \\\"b\\\": #é\"],\r\n\t\t\t\"env\": {\r\n\t\t\t\t\"K\": \"v\"\r\n\t\t\t}\r\n\t\t}\r\n",
    );
    let set = changed(Format::Json, text, &["mcpServers"], Some(entry()));
    assert_eq!(set, with);
    assert_eq!(changed(Format::Json, &set, &["mcpServers"], None), text);
    let set = changed(
        Format::Json,
        "",
        &["projects", "/x", "mcpServers"],
        Some(json!({ "command": "/w" })),
    );
    let whole = "{\n  \"projects\": {\n    \"/x\": {\n      \"mcpServers\": {\n        \"weather\": {\n          \"command\": \"/w\"\n        }\n      }\n    }\n  }\n}\n";
    assert_eq!(set, whole);
}

#[test]
fn ends_of_lines_stay_even_if_they_are_mixed() {
    let text = "a = 1\r\nb = 2\n\r\n[mcp_servers.a]\r\ncommand = 'x'\r\n\n# end\r\n[z]\n";
    let set = changed(Format::Toml, text, &["mcp_servers"], Some(json!({ "command": "/w" })));
    let with = text.replace("# end", "[mcp_servers.weather]\r\ncommand = \"/w\"\r\n\r\n# end");
    assert_eq!(set, with);
    assert_eq!(changed(Format::Toml, &set, &["mcp_servers"], None), text);
}

#[test]
fn what_cannot_be_changed_is_refused() {
    let keys = ["k".to_owned()];
    let place = Place { keys: &keys, name: "weather" };
    let entry = entry().as_object().unwrap().clone();
    for (format, text, message) in [
        (Format::Json, "{\n  \"k\": }", "line 2, column 8: Unexpected close brace"),
        (Format::Json, "[]", "line 1, column 1: expected an object"),
        (Format::Json, "{ \"k\": [] }", "`k` is not an object"),
        (Format::Json, "{ \"k\": {}, \"k\": {} }", "touching the rest"),
        (Format::Json, "{ 'k': {} }", "line 1, column 3: "),
        (Format::Toml, "a = 1\nb = \n", "line 2, column 5: "),
        (Format::Toml, "k = 1\n", "`k` is not an object"),
        (Format::Yaml, "a: [1\nb: 2\n", "line 2, column "),
        (Format::Yaml, "a: 1\na: 2\n", "line 2, column 1: duplicated key in mapping"),
        (Format::Yaml, "- 1\n", "line 1, column 1: expected an object"),
        (Format::Yaml, "k: 1\n", "`k` is not an object"),
        (Format::Yaml, "a: 1\n---\nb: 1\n", "there are several"),
        (Format::Yaml, "{a: 1}\n", "touching the rest"),
        (Format::Yaml, "a: 1\n...\n", "touching the rest"),
    ] {
        let fault = format.change(text, place, Some(&entry)).unwrap_err().to_string();
        assert!(fault.contains(message), "{text:?}: {fault}");
    }
}
