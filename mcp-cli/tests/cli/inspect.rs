use std::fs;

use serde_json::Value;

use crate::harness::{ERAS, Run, directory, example};

#[test]
fn a_server_is_described() {
    for (era, revision) in ERAS.into_iter().zip(["2025-11-25", "2026-07-28"]) {
        let server = example("resources");
        let run = Run::of(&["inspect", "--era", era, "--", &server]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains(revision) && run.stdout.contains("shop://sign"), "{run:?}");
        assert!(run.stdout.contains("\nCapabilities "), "{run:?}");
        let document = Run::of(&["inspect", "--era", era, "--json", "--", &server]).json();
        assert_eq!(document["protocolVersion"], revision);
        assert_eq!(document["serverInfo"]["name"], "resources");
        assert!(document["capabilities"]["resources"].is_object(), "{document}");
        assert!(document["resourceTemplates"][0]["uriTemplate"].is_string(), "{document}");
    }
}

#[test]
fn the_description_is_written_to_a_file() {
    let file = directory("inspect-file").join("server.json");
    let path = file.to_str().unwrap();
    let run = Run::of(&["inspect", "-o", path, "--", &example("stock_prices")]);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{run:?}");
    let document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(document["tools"][0]["name"], "get_stock_price");
    let run = Run::of(&["inspect", "weather", "--json"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &"usage".into()), "{run:?}");
}
