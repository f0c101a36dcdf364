use std::fs;

use serde_json::json;

use crate::harness::{ERAS, Run, Terminal, directory, example, program};

#[test]
fn a_form_is_filled_in_in_the_terminal() {
    for era in ERAS {
        let server = example("elicitation");
        let arguments = ["call", "book_table", "restaurant=Noma", "--era", era, "--", &server];
        let mut terminal = Terminal::start(&arguments);
        terminal.wait_for("A table at Noma: when, and for whom?");
        terminal.wait_for(" day");
        terminal.press("soon\r");
        terminal.wait_for("expected a date, such as `2026-12-31`, got \"soon\"");
        terminal.press("\u{7f}\u{7f}\u{7f}\u{7f}2026-12-24\r");
        terminal.wait_for(" guests");
        terminal.press("\r");
        terminal.wait_for(" place");
        // Down, to the second option.
        terminal.press("\u{1b}[B\r");
        terminal.wait_for(" wishes");
        terminal.press("no nuts\r");
        terminal.wait_for("Send the answer?");
        terminal.press("\r");
        terminal.wait_for("2026-12-24, 2 guests, Terrace (no nuts). Book it?");
        terminal.wait_for(" book");
        terminal.press("\r");
        terminal.wait_for("Send the answer?");
        terminal.press("\r");
        terminal.wait_for("https://pay.example/bookings/1");
        terminal.wait_for("Open it?");
        // Up, from declining to opening it by hand.
        terminal.press("\u{1b}[A\r");
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains("Booking 1: Noma, 2026-12-24, 2 guests, Terrace (no nuts)\r\n"));
    }
}

#[test]
fn a_form_can_be_declined_and_cancelled() {
    for era in ERAS {
        for (keys, outcome) in [("\r", "declined, "), ("\u{1b}[B\r", "cancelled, ")] {
            let server = example("asking");
            let mut terminal = Terminal::start(&["call", "sequence", "--era", era, "--", &server]);
            for _ in 0..2 {
                terminal.wait_for(" text");
                terminal.press("\u{1b}");
                terminal.wait_for("No answer?");
                terminal.press(keys);
            }
            let (code, shown) = terminal.finish();
            assert_eq!(code, Some(0), "{shown}");
            assert!(shown.contains(outcome), "{shown}");
        }
    }
}

#[test]
fn questions_at_once_are_asked_one_after_the_other() {
    for era in ERAS {
        let server = example("asking");
        let mut terminal = Terminal::start(&["call", "joined", "--era", era, "--", &server]);
        let mut open = vec!["one", "other"];
        while !open.is_empty() {
            let shown = terminal.wait_for(" text");
            let is_asked = |question: &mut &str| shown.contains(&format!(" {question}\r\n"));
            let asked: Vec<_> = open.extract_if(.., is_asked).collect();
            assert_eq!(asked.len(), 1, "{shown}");
            terminal.press(&format!("answer to {}\r", asked[0]));
            let shown = terminal.wait_for("Send the answer?");
            assert!(!shown.contains("The server asks:"), "{shown}");
            terminal.press("\r");
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.ends_with("answer to one, answer to other\r\n"), "{shown}");
    }
}

#[test]
fn an_interrupt_ends_a_prompt() {
    for era in ERAS {
        let server = example("asking");
        let mut terminal = Terminal::start(&["call", "sequence", "--era", era, "--", &server]);
        terminal.wait_for(" text");
        terminal.press("\u{3}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(130), "{shown}");
    }
}

#[test]
fn questions_need_a_terminal_or_answers() {
    for era in ERAS {
        let server = example("elicitation");
        let run = Run::of(&["call", "book_table", "restaurant=A", "--era", era, "--", &server]);
        assert_eq!((run.code, &*run.stdout), (Some(7), ""), "{run:?}");
        let start = "error: the server asks for input, and there is no terminal: \
                     \"A table at A: when, and for whom?\"\n  day: string  Day of the visit\n";
        assert!(run.stderr.starts_with(start), "{run:?}");
        assert!(run.stderr.contains("`--answer day=VALUE`"), "{run:?}");

        let base = ["call", "book_table", "restaurant=A", "--era", era, "--json"];
        let answers =
            ["--answer", "day=2026-12-24", "--answer", "guests=3", "--answer", "book=true"];
        let result = Run::of(&[&base[..], &answers, &["--", &server]].concat()).json();
        assert_eq!(result["content"][0]["text"], "Booking 1: A, 2026-12-24, 3 guests, Inside");
        let answers = ["--answer", "day=2026-12-24", "--answer", "guests=13"];
        let run = Run::of(&[&base[..], &answers, &["--", &server]].concat());
        assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("usage")), "{run:?}");
        assert_eq!(run.error()["message"], "answer `guests`: expected at most 12, got 13");
        let run = Run::of(&[&base[..], &["--answer", "book=true", "--", &server]].concat());
        assert_eq!(
            (run.code, &run.error()["code"]),
            (Some(7), &json!("input_required")),
            "{run:?}"
        );
    }
}

#[test]
fn every_kind_of_question_has_an_exit_code() {
    for era in ERAS {
        let server = example("asking");
        for (arguments, message) in [
            (&["call", "visit"][..], "asks to open a URL"),
            (&["call", "joined"], "asks for input"),
            (&["read", "asking://who"], "asks for input"),
            (&["prompt", "about", "subject=otters"], "asks for input"),
        ] {
            let run = Run::of(&[arguments, &["--era", era, "--", &server]].concat());
            assert_eq!((run.code, &*run.stdout), (Some(7), ""), "{run:?}");
            assert!(run.stderr.contains(message), "{run:?}");
        }
        let server = example("sampling_agent");
        let run = Run::of(&["call", "research", "question=Why?", "--era", era, "--", &server]);
        assert_eq!(run.code, Some(7), "{run:?}");
        assert!(run.stderr.contains("the server asks the model"), "{run:?}");
    }
}

#[test]
fn answers_are_taken_in_turn_and_never_for_ever() {
    for era in ERAS {
        let server = example("asking");
        let base = ["call", "looped", "--era", era];
        let answers = ["--answer", "text=a", "--answer", "text=b", "--answer", "text=stop"];
        let run = Run::of(&[&base[..], &answers, &["--", &server]].concat());
        assert_eq!((run.code, &*run.stdout), (Some(0), "a, b\n"), "{run:?}");
        let run = Run::of(&[&base[..], &["--answer", "text=a", "--", &server]].concat());
        assert_eq!(run.code, Some(7), "the same answer is not given again: {run:?}");
        for arguments in [&["read", "asking://who"][..], &["prompt", "about", "subject=otters"]] {
            let tail = ["--era", era, "--answer", "text=me", "--", &server];
            let run = Run::of(&[arguments, &tail].concat());
            assert_eq!(run.code, Some(0), "{run:?}");
            assert!(run.stdout.contains("for me"), "{run:?}");
        }
    }
}

#[test]
fn the_user_stands_in_for_the_model() {
    for era in ERAS {
        let server = example("sampling_agent");
        let arguments = ["call", "research", "question=How many hearts?", "--era", era];
        let arguments = [&arguments[..], &["--", &server]].concat();
        let mut terminal = Terminal::start(&arguments);
        terminal.wait_for("Answer in one sentence.");
        terminal.wait_for("How many hearts?");
        terminal.wait_for("assistant");
        terminal.press("Three.\r");
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.ends_with("Three.\r\n"), "{shown}");

        let mut terminal = Terminal::start(&arguments);
        terminal.wait_for("assistant");
        terminal.press("\u{1b}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(5), "{shown}");
        assert!(shown.contains("declined"), "{shown}");
    }
}

#[test]
fn a_url_is_opened_with_consent_only() {
    let directory = directory("questions-url");
    let opened = directory.join("opened");
    let browser = directory.join("browser");
    fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {}\n", opened.display())).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&browser, mode).unwrap();
    for era in ERAS {
        for (keys, outcome) in
            [("\r", "false"), ("\u{1b}", "false"), ("\u{1b}[A\u{1b}[A\r", "true")]
        {
            let mut command = program();
            command.env("BROWSER", &browser);
            command.args(["call", "visit", "--era", era, "--", &example("asking")]);
            let mut terminal = Terminal::start_command(&mut command);
            terminal.wait_for("https://example.com/visit");
            terminal.wait_for("Open it?");
            assert!(!opened.exists(), "it was not agreed to yet");
            terminal.press(keys);
            let (code, shown) = terminal.finish();
            assert_eq!(code, Some(0), "{shown}");
            if outcome == "false" {
                assert!(!opened.exists(), "{shown}");
            }
        }
        // The browser runs beside the program.
        while fs::read_to_string(&opened).unwrap_or_default() != "https://example.com/visit\n" {
            std::thread::yield_now();
        }
        fs::remove_file(&opened).unwrap();
    }
}

#[test]
fn escape_sequences_of_a_question_do_not_reach_the_terminal() {
    let server = example("asking");
    let hostile = "text=\u{1b}]0;owned\u{7}\u{1b}[2J";
    for arguments in [
        &["call", "sequence", "--answer", hostile][..],
        &["prompt", "about", "subject=\u{1b}]0;owned\u{7}\u{1b}[2J", "--answer", "text=me"],
    ] {
        let (code, shown) = Terminal::start(&[arguments, &["--", &server]].concat()).finish();
        assert_eq!(code, Some(0), "{shown:?}");
        assert!(shown.contains("]0;owned"), "{shown:?}");
        assert!(!shown.contains("\u{1b}]0") && !shown.contains("\u{1b}[2J"), "{shown:?}");
    }
}
