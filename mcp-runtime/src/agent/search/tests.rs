//! Searches: languages, styles of names, order, and tools of hostile servers.

use mcp_core::protocol::Tool;
use mcp_core::schema::Schema;
use serde_json::{Value, json};

use super::ToolIndex;
use crate::providers::ToolSet;

fn tool(name: &str, description: &str, properties: Value) -> Tool {
    let schema = json!({ "type": "object", "properties": properties });
    Tool::new(name, Schema::from_value(&schema).unwrap()).description(description)
}

fn index(tools: &[(&str, &str)]) -> ToolIndex {
    let tools = tools.iter().map(|(name, description)| tool(name, description, json!({})));
    ToolIndex::new(&ToolSet::new(tools))
}

#[track_caller]
fn check(index: &ToolIndex, query: &str, expected: &[&str]) {
    let found = index.search(query, 10);
    let found: Vec<_> = found.iter().map(|found| &*found.tool.tool).collect();
    assert_eq!(found, expected, "{query}");
}

#[test]
fn names_of_all_languages_are_found() {
    let index = index(&[
        ("погода", "Показывает погоду в городе."),
        ("天気予報を取得", "都市の天気を調べる"),
        ("Wetterbericht_holen", "Holt den Bericht für eine Stadt."),
        ("créer_événement", "Ajoute un rendez-vous."),
        ("날씨조회", "도시의 날씨"),
        ("मौसम_देखें", "शहर का मौसम।"),
    ]);
    check(&index, "погода", &["погода"]);
    check(&index, "ПОГОДУ", &["погода"]);
    check(&index, "天気", &["天気予報を取得"]);
    check(&index, "天", &["天気予報を取得"]);
    check(&index, "Wetter", &["Wetterbericht_holen"]);
    check(&index, "Bericht", &["Wetterbericht_holen"]);
    check(&index, "evenement", &["créer_événement"]);
    check(&index, "날씨", &["날씨조회"]);
    check(&index, "मौसम", &["मौसम_देखें"]);
}

#[test]
fn the_style_of_names_does_not_matter() {
    for name in
        ["get_file_system", "getFileSystem", "get-file-system", "GET.FileSystem", "getFilesystem"]
    {
        let index = index(&[(name, ""), ("other", "")]);
        for query in
            ["get_file_system", "getFileSystem", "file system", "filesystem", "FILE-SYSTEMS"]
        {
            check(&index, query, &[name]);
        }
    }
}

#[test]
fn forms_are_found_and_count_less_than_the_word() {
    let index = index(&[
        ("tool_1", "Sends it to a printer"),
        ("tool_2", "Print it"),
        ("tool_3", "Quotes of an insurance"),
        ("tool_4", "Rechnungen drucken"),
        ("tool_5", "Rechnung ansehen"),
        ("tool_6", "Распечатать договоры"),
        ("tool_7", "Изменить договор"),
        ("tool_8", "Commit a change"),
        ("tool_9", "Comment a change"),
    ]);
    check(&index, "print", &["tool_2", "tool_1"]);
    check(&index, "printing", &["tool_2", "tool_1"]);
    check(&index, "insure", &["tool_3"]);
    check(&index, "Rechnung", &["tool_5", "tool_4"]);
    check(&index, "договор", &["tool_7", "tool_6"]);
    check(&index, "commit", &["tool_8"]);
}

#[test]
fn misspelt_words_and_pieces_of_names_are_found() {
    let index = index(&[
        ("listS3Buckets", ""),
        ("describeEC2Instances", ""),
        ("getOAuth2Token", ""),
        ("погода", ""),
    ]);
    for query in ["S3", "bukcets", "bucktes", "list-bucket"] {
        check(&index, query, &["listS3Buckets"]);
    }
    for query in ["ec2", "instnace", "EC2_instance"] {
        check(&index, query, &["describeEC2Instances"]);
    }
    for query in ["oauth2", "tokne", "oauth2-token"] {
        check(&index, query, &["getOAuth2Token"]);
    }
    check(&index, "пгода", &["погода"]);
}

#[test]
fn no_synonym_of_an_unknown_word_counts_more_than_the_group() {
    let lists = ["labels", "orders", "files", "users", "teams", "keys", "hooks", "tags"];
    let lists = lists.map(|things| format!("list_{things}"));
    let others = ["create_view", "get_label", "create_label", "delete_label", "update_label"];
    let names = lists.iter().map(|name| &**name).chain(others);
    let index = index(&names.map(|name| (name, "")).collect::<Vec<_>>());
    assert_eq!(index.search("overview of the labels", 1)[0].tool.tool, "list_labels");
}

#[test]
fn arguments_titles_and_servers_are_searched() {
    let titled = tool("a", "", json!({})).title("Balance sheet");
    let with_argument = tool("b", "", json!({ "temperature": { "description": "In kelvin" } }));
    let schema = json!({
        "type": "object",
        "properties": { "where": { "$ref": "#/$defs/Place" } },
        "$defs": { "Place": { "properties": { "longitude": { "enum": ["greenwich"] } } } },
    });
    let nested = Tool::new("c", Schema::from_value(&schema).unwrap());
    let set =
        ToolSet::new([titled, with_argument, nested]).server("acme", [tool("d", "", json!({}))]);
    let index = ToolIndex::new(&set);
    for (query, expected) in [
        ("balance", "a"),
        ("temperatures", "b"),
        ("kelvin", "b"),
        ("longitude", "c"),
        ("Greenwich", "c"),
        ("acme", "d"),
    ] {
        check(&index, query, &[expected]);
    }
}

#[test]
fn results_have_an_order_and_a_limit() {
    let index = index(&[("get_b", "x"), ("get_a", "x"), ("get_c", "x"), ("put_a", "x")]);
    check(&index, "get", &["get_b", "get_a", "get_c"]);
    check(&index, "fetch a thing", &["get_b", "get_a", "get_c"]);
    assert_eq!(index.search("get", 2).len(), 2);
    assert_eq!(index.search("get", 0), []);
    let once = index.search("get a", 9);
    assert!(once.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(once, index.search("get a", 9));
    for query in ["", "  ", "?!", "the of", "zebra"] {
        check(&index, query, &[]);
    }
    check(&ToolIndex::new(&ToolSet::default()), "get", &[]);
}

#[test]
fn hostile_tools_and_queries_cost_little() {
    let many: serde_json::Map<_, _> = (0..20_000)
        .map(|number| (format!("p{number}"), json!({ "description": "x y z" })))
        .collect();
    let mut deep = json!({ "description": "bottom" });
    for _ in 0..40 {
        deep = json!({ "properties": { "a": deep } });
    }
    let set = ToolSet::new([
        tool(&"long_".repeat(50_000), &"word ".repeat(200_000), json!({})),
        tool("many", "", Value::Object(many)),
        tool("deep", "", json!({ "a": deep })),
        tool("useful", "Do something useful.", json!({})),
    ]);
    let index = ToolIndex::new(&set);
    check(&index, "useful", &["useful"]);
    check(&index, "bottom", &[]);
    check(&index, &"useful ".repeat(100_000), &["useful"]);
    check(&index, &"é".repeat(100_000), &[]);
}
