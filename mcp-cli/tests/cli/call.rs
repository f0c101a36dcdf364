use std::fs;
use std::process::Stdio;

use mcp_tests::process::{Captured, exit_code, send_signal};
use serde_json::json;

use crate::harness::{ERAS, Run, Terminal, directory, example, program};
use crate::media::media_server;

#[test]
fn a_result_is_printed_in_both_eras() {
    for era in ERAS {
        let server = example("stock_prices");
        let run = Run::of(&["call", "get_stock_price", "symbol=AAPL", "--era", era, "--", &server]);
        assert_eq!((run.code, &*run.stdout), (Some(0), "AAPL: $198.50\n"), "{run:?}");
        assert_eq!(run.stderr, "");
        let server = example("torture");
        let arguments = ["call", "add", "a=2", "b:=3", "--era", era, "--json", "--", &server];
        let result = Run::of(&arguments).json();
        assert_eq!(result["content"][0]["text"], "5", "{result}");
        assert_eq!(result.get("isError"), None);
    }
}

#[test]
fn arguments_are_checked_before_anything_is_sent() {
    let signature = "\n  add(a: integer, b: integer)\n";
    for (given, message) in [
        (&["a=1"][..], "error: missing argument `b`"),
        (&[], "error: missing arguments `a`, `b`"),
        (&["a=1", "b=x"], "error: argument `b`: expected an integer, got \"x\""),
        (&["a=1", "b:=x"], "error: argument `b`: expected JSON after `:=`"),
        (&["a=1", "bb=2"], "error: `add` has no argument `bb`; did you mean `b`?"),
        (&["a=1", "a=2"], "error: the argument `a` is given twice"),
        (&["a=1", "b=@/nonexistent"], "error: `/nonexistent` cannot be read as text"),
        (&["--args", "[1]"], "error: `--args`: expected a JSON object"),
        (&["--args", "{"], "error: `--args`: expected a JSON object"),
    ] {
        let server = example("torture");
        let arguments = [&["call", "add"], given, &["--", &server]].concat();
        let run = Run::of(&arguments);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.starts_with(message), "{message}: {run:?}");
        if message.contains("missing") || message.contains("expected an integer") {
            assert!(run.stderr.ends_with(signature), "{run:?}");
        }
    }
    let run = Run::of(&["call", "add", "word", "--", "true"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("expected `NAME=VALUE`"), "{run:?}");
}

#[test]
fn arguments_come_from_json_and_files_too() {
    let directory = directory("call-arguments");
    let file = directory.join("words.txt");
    fs::write(&file, "two\nlines").unwrap();
    let text = format!("text=@{}", file.display());
    let run = Run::of(&["call", "echo", &text, "--", &example("torture")]);
    assert_eq!((run.code, &*run.stdout), (Some(0), "two\nlines\n"), "{run:?}");
    let arguments = ["call", "add", "--args", r#"{"a":1,"b":9}"#, "b=2", "--"];
    let run = Run::of(&[&arguments[..], &[&example("torture")]].concat());
    assert_eq!((run.code, &*run.stdout), (Some(0), "3\n"), "an argument of its own wins: {run:?}");
}

#[test]
fn a_tool_that_fails_or_does_not_exist_has_an_exit_code() {
    for era in ERAS {
        let server = example("torture");
        let run = Run::of(&["call", "fail", "--era", era, "--", &server]);
        assert_eq!((run.code, &*run.stdout), (Some(5), ""), "{run:?}");
        assert_eq!(run.stderr, "error: this tool always fails\n");
        let run = Run::of(&["call", "fail", "--era", era, "--json", "--", &server]);
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &result["isError"]), (Some(5), &json!(true)), "{run:?}");
        assert_eq!(run.stderr, "", "standard output has it");
        let run = Run::of(&["call", "ehco", "--era", era, "--json", "--", &server]);
        assert_eq!((run.code, &run.error()["code"]), (Some(5), &json!("not_found")), "{run:?}");
        let message = "no tool `ehco` on torture; did you mean `echo`?";
        assert_eq!(run.error()["message"], message);
    }
}

#[test]
fn structured_content_is_printed_as_json() {
    let run = Run::of(&["call", "list_roots", "--root", "/", "--", &example("roots")]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, found), (Some(0), json!(["file:///"])), "{run:?}");
    let run = Run::of(&["call", "list_roots", "--root", "/nonexistent", "--", &example("roots")]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.starts_with("error: `--root /nonexistent` cannot be opened"), "{run:?}");
    let run = Run::of(&["call", "list_roots", "--", &example("roots")]);
    assert_eq!(run.code, Some(5), "no directory is opened without `--root`: {run:?}");
}

#[test]
fn a_task_is_followed_to_its_end() {
    for era in ERAS {
        let server = example("long_job");
        let arguments = ["call", "write_report", "subject=bees", "--task", "--era", era];
        let answer = ["--answer", "publish=true", "--", &server];
        let run = Run::of(&[&arguments[..], &answer].concat());
        let expected = "The report on bees is at https://reports.example/bees.\n";
        assert_eq!((run.code, &*run.stdout), (Some(0), expected), "{run:?}");
        assert!(run.stderr.starts_with("task "), "{run:?}");
        let run = Run::of(&["call", "write_nothing", "--task", "--era", era, "--", &server]);
        assert_eq!(run.code, Some(5), "{run:?}");
        assert!(run.stderr.ends_with("error: there is nothing to write about\n"), "{run:?}");
    }
}

#[test]
fn progress_is_shown_in_a_terminal_only() {
    let server = example("long_job");
    let arguments = ["call", "write_report", "subject=bees", "sources=20"];
    let arguments = [&arguments[..], &["--answer", "publish=true", "--", &server]].concat();
    let (code, shown) = Terminal::start(&arguments).finish();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("read source") && shown.contains("/20"), "{shown}");
    let run = Run::of(&arguments);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!run.stderr.contains("read source"), "{run:?}");
}

#[test]
fn an_interrupt_cancels_the_call() {
    for era in ERAS {
        let directory = directory(&format!("call-interrupt-{era}"));
        let sent = directory.join("sent");
        let server = r#"tee "$1" | tee /dev/stderr | "$2""#;
        let mut command = program();
        command.args(["call", "slow", "ms=600000", "--era", era, "--", "sh", "-c", server, "sh"]);
        command.arg(&sent).arg(example("torture"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let shown = Captured::of(child.stderr.take().unwrap());
        shown.wait_for("tools/call");
        send_signal(child.id(), "INT");
        assert_eq!(exit_code(&mut child), Some(130), "{}", shown.text());
        let sent = fs::read_to_string(sent).unwrap();
        assert!(sent.contains("notifications/cancelled"), "{sent}");
    }
}

#[test]
fn files_of_a_result_are_saved_under_safe_names() {
    let directory = directory("call-save");
    let run = Run::of_command(media_server(program().args(["call", "draw", "--era", "legacy"])));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        run.stdout,
        "[image/png, 3 bytes]\n[../../escape, 1 bytes]\n[resource file:///../../x, application/pdf]\n\
         [application/pdf, 2 bytes]\n[resource docs://a, text/plain, a]\n"
    );
    assert!(run.stderr.contains("`--save DIRECTORY` writes"), "{run:?}");

    fs::write(directory.join("image-1.png"), "mine").unwrap();
    let mut command = program();
    command.args(["call", "draw", "--era", "legacy", "--save"]).arg(&directory);
    let run = Run::of_command(media_server(&mut command));
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["audio-1.bin", "image-1.png", "image-2.png", "resource-1.pdf"]);
    assert_eq!(fs::read(directory.join("image-1.png")).unwrap(), b"mine", "it was there before");
    assert_eq!(fs::read(directory.join("image-2.png")).unwrap(), [1, 2, 3]);
}

#[test]
fn escape_sequences_of_a_server_do_not_reach_the_terminal() {
    let hostile = "text=\u{1b}]0;owned\u{7}\u{1b}[2J";
    let server = example("torture");
    for (tool, shown) in [("echo", "\u{fffd}]0;owned\u{fffd}\u{fffd}[2J"), ("ehco", "no tool")] {
        let (_, text) = Terminal::start(&["call", tool, hostile, "--", &server]).finish();
        assert!(text.contains(shown), "{text:?}");
        assert!(!text.contains("\u{1b}]0") && !text.contains("\u{1b}[2J"), "{text:?}");
    }
    let run = Run::of(&["call", "echo", hostile, "--", &server]);
    assert_eq!(run.stdout, "\u{1b}]0;owned\u{7}\u{1b}[2J\n", "a pipe gets what was sent");
}
