//! The examples `resources` and `prompts`, in both eras.

#![allow(missing_docs)]

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

/// Sends a request in both eras; `look` is a JSON pointer into the response.
fn check(example: &str, method: &str, params: Value, look: &str, expected: [Value; 2]) {
    for (era, expected) in Era::BOTH.into_iter().zip(expected) {
        let mut server = StdioServer::open(example, era);
        let answer = server.ask(&era.request(1, method, params.clone()));
        assert_eq!(answer.pointer(look), Some(&expected), "{era:?} {params} {answer}");
    }
}

fn same(value: Value) -> [Value; 2] {
    [value.clone(), value]
}

fn read(uri: &str, look: &str, expected: Value) {
    check("resources", "resources/read", json!({ "uri": uri }), look, same(expected));
}

#[test]
fn files_and_rows_are_read() {
    let contents = |member: &str| format!("/result/contents/0/{member}");
    read("docs:///tools.md", &contents("mimeType"), json!("text/markdown"));
    read("docs:///tools.md", &contents("uri"), json!("docs:///tools.md"));
    read("shop://kinds", &contents("text"), json!(r#"["fastener","tool"]"#));
    read("shop://sign", &contents("blob"), json!("UDQgOCA4CjxCgaWBmUI8"));
    let saw = r#"{"id":3,"name":"saw","kind":"tool","cents":2490}"#;
    read("shop://articles/3", &contents("text"), json!(saw));
    read("shop://kinds/tool?limit=2", &contents("text"), json!(format!("[{saw}]")));
    read("shop://kinds/none", &contents("text"), json!("[]"));
}

#[test]
fn the_files_of_the_template_are_listed() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("resources", era);
        let list = server.ask(&era.request(1, "resources/list", json!({})));
        let uris: Vec<_> =
            list["result"]["resources"].as_array().unwrap().iter().map(|one| &one["uri"]).collect();
        assert!(uris.contains(&&json!("docs:///tools.md")), "{list}");
        for uri in uris {
            let answer = server.ask(&era.request(2, "resources/read", json!({ "uri": uri })));
            assert_eq!(&answer["result"]["contents"][0]["uri"], uri);
        }
    }
}

const WAYS_OUT: [&str; 16] = [
    "../README.md",
    "..%2fREADME.md",
    "%2e%2e/README.md",
    "%2E%2E%2FREADME.md",
    "%252e%252e/README.md",
    "tools.md/../../README.md",
    "..\\README.md",
    "..%5CREADME.md",
    "/etc/passwd",
    "%2Fetc/passwd",
    "file:///etc/passwd",
    "tools.md%00",
    "%C3",
    "%",
    ".",
    "",
];

#[test]
fn no_uri_leads_out_of_the_directory() {
    for (era, code) in Era::BOTH.into_iter().zip([-32002, -32602]) {
        let mut server = StdioServer::open("resources", era);
        for path in WAYS_OUT {
            let uri = format!("docs:///{path}");
            let answer = server.ask(&era.request(1, "resources/read", json!({ "uri": uri })));
            assert_eq!(answer["error"]["code"], code, "{answer}");
            assert_eq!(answer["error"]["data"], json!({ "uri": uri }));
        }
    }
}

#[test]
fn prompts_are_filled_in_and_completed() {
    let params = json!({ "name": "review", "arguments": { "code": "x", "depth": "quick" } });
    let text = json!("Review this code. Name the three worst problems.\n\nx");
    check("prompts", "prompts/get", params, "/result/messages/0/content/text", same(text));
    let params = json!({ "name": "review", "arguments": { "depth": "quick" } });
    check("prompts", "prompts/get", params, "/error/code", same(json!(-32602)));
    let params = json!({
        "ref": { "type": "ref/prompt", "name": "interview" },
        "argument": { "name": "post", "value": "D" },
        "context": { "arguments": { "field": "engineering" } },
    });
    let values = json!(["designer", "developer"]);
    check("prompts", "completion/complete", params, "/result/completion/values", same(values));
    let params = json!({
        "ref": { "type": "ref/resource", "uri": "shop://kinds/{kind}{?limit}" },
        "argument": { "name": "kind", "value": "t" },
    });
    let values = json!(["tool"]);
    check("resources", "completion/complete", params, "/result/completion/values", same(values));
}
