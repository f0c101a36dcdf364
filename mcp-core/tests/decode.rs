//! Tests of the decoder with good and bad frames, and of the scanner against `serde_json`.

#![allow(missing_docs)]

use mcp_core::jsonrpc::{
    Frame, Limits, Message, Raw, Refusal, Request, decode, decode_from_server,
};
use proptest::prelude::*;

/// Returns a summary of a decoded frame.
fn summary(frame: &[u8]) -> String {
    summary_of(decode(frame, Limits::default()))
}

fn summary_of(decoded: Result<Frame<'_>, Refusal<'_>>) -> String {
    match decoded {
        Ok(Frame::Single(Message::Request(request))) => {
            let params = request.params.map_or("-", Raw::as_str);
            format!("request {} {} {params}", request.id.as_json(), request.method)
        }
        Ok(Frame::Single(Message::Notification(notification))) => {
            format!("notification {}", notification.method)
        }
        Ok(Frame::Single(Message::Response(response))) => {
            let id = response.id.map_or("-", |id| id.as_json());
            format!("response {id} {}", if response.outcome.is_ok() { "result" } else { "error" })
        }
        Ok(Frame::Batch(array)) => format!("batch of {}", array.elements().count()),
        Err(refusal) => {
            let id = refusal.id.map_or("null", |id| id.as_json());
            let answer = if refusal.expects_answer { "" } else { " silently" };
            format!("{} for {id}{answer}", refusal.error.code)
        }
    }
}

/// Checks a frame of a server.
fn check_server(frame: impl AsRef<[u8]>, expected: &str) {
    let frame = frame.as_ref();
    let found = summary_of(decode_from_server(frame, Limits::default()));
    assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(frame));
}

/// Checks the id of the request that a frame is the unreadable answer to, in both directions.
fn check_answers(frame: impl AsRef<[u8]>, expected: Option<&str>) {
    let frame = frame.as_ref();
    for decode in [decode, decode_from_server] {
        let refusal = decode(frame, Limits::default()).expect_err("it is refused");
        let found = refusal.answers.map(|id| id.to_string());
        assert_eq!(found.as_deref(), expected, "{:?}", String::from_utf8_lossy(frame));
    }
}

fn check(frame: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(summary(frame.as_ref()), expected, "{:?}", String::from_utf8_lossy(frame.as_ref()));
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[test]
fn messages_are_told_apart() {
    check(PING, "request 1 ping -");
    check(format!("\u{feff}{PING}"), "request 1 ping -");
    check(format!(" {PING}\r"), "request 1 ping -");
    check(
        r#"{"method":"p\u0069ng","params":{"a":[1]},"id":"x","jsonrpc":"2.0","more":1}"#,
        r#"request "x" ping {"a":[1]}"#,
    );
    check(
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        "notification notifications/initialized",
    );
    check(r#"{"jsonrpc":"2.0","id":7,"result":{}}"#, "response 7 result");
    check(r#"{"jsonrpc":"2.0","id":null,"error":{}}"#, "response - error");
    check(r#"{"jsonrpc":"2.0","error":{}}"#, "response - error");
    check("[]", "batch of 0");
    check(format!("[{PING}, 3,[]]"), "batch of 3");
}

#[test]
fn ids_are_kept_to_the_letter_or_refused() {
    for id in ["0", "-7", "9223372036854775807", r#""""#, r#""\u00e4\"""#] {
        check(
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#),
            &format!("request {id} m -"),
        );
    }
    for id in ["null", "1.0", "1e3", "9223372036854775808", "{}", "[1]", "true"] {
        check(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#), "-32600 for null");
    }
}

#[test]
fn what_is_not_json_is_a_parse_error() {
    for text in [
        "not json",
        "{",
        "{\"a\":1,}",
        "[1,]",
        "{'a':1}",
        "01",
        "1.",
        "-",
        "tru",
        "nulll",
        "\"\\x\"",
        "\"a\nb\"",
        "{} {}",
        "",
    ] {
        check(text, "-32700 for null");
    }
    check([0xff, 0xff], "-32700 for null");
    check([b'{', b'"', 0xc3, b'"', b'}'], "-32700 for null");
    check(b"{\"a\":\0}", "-32700 for null");
    // The id comes before the invalid text.
    check(r#"{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":"\ud800"}}"#, "-32700 for 5");
    check(r#"{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":"\udc00\ud800"}}"#, "-32700 for 5");
    check(format!("{}1{}", "[".repeat(129), "]".repeat(129)), "-32700 for null");
    check("[".repeat(100_000), "-32700 for null");
    check("{\"a\":".repeat(50_000), "-32700 for null");
}

#[test]
fn numbers_of_any_size_are_json() {
    for number in ["1e999", "-1e999", &"9".repeat(400)] {
        let params = format!(r#"{{"a":{number}}}"#);
        check(
            format!(r#"{{"jsonrpc":"2.0","id":5,"method":"m","params":{params}}}"#),
            &format!("request 5 m {params}"),
        );
    }
    check(r#"{"jsonrpc":"2.0","id":1e400,"method":"m"}"#, "-32600 for null");
}

#[test]
fn what_is_not_a_message_is_an_invalid_request() {
    for text in ["7", "null", "\"text\"", "true", "{}"] {
        check(text, "-32600 for null");
    }
    check(r#"{"id":1,"method":"ping"}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":1,"method":7}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":1,"method":"a","meth\u006fd":"b"}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#, "-32600 for null");
    check(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, "-32600 for 1 silently");
    check(r#"{"jsonrpc":"2.0","result":{}}"#, "-32600 for null silently");
    check(r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#, "-32600 for 1");
    check(r#"{"jsonrpc":"2.0","id":3,"method":"a","params":[1]}"#, "-32602 for 3");
    check(r#"{"jsonrpc":"2.0","method":"a","params":[1]}"#, "-32602 for null silently");
    let keys: Vec<_> = (0..60_000).map(|n| format!("\"k{n}\":0")).collect();
    check(
        format!(r#"{{"jsonrpc":"2.0","id":5,"method":"m","params":{{{}}}}}"#, keys.join(",")),
        "-32600 for 5",
    );
}

#[test]
fn null_stands_for_an_absent_member() {
    for (frame, expected) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#, "request 1 m -"),
        (r#"{"jsonrpc":"2.0","method":"m","params":null}"#, "notification m"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, "response 1 result"),
        (r#"{"jsonrpc":"2.0","id":1,"result":null,"error":{}}"#, "response 1 error"),
        (r#"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#, "response 1 result"),
        (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, "response 1 result"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","result":null,"error":null}"#, "request 1 m -"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":null,"params":null,"result":{},"error":null}"#,
            "response 1 result",
        ),
        (r#"{"jsonrpc":null,"id":1,"result":{}}"#, "response 1 result"),
        (r#"{"id":1,"result":{}}"#, "response 1 result"),
        (r#"{"id":1,"error":{}}"#, "response 1 error"),
    ] {
        check(frame, expected);
        check_server(frame, expected);
    }
    check(r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, "-32600 for null");
    check_server(r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, "notification m");
    check(r#"{"id":1,"method":"m"}"#, "-32600 for 1");
    check_server(r#"{"id":1,"method":"m"}"#, "request 1 m -");
    check_server(r#"{"method":"m"}"#, "notification m");
    check_server(r#"{"jsonrpc":"1.0","method":"m"}"#, "-32600 for null");
    check(r#"{"jsonrpc":"2.0","id":1,"error":null}"#, "-32600 for 1 silently");
}

#[test]
fn an_answer_that_cannot_be_read_names_its_request() {
    let deep = format!("{}1{}", "[".repeat(129), "]".repeat(129));
    check_server(r#"{"jsonrpc":"2.0","id":3,"result":{"a":1e400}}"#, "-32700 for 3 silently");
    check(r#"{"jsonrpc":"2.0","id":3,"result":{"a":1e400}}"#, "response 3 result");
    for fault in [r#""\ud800""#, r#""\udc00\ud800""#, "NaN", "\"a\tb\"", "tru", &deep] {
        for frame in [
            format!(r#"{{"jsonrpc":"2.0","id":3,"result":{{"a":{fault}}}}}"#),
            format!(r#"{{"result":{{"a":{fault}}},"id":3,"jsonrpc":"2.0"}}"#),
            format!(r#"{{"error":{{"data":{fault}}},"id":3,"jsonrpc":"2.0"}}"#),
            format!(r#" {{"result":{{"a":{fault}}},"id":3.0,"jsonrpc":"2.0"}} "#),
        ] {
            check_answers(frame, Some("3"));
        }
        // A request has an id of the other side.
        check_answers(format!(r#"{{"params":{{"a":{fault}}},"id":3,"method":"m"}}"#), None);
        check_answers(format!(r#"{{"jsonrpc":"2.0","id":3,"a":{fault}}}"#), None);
    }
    for frame in [
        r#"{"jsonrpc":"2.0","id":3.0,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":3e0,"result":{}}"#,
        r#"{"jsonrpc":"1.0","id":3,"result":{}}"#,
        r#"{"jsonrpc":2.0,"id":3,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"2.0","id":3,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":3}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":{},"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":{}} {}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":{"a":"#,
    ] {
        check_answers(frame, Some("3"));
    }
    check_answers(r#"{"jsonrpc":"1.0","id":"ask-1","result":{}}"#, Some("ask-1"));
    check_answers(b"{\"jsonrpc\":\"2.0\",\"result\":{\"a\":\"\xff\"},\"id\":3}", Some("3"));
    for frame in [
        r#"{"jsonrpc":"2.0","id":3.5,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1e300,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":[3],"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":true,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":3,"id":3,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":7}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":"m","result":{}}"#,
        "{}",
        "{",
        "",
    ] {
        check_answers(frame, None);
    }
}

#[test]
fn a_request_that_cannot_be_read_is_answered_by_its_id() {
    check(r#"{"jsonrpc":"2.0","method":"m","params":{"a":"\ud800"},"id":5}"#, "-32700 for 5");
    check(r#"{"jsonrpc":"2.0","id":5,"result":{"a":"\ud800"}}"#, "-32700 for 5 silently");
}

#[test]
fn the_fault_of_one_answer_of_a_server_is_no_fault_of_the_others() {
    let array = r#"[{"jsonrpc":"2.0","id":1,"result":{"a":"\ud800"}},{"jsonrpc":"2.0","id":2,"result":{}}]"#;
    check_server(array, "batch of 2");
    check(array, "-32700 for null");
    let Ok(Frame::Batch(array)) = decode_from_server(array.as_bytes(), Limits::default()) else {
        panic!("it is an array");
    };
    let found: Vec<_> = array
        .elements()
        .map(|it| summary_of(decode_from_server(it.as_str().as_bytes(), Limits::default())))
        .collect();
    assert_eq!(found, ["-32700 for 1 silently", "response 2 result"]);
}

#[test]
fn the_limits_are_where_they_are_said_to_be() {
    check(format!("{}{}", "[".repeat(128), "]".repeat(128)), "batch of 1");
    check(format!("[{}1]", "1,".repeat(99_998)), "batch of 99999");
    check(format!("[{}1]", "1,".repeat(99_999)), "-32600 for null");
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Strings in which runs of plain text, long and short, stand between characters with escapes.
fn long_text() -> impl Strategy<Value = String> {
    let plain = (0..700_usize).prop_map(|length| "x".repeat(length));
    let piece = prop_oneof![plain, "[ -~]{0,40}", "[\n\t\"\\\\]{1,4}", "[\u{80}-\u{2fff}]{1,20}"];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Objects with long values at any depth.
fn object_of_long_values() -> impl Strategy<Value = serde_json::Value> {
    let value = long_text().prop_map(serde_json::Value::from).prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-c\n]{0,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-c\n]{0,3}", value, 0..5)
        .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
}

/// Compares the two walks over an object and the objects in it.
fn check_walks(object: Raw<'_>, request: &Request<'_>, frame: &[u8]) {
    let past: Vec<_> = object.members_past(request.long_values.as_deref(), frame).collect();
    assert!(object.members().eq(past.iter().cloned()), "{}", object.as_str());
    for (_, value) in past {
        check_walks(value, request, frame);
    }
}

/// `true` if the scanner accepts the text as JSON, whatever message it is.
fn is_json(text: &[u8]) -> bool {
    match decode(text, Limits::default()) {
        Ok(_) => true,
        Err(refusal) => refusal.error.code.0 != -32700,
    }
}

/// `true` if `serde_json` reads a text, numbers outside the range of its values as well.
fn reads(text: &[u8]) -> bool {
    match serde_json::from_slice::<serde_json::Value>(text) {
        Err(error) if error.to_string().starts_with("number out of range") => {
            serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
        }
        outcome => outcome.is_ok(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_scanner_accepts_what_serde_json_writes(value in any_json()) {
        prop_assert!(is_json(value.to_string().as_bytes()));
        prop_assert!(is_json(serde_json::to_string_pretty(&value).unwrap().as_bytes()));
    }

    #[test]
    fn the_scanner_agrees_with_serde_json_on_broken_text(
        value in any_json(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(b"\"\\{}[]:,0-.eE+tfn \n\x00\xffu".to_vec()),
        delete in any::<bool>(),
    ) {
        let mut text = value.to_string().into_bytes();
        let at = at.index(text.len());
        if delete { text.remove(at); } else { text[at] = with; }
        let expected = reads(&text);
        prop_assert_eq!(is_json(&text), expected, "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn the_scanner_agrees_with_serde_json_on_any_text(text in "[\\[\\]{}\",:0-9eE.+\\- tfnu\\\\a]{0,24}") {
        let expected = reads(text.as_bytes());
        prop_assert_eq!(is_json(text.as_bytes()), expected, "{}", text);
    }

    #[test]
    fn members_are_those_that_serde_json_reads(value in prop::collection::btree_map(any::<String>(), any_json(), 0..6)) {
        let object = serde_json::Value::Object(value.into_iter().collect());
        let text = serde_json::to_string_pretty(&object).unwrap();
        let found: serde_json::Map<_, _> = Raw::from_accepted(&text)
            .members()
            .map(|(name, value)| (name.into_owned(), value.parse().unwrap()))
            .collect();
        prop_assert_eq!(serde_json::Value::Object(found), serde_json::from_str::<serde_json::Value>(&text).unwrap());
    }

    #[test]
    fn the_scanner_agrees_with_serde_json_on_long_strings(
        text in long_text(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(b"\"\\ \n\x00\x1f\xffun".to_vec()),
    ) {
        let whole = serde_json::to_string(&text).unwrap();
        prop_assert!(is_json(whole.as_bytes()));
        let mut broken = whole.into_bytes();
        let at = at.index(broken.len());
        broken[at] = with;
        let expected = serde_json::from_slice::<serde_json::Value>(&broken).is_ok();
        prop_assert_eq!(is_json(&broken), expected, "{}", String::from_utf8_lossy(&broken));
    }

    #[test]
    fn strings_are_those_that_serde_json_reads(text in long_text()) {
        let whole = serde_json::to_string(&text).unwrap();
        let read = Raw::from_accepted(&whole).string().map(|read| read.into_owned());
        prop_assert_eq!(read, Some(text));
    }

    #[test]
    fn long_values_are_skipped_as_they_are_walked(
        params in object_of_long_values(),
        mark in prop::sample::select(vec!["", "\u{feff}", " \n"]),
    ) {
        let frame = format!(r#"{mark}{{"jsonrpc":"2.0","id":1,"method":"m","params":{params:#}}}"#);
        let Ok(Frame::Single(Message::Request(request))) = decode(frame.as_bytes(), Limits::default())
        else {
            panic!("{frame}");
        };
        check_walks(request.params.unwrap(), &request, frame.as_bytes());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = summary(&bytes);
        let _ = summary_of(decode_from_server(&bytes, Limits::default()));
    }

    #[test]
    fn no_text_makes_the_recovery_of_an_id_panic(text in "[\\[\\]{}\",:0-9eid.\\- \\\\ä]{0,40}") {
        let _ = summary(format!("{{{text}").as_bytes());
        let _ = summary(format!(r#"{{"result":"\ud800",{text}"#).as_bytes());
    }
}
