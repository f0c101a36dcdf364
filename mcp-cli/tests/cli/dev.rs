use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use mcp_runtime::client::{self, Client, Event, Watch};
use mcp_tests::process::Captured;
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

use crate::harness::{Run, example, program};
use crate::package::Directory;

const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";

/// A project whose build copies the example that the file `source/name` names.
pub(crate) struct Project(Directory);

impl Project {
    pub(crate) fn new(name: &str) -> Self {
        let directory = Directory::new();
        std::fs::create_dir(directory.path().join("source")).unwrap();
        let examples = PathBuf::from(example(name));
        let examples = examples.parent().unwrap().display();
        // A file of its own for each build, as after a compiler.
        let script = format!(
            "#!/bin/sh\ncd {}\nread name < source/name\ntest $name = broken && {{ echo oh no >&2; exit 1; }}\n\
             mkdir -p out && cp {examples}/$name out/server.new && mv out/server.new out/server\n\
             echo $PWD/out/server\n",
            directory.path().display()
        );
        directory.write("build.sh", &script);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(directory.path().join("build.sh"), executable).unwrap();
        let project = Self(directory);
        project.edit(name);
        project
    }

    /// Changes the source at once, as editors do.
    pub(crate) fn edit(&self, name: &str) {
        self.0.write("name.new", &format!("{name}\n"));
        let path = |name| self.0.path().join(name);
        std::fs::rename(path("name.new"), path("source/name")).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = program();
        let path = |name| self.0.path().join(name);
        command.arg("dev").args(arguments).current_dir(self.0.path());
        command.arg("--build-command").arg(path("build.sh"));
        command.arg("--watch").arg(path("source"));
        command
    }

    fn serve(&self, era: Era) -> StdioServer {
        let mut server = StdioServer::start_command(&mut self.command(&[]));
        if era == Era::Legacy {
            server.handshake("2025-11-25");
        }
        server
    }
}

/// Names of the tools that a server lists.
fn tools(server: &mut StdioServer, era: Era, id: &str) -> Vec<String> {
    let answer = server.ask(&era.request(id, "tools/list", json!({})));
    assert_eq!(answer["id"], id, "{answer:#}");
    let tools = answer["result"]["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

fn listen(notifications: Value) -> Value {
    Era::Modern.request("l", "subscriptions/listen", json!({ "notifications": notifications }))
}

#[test]
fn an_open_connection_sees_the_next_build() {
    for era in Era::BOTH {
        let project = Project::new("stock_prices");
        let mut host = project.serve(era);
        let shown = host.errors.wait_for(" — stdio\n");
        assert!(shown.contains("▶ stock-prices 1.0.0 ready in "), "{shown}");
        if era == Era::Modern {
            let acknowledged = host.ask(&listen(json!({ "toolsListChanged": true })));
            assert_eq!(acknowledged["params"]["_meta"][SUBSCRIPTION_ID], "l", "{acknowledged:#}");
        }
        assert_eq!(tools(&mut host, era, "1"), ["get_stock_price"]);

        project.edit("broken");
        host.errors
            .wait_for("build failed (the build command failed) — still serving the last good");
        assert!(host.errors.text().contains("oh no\n"), "what the compiler writes is shown");
        assert_eq!(tools(&mut host, era, "2"), ["get_stock_price"]);

        project.edit("quickstart");
        let notification = host.answer();
        assert_eq!(notification["method"], "notifications/tools/list_changed", "{notification:#}");
        let subscription = &notification["params"]["_meta"][SUBSCRIPTION_ID];
        assert_eq!(subscription == "l", era == Era::Modern, "{notification:#}");
        let shown = host.errors.wait_for("sent tools/list_changed");
        assert!(shown.contains("↻ source/name changed, rebuilt in "), "{shown}");
        assert!(shown.contains("2 tools added (add, reserve), 1 tool removed"), "{shown}");
        assert_eq!(tools(&mut host, era, "3"), ["add", "reserve"]);
        let sum = host.ask(&era.call("4", "add", json!({ "a": 2, "b": 3 })));
        assert_eq!(sum["result"]["content"][0]["text"], "5", "{sum:#}");
    }
}

#[test]
fn requests_and_questions_of_the_former_build_end() {
    let project = Project::new("elicitation");
    let mut host = StdioServer::start_command(&mut project.command(&[]));
    let mut open = mcp_tests::stdio::initialize("2025-11-25");
    open["params"]["capabilities"] = json!({ "elicitation": {} });
    assert_eq!(host.ask(&open)["id"], "open");
    host.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    let question = host.ask(&Era::Legacy.call(7, "book_table", json!({ "restaurant": "Roma" })));
    assert_eq!(question["method"], "elicitation/create", "{question:#}");

    project.edit("quickstart");
    let error = host.answer();
    assert_eq!((&error["id"], &error["error"]["code"]), (&json!(7), &json!(-32603)), "{error:#}");
    assert!(error["error"]["message"].as_str().unwrap().contains("rebuilt"), "{error:#}");
    let cancelled = host.answer();
    assert_eq!(cancelled["method"], "notifications/cancelled", "{cancelled:#}");
    assert_eq!(cancelled["params"]["requestId"], question["id"], "{cancelled:#}");
    assert_eq!(host.answer()["method"], "notifications/tools/list_changed");
    // A late answer reaches no process.
    host.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "cancel" } }));
    assert_eq!(tools(&mut host, Era::Legacy, "8"), ["add", "reserve"]);
}

#[test]
fn subscriptions_are_made_again() {
    let uri = "counter://value";
    for era in Era::BOTH {
        let project = Project::new("watched");
        let mut host = project.serve(era);
        let subscribing = match era {
            Era::Legacy => era.request("s", "resources/subscribe", json!({ "uri": uri })),
            Era::Modern => listen(json!({ "resourceSubscriptions": [uri] })),
        };
        host.ask(&subscribing);
        project.edit("watched");
        host.errors.wait_for("the same components");
        host.send(&era.call("c", "count", json!({ "steps": 1 })));
        let mut messages = [host.answer(), host.answer()];
        messages.sort_by_key(|message| message["id"].is_null());
        let [answer, update] = messages;
        // The counter of a new process.
        assert_eq!(answer["result"]["content"][0]["text"], "1", "{answer:#}");
        assert_eq!(update["method"], "notifications/resources/updated", "{update:#}");
        assert_eq!(update["params"]["uri"], uri, "{update:#}");
    }
}

#[test]
fn hosts_over_http_stay_connected() {
    let project = Project::new("stock_prices");
    let mut command = project.command(&["--http", "127.0.0.1:0"]);
    command.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let shown = Captured::of(child.stderr.take().unwrap());
    let line = shown.wait_for(" — stdio + http://");
    let url = line.split(" — stdio + ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut hosts = Vec::new();
        for era in [client::Era::Legacy, client::Era::Modern] {
            let client = Client::http(&url).era(era).connect().await.unwrap();
            let events = client.subscribe(Watch::new().tools()).await.unwrap();
            hosts.push((client, events));
        }
        project.edit("quickstart");
        for (client, events) in &mut hosts {
            assert_eq!(events.next().await.unwrap().unwrap(), Event::Tools);
            let result = client.call("add", json!({ "a": 2, "b": 3 })).await.unwrap();
            assert_eq!(serde_json::to_value(&result).unwrap()["content"][0]["text"], "5");
        }
    });
    mcp_tests::process::send_signal(child.id(), "TERM");
    assert_eq!(mcp_tests::process::exit_code(&mut child), Some(130));
    let left = std::fs::read_dir(project.0.path().join("out")).unwrap().count();
    assert_eq!(left, 1, "the copies are removed");
}

#[test]
fn a_first_build_that_fails_waits_unless_nothing_reloads() {
    let project = Project::new("stock_prices");
    project.edit("broken");
    let run = Run::of_command(&mut project.command(&["--no-reload", "--json"]));
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert_eq!(run.error()["message"], "the build command failed");

    let mut host = StdioServer::start_command(&mut project.command(&[]));
    host.errors.wait_for("— waiting for a change\n");
    host.send(&mcp_tests::stdio::initialize("2025-11-25"));
    project.edit("stock_prices");
    assert_eq!(host.answer()["result"]["serverInfo"]["name"], "stock-prices");
}

#[test]
fn a_server_that_ends_by_itself_is_started_by_the_next_request() {
    let directory = Directory::new();
    let project = Project::new("stock_prices");
    // Its input ends after a line with the text `quit`.
    let script = format!(
        "#!/bin/sh\nwhile read -r line; do\nprintf '%s\\n' \"$line\"\n\
         case $line in *quit*) exit;; esac\ndone | {}\n",
        example("stock_prices")
    );
    directory.write("server", &script);
    let path = directory.path().join("server");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    project.0.write("build.sh", &format!("#!/bin/sh\necho {}\n", path.display()));
    let mut host = StdioServer::start_command(&mut project.command(&[]));
    assert_eq!(tools(&mut host, Era::Modern, "quit"), ["get_stock_price"]);
    host.errors.wait_for("the server has ended: the next request starts it again");
    assert_eq!(tools(&mut host, Era::Modern, "again"), ["get_stock_price"]);
}

#[test]
fn the_end_of_input_ends_after_the_answers() {
    let project = Project::new("stock_prices");
    let mut host = project.serve(Era::Modern);
    host.send(&Era::Modern.call("1", "get_stock_price", json!({ "symbol": "AAPL" })));
    let (answers, code) = host.close();
    assert_eq!((&answers[0]["id"], answers.len(), code), (&json!("1"), 1, Some(0)));
}
