//! Questions about tools of servers that many people use. The tools are recorded.

use mcp_runtime::agent::ToolIndex;
use mcp_runtime::protocol::Tool;
use mcp_runtime::providers::ToolSet;
use mcp_runtime::schema::Schema;
use serde_json::{Map, Value, json};

/// Questions, each with the tools that are an answer.
const QUESTIONS: [(&str, &[&str]); 40] = [
    ("What does the file notes.txt say?", &["read_text_file", "read_file"]),
    ("open several documents at once", &["read_multiple_files"]),
    ("show me the picture logo.png", &["read_media_file"]),
    ("save this text to disk", &["write_file"]),
    ("replace a few lines in a file", &["edit_file"]),
    ("make a new folder", &["create_directory"]),
    ("What is in the folder?", &["list_directory", "list_directory_with_sizes", "directory_tree"]),
    ("How large are the files in this directory?", &["list_directory_with_sizes", "get_file_info"]),
    ("rename a file", &["move_file"]),
    ("where is the file with the invoices?", &["search_files"]),
    ("When was this file modified last?", &["get_file_info"]),
    ("Which directories may I use?", &["list_allowed_directories"]),
    ("remember a new person", &["create_entities"]),
    ("note that Ann works for the company", &["create_relations", "add_observations"]),
    ("forget everything about Bob", &["delete_entities", "delete_observations"]),
    ("show all that you know", &["read_graph"]),
    ("add two numbers", &["get-sum"]),
    ("Which environment variables are set?", &["get-env"]),
    ("compress a file", &["gzip-file-as-resource"]),
    ("repeat what I say", &["echo"]),
    ("report a bug in a repository", &["create_issue", "issue_write"]),
    ("Which tickets are open in our repo?", &["list_issues", "search_issues"]),
    ("close the ticket", &["update_issue_state", "issue_write"]),
    ("write a reply to the ticket", &["add_issue_comment"]),
    ("propose my changes for merging", &["create_pull_request"]),
    ("combine the pull request with the main branch", &["merge_pull_request"]),
    ("Who should review this pull request?", &["request_pull_request_reviewers"]),
    ("show the diff of a pull request", &["pull_request_read"]),
    ("start a new branch", &["create_branch"]),
    ("copy a repository to my account", &["fork_repository"]),
    ("find code that calls a function", &["search_code"]),
    ("What happened in the last commits?", &["list_commits", "search_commits"]),
    ("Who changed each line of the file last?", &["get_file_blame"]),
    ("the newest version that was published", &["get_latest_release"]),
    ("Why did the build fail? Show the output of the workflow job.", &["get_job_logs"]),
    ("run a workflow again", &["actions_run_trigger"]),
    (
        "Are there leaked passwords in the repository?",
        &["list_secret_scanning_alerts", "get_secret_scanning_alert"],
    ),
    ("mark a repository as a favourite with a star", &["star_repository"]),
    ("Who am I?", &["get_me"]),
    ("mark everything as read", &["mark_all_notifications_read"]),
];

fn recorded(text: &str) -> Vec<Value> {
    let recorded: Value = serde_json::from_str(text).unwrap();
    recorded["tools"].as_array().unwrap().clone()
}

/// Tools of four servers.
fn tools() -> ToolSet {
    let official = [
        ("filesystem", include_str!("../schemas/foreign/server-filesystem.json")),
        ("memory", include_str!("../schemas/foreign/server-memory.json")),
        ("everything", include_str!("../schemas/foreign/server-everything.json")),
    ];
    let mut set = ToolSet::default();
    for (name, text) in official {
        let tools = recorded(text).into_iter();
        set = set.server(name, tools.map(|tool| serde_json::from_value(tool).unwrap()));
    }
    set.server("github", recorded(include_str!("github.json")).iter().map(github))
}

/// Builds a tool from its recorded texts.
fn github(recorded: &Value) -> Tool {
    let arguments = recorded["arguments"].as_object().unwrap();
    let properties: Map<_, _> = arguments
        .iter()
        .map(|(name, text)| (name.clone(), json!({ "description": text })))
        .collect();
    let schema = json!({ "type": "object", "properties": properties });
    let text = |member: &str| recorded[member].as_str().unwrap().to_owned();
    let tool = Tool::new(text("name"), Schema::from_value(&schema).unwrap());
    tool.title(text("title")).description(text("description"))
}

#[test]
fn tools_of_known_servers_are_found() {
    let tools = tools();
    assert!(tools.len() > 150, "{}", tools.len());
    let index = ToolIndex::new(&tools);
    let mut missed = Vec::new();
    for (question, answers) in QUESTIONS {
        let found = index.search(question, super::FIRST);
        let found: Vec<_> = found.iter().map(|found| &*found.tool.tool).collect();
        if !found.iter().any(|name| answers.contains(name)) {
            missed.push(format!("{question}: got {found:?}"));
        }
    }
    // Questions that have no word in common with their tool, such as the one for `get_me`, find nothing.
    assert!(missed.len() <= 9, "{} missed:\n{}", missed.len(), missed.join("\n"));
}
