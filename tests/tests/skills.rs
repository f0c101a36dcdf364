//! The extension of the `skills` example, in both eras.

#![allow(missing_docs)]

use mcp_tests::process::example;
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

fn ask(server: &mut StdioServer, era: Era, method: &str, params: Value) -> Value {
    server.ask(&era.request(1, method, params))
}

#[test]
fn listed_files_of_a_skill_can_be_read() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("skills", era);
        let listed = ask(&mut server, era, "skills/list", json!({}))["result"].clone();
        // Cache hints are a feature of the modern era.
        let hint = match era {
            Era::Legacy => [Value::Null, Value::Null],
            Era::Modern => [json!(300_000), json!("public")],
        };
        assert_eq!([listed["ttlMs"].clone(), listed["cacheScope"].clone()], hint);
        let skills = listed["skills"].as_array().unwrap();
        let names: Vec<_> = skills.iter().map(|skill| &skill["frontmatter"]["name"]).collect();
        assert_eq!(names, ["code-review", "release-notes"]);
        for skill in skills {
            for file in skill["resources"].as_array().unwrap() {
                let params = json!({ "uri": file["uri"] });
                let read = ask(&mut server, era, "resources/read", params);
                let text = read["result"]["contents"][0]["text"].as_str().unwrap();
                assert_eq!(file["size"], text.len(), "{read}");
            }
            let params = json!({ "uri": skill["uri"] });
            let got = ask(&mut server, era, "skills/get", params);
            assert_eq!(got["result"]["skill"], *skill);
        }
    }
}

#[test]
fn directories_list_their_entries() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("skills", era);
        let mut open = vec!["skill://code-review".to_owned(), "skill://team".to_owned()];
        let mut files = Vec::new();
        while let Some(uri) = open.pop() {
            let read = ask(&mut server, era, "resources/directory/read", json!({ "uri": uri }));
            for child in read["result"]["resources"].as_array().unwrap() {
                let uri = child["uri"].as_str().unwrap().to_owned();
                let is_directory = child["mimeType"] == "inode/directory";
                if is_directory { open.push(uri) } else { files.push(uri) }
            }
        }
        files.sort();
        let listed = ask(&mut server, era, "resources/list", json!({}));
        let listed: Vec<_> = listed["result"]["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|resource| resource["uri"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(files, listed);
    }
}

#[test]
fn unknown_uris_are_rejected() {
    let check = |method: &str, params: Value| {
        for era in Era::BOTH {
            let mut server = StdioServer::open("skills", era);
            let answer = ask(&mut server, era, method, params.clone());
            assert_eq!(answer["error"]["code"], -32602, "{method} {params} {answer}");
        }
    };
    check("skills/get", json!({ "uri": "skill://code-review" }));
    check("skills/get", json!({ "uri": "skill://code-review/references/checklist.md" }));
    check("skills/get", json!({ "uri": "skill://../skills/code-review/SKILL.md" }));
    check("skills/get", json!({}));
    check("skills/list", json!({ "cursor": "x" }));
    for uri in ["skill://none", "skill://code-review/SKILL.md", "skill://..", "other://team"] {
        check("resources/directory/read", json!({ "uri": uri }));
    }
}

#[test]
fn the_client_lists_and_loads_what_the_server_serves() {
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(example("skills_client"));
        let output = command.args(arguments).arg(example("skills")).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = run(&[]);
    assert!(listed.contains("code-review: ") && listed.contains("release-notes: "), "{listed}");
    let uri = "skill://code-review/SKILL.md";
    assert!(run(&["--load", uri]).starts_with("---\nname: code-review\n"));
    let file = run(&["--load", uri, "--file", "references/checklist.md"]);
    assert!(!file.is_empty());
}
