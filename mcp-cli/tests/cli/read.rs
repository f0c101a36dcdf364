use std::fs;

use serde_json::json;

use crate::harness::{ERAS, Run, Terminal, directory, example, program};
use crate::media::media_server;

const SIGN: &[u8] = b"P4 8 8\n\x3c\x42\x81\xa5\x81\x99\x42\x3c";

#[test]
fn a_text_is_printed_and_saved() {
    let server = example("resources");
    let directory = directory("read-text");
    for era in ERAS {
        let run = Run::of(&["read", "shop://kinds", "--era", era, "--", &server]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains("fastener"), "{run:?}");
        let document =
            Run::of(&["read", "shop://kinds", "--era", era, "--json", "--", &server]).json();
        assert_eq!(document["contents"][0]["uri"], "shop://kinds");
        let file = directory.join("kinds");
        fs::write(&file, "old").unwrap();
        let path = file.to_str().unwrap();
        let saved = Run::of(&["read", "shop://kinds", "-o", path, "--era", era, "--", &server]);
        assert_eq!((saved.code, &*saved.stdout), (Some(0), ""), "{saved:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), run.stdout.trim_end_matches('\n'));
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no temporary file stays");
    }
}

#[test]
fn bytes_go_to_files_and_pipes() {
    let server = example("resources");
    let file = directory("read-bytes").join("sign.pbm");
    let path = file.to_str().unwrap();
    let run = Run::of(&["read", "shop://sign", "-o", path, "--", &server]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(fs::read(&file).unwrap(), SIGN);
    let output = program().args(["read", "shop://sign", "--", &server]).output().unwrap();
    assert_eq!(output.stdout, SIGN);
    let (code, shown) = Terminal::start(&["read", "shop://sign", "--", &server]).finish();
    assert_eq!(code, Some(2), "{shown}");
    assert!(shown.contains("`-o FILE` writes it to a file"), "{shown}");
}

#[test]
fn a_resource_that_does_not_exist_has_an_exit_code() {
    for era in ERAS {
        let server = example("resources");
        let run = Run::of(&["read", "shop://none", "--era", era, "--json", "--", &server]);
        assert_eq!((run.code, &run.error()["code"]), (Some(5), &json!("refused")), "{run:?}");
    }
    let run =
        Run::of(&["read", "shop://kinds", "-o", "/nonexistent/x", "--", &example("resources")]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.starts_with("error: cannot write `/nonexistent/x`"), "{run:?}");
}

#[test]
fn several_contents_of_several_kinds_are_no_file() {
    let file = directory("read-several").join("file");
    let mut command = program();
    command.args(["read", "a://", "--era", "legacy", "-o"]).arg(&file);
    let run = Run::of_command(media_server(&mut command));
    assert_eq!((run.code, file.exists()), (Some(2), false), "{run:?}");
}
