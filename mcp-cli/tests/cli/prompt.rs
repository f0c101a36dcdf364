use serde_json::json;

use crate::harness::{ERAS, Run, example};

#[test]
fn messages_are_printed_with_their_roles() {
    for era in ERAS {
        let server = example("prompts");
        let arguments = ["prompt", "interview", "field=medicine", "post=nurse", "--era", era];
        let run = Run::of(&[&arguments[..], &["--", &server]].concat());
        let expected = "user:\nI have applied for a post as nurse in medicine. Interview me.\n\
                        assistant:\nGladly. Let us begin: what drew you to this post?\n";
        assert_eq!((run.code, &*run.stdout), (Some(0), expected), "{run:?}");
        let document = Run::of(&[&arguments[..], &["--json", "--", &server]].concat()).json();
        assert_eq!(document["messages"][1]["role"], "assistant", "{document}");
    }
}

#[test]
fn names_are_checked() {
    let server = example("prompts");
    for (arguments, code, message) in [
        (&["review"][..], 2, "missing argument `code`"),
        (&["review", "cod=x"], 2, "`review` has no argument `cod`; did you mean `code`?"),
        (&["review", "code:=1"], 2, "argument `code`: arguments of prompts are texts"),
        (&["review", "code=a", "code=b"], 2, "the argument `code` is given twice"),
        (&["reveiw", "code=a"], 5, "no prompt `reveiw` on prompts; did you mean `review`?"),
    ] {
        let run = Run::of(&[&["prompt"], arguments, &["--json", "--", &server]].concat());
        assert_eq!(run.code, Some(code), "{run:?}");
        let found = run.error()["message"].clone();
        assert!(found.as_str().unwrap().starts_with(message), "{run:?}");
    }
    let run = Run::of(&["prompt", "review", "--json", "--", &server]);
    assert_eq!(run.error()["notes"], json!(["review(code, language?, depth?)"]));
}
