//! `cargo mcp` against servers of others.

use std::ffi::{OsStr, OsString};
use std::process::Command;

use mcp_tests::process::binary;
use serde_json::Value;

use crate::{free_port, node, program, python, serve, sessions};

/// A server, as `cargo mcp` is given it.
struct Server(Vec<OsString>);

impl Server {
    fn stdio<T: Into<OsString>>(command: impl IntoIterator<Item = T>) -> Self {
        let separator = std::iter::once(OsString::from("--"));
        Self(separator.chain(command.into_iter().map(Into::into)).collect())
    }

    fn http(url: &str) -> Self {
        Self(vec!["--target".into(), url.into()])
    }

    /// Runs a command, and returns its standard output.
    fn run(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.outcome(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {stdout}{stderr}");
        stdout
    }

    /// Runs a command that fails, and returns its exit code and standard error.
    fn failure(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let (code, _, stderr) = self.outcome(arguments);
        (code, stderr)
    }

    fn outcome(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(binary("cargo-mcp"));
        let output = command.arg("mcp").args(arguments).args(&self.0).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).unwrap()
    }
}

/// Uses the "everything" server.
fn use_everything(server: &Server) {
    let listed = server.run(&["list"]);
    assert!(listed.contains("echo(message: string)"), "{listed}");
    let listed = server.json(&["list"]);
    for kind in ["tools", "resources", "resourceTemplates", "prompts"] {
        assert!(!listed[kind].as_array().unwrap().is_empty(), "{kind}: {listed}");
    }
    assert_eq!(server.run(&["call", "echo", "message=größe"]), "Echo: größe\n");
    assert!(server.run(&["call", "get-sum", "a=2", "b=3"]).contains('5'));
    let weather = server.json(&["call", "get-structured-content", "location=Chicago"]);
    assert!(weather["structuredContent"]["temperature"].is_number(), "{weather}");
    let operation = ["call", "trigger-long-running-operation", "duration=1", "steps=2"];
    assert!(server.run(&operation).contains("completed"));
    let asked = server.run(&["call", "trigger-elicitation-request", "--answer", "name=Ann"]);
    assert!(asked.contains("Ann"), "{asked}");
    let (code, stderr) = server.failure(&["call", "trigger-elicitation-request"]);
    assert_eq!(code, Some(7), "{stderr}");
    let (code, stderr) = server.failure(&["call", "ehco", "message=x"]);
    assert!(code == Some(5) && stderr.contains("did you mean `echo`?"), "{stderr}");
    let uri = listed["resources"][0]["uri"].as_str().unwrap();
    assert!(!server.run(&["read", uri]).is_empty());
    assert!(!server.run(&["prompt", "simple-prompt"]).is_empty());
    let prompt = server.json(&["prompt", "args-prompt", "city=Paris"]);
    assert!(prompt["messages"].to_string().contains("Paris"), "{prompt}");
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn everything() {
    let script = program("server-everything");
    use_everything(&Server::stdio([node(), script.clone().into_os_string(), "stdio".into()]));
    for (transport, path) in [("streamableHttp", "mcp"), ("sse", "sse")] {
        let port = free_port();
        let mut command = Command::new(node());
        command.arg(&script).arg(transport).env("PORT", port.to_string());
        let _server = serve(&mut command, port).await;
        use_everything(&Server::http(&format!("http://127.0.0.1:{port}/{path}")));
    }
}

/// Uses a server in Python.
fn use_python(server: &Server, ask: &[&str]) {
    assert!(server.run(&["list"]).contains("work()"));
    let worked = server.json(&["call", "work"]);
    assert_eq!(worked["content"][0]["text"], "worked", "{worked}");
    let asked = server.run(&[&["call", "ask", "--answer", "name=Ann"], ask].concat());
    assert!(asked.contains("accept Ann"), "{asked}");
    let (code, stderr) = server.failure(&[&["call", "ask"], ask].concat());
    assert_eq!(code, Some(7), "{stderr}");
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn the_newest_fastmcp() {
    let (interpreter, script) = python::asker();
    // Its `ask` is a request of a session.
    let legacy = ["--era", "legacy"];
    use_python(&Server::stdio([&interpreter, OsStr::new(script)]), &legacy);
    let port = free_port();
    let _server = serve(Command::new(interpreter).arg(script).arg(port.to_string()), port).await;
    use_python(&Server::http(&format!("http://127.0.0.1:{port}/mcp")), &legacy);
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn fastmcp_2_and_the_older_sdk() {
    for interpreter in sessions::interpreters() {
        let stdio = [interpreter.as_os_str(), sessions::SCRIPT.as_ref(), "stdio".as_ref()];
        let (_served, url) = sessions::start(&interpreter, "http", free_port()).await;
        for server in [Server::stdio(stdio), Server::http(&url)] {
            use_python(&server, &[]);
            assert_eq!(server.run(&["read", "note://first"]), "the first note\n");
            assert!(
                server.run(&["prompt", "review", "code=fn main() {}"]).contains("fn main() {}")
            );
            let (code, stderr) = server.failure(&["call", "fail"]);
            assert!(code == Some(5) && stderr.contains("the disk is full"), "{stderr}");
        }
    }
}
