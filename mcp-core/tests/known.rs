//! The parameters that the scanner finds, against a walk over all of them, and the `_meta` that it recognizes,
//! against one that it scans.

#![allow(missing_docs)]

use mcp_core::jsonrpc::{
    Frame, KnownMeta, KnownParams, LastMeta, Limits, META_PREFIX, Message, Raw, decode,
    decode_repeating,
};
use proptest::prelude::*;

fn known(frame: &str) -> KnownParams<'_> {
    match decode(frame.as_bytes(), Limits::default()) {
        Ok(Frame::Single(Message::Request(request))) => request.known,
        other => panic!("{frame}: {other:?}"),
    }
}

/// The members that a walk over the parameters finds.
fn walked(params: Raw<'_>) -> KnownParams<'_> {
    let mut known = KnownParams::default();
    for (name, value) in params.members() {
        match &*name {
            "_meta" if known.meta.object.is_none() => known.meta = walked_meta(value),
            "name" if known.name.is_none() => known.name = Some(value),
            "arguments" if known.arguments.is_none() => known.arguments = Some(value),
            _ => known.has_others = true,
        }
    }
    known
}

fn walked_meta(object: Raw<'_>) -> KnownMeta<'_> {
    let last = |name: &str| {
        let given = object.members().filter(|(key, value)| key == name && !value.is_null());
        given.last().map(|(_, value)| value)
    };
    let ours = |name: &str| last(&format!("{META_PREFIX}{name}"));
    KnownMeta {
        object: Some(object),
        protocol_version: ours("protocolVersion"),
        client_capabilities: ours("clientCapabilities"),
        log_level: ours("logLevel"),
        progress_token: last("progressToken"),
    }
}

/// Compares what the scanner finds with what a walk finds. Of members that are given twice, only the fact counts,
/// but for `_meta`, of which the first one is read.
fn check(params: &str) {
    let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{params}}}"#);
    let (found, expected) = (known(&frame), walked(Raw::from_accepted(params)));
    assert_eq!(found.has_others, expected.has_others, "{params}");
    assert_eq!(found.meta, expected.meta, "{params}");
    if !found.has_others {
        assert_eq!(found, expected, "{params}");
    }
}

#[test]
fn the_protocols_own_members_are_found() {
    check("{}");
    check(r#"{"name":"add","arguments":{"a":1}}"#);
    check(r#"{"name":"add","arguments":{"name":1},"_meta":{"progressToken":2}}"#);
    check(r#"{"name":"add","name":"sub"}"#);
    check(r#"{"_meta":{"progressToken":1},"_meta":{"progressToken":2}}"#);
    check(r#"{"\u005fmeta":{"progressToken":1},"n\u0061me":"add","_meta":7}"#);
    check(r#"{"_meta":{"progress\u0054oken":1,"progressToken":null}}"#);
    check(r#"{"_meta":null,"_meta":{"progressToken":2},"cursor":"x"}"#);
    check(r#"{"_meta":["progressToken"],"arguments":null}"#);
    let found = known(
        r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"add","_meta":{"io.modelcontextprotocol/protocolVersion":"x"}}}"#,
    );
    assert_eq!(found.name.map(Raw::as_str), Some(r#""add""#));
    assert_eq!(found.meta.protocol_version.map(Raw::as_str), Some(r#""x""#));
    assert!(!found.has_others);
}

#[test]
fn what_is_not_in_params_is_not_a_parameter() {
    let frame = r#"{"jsonrpc":"2.0","id":1,"method":"m","name":"a","_meta":{"progressToken":1}}"#;
    assert_eq!(known(frame), KnownParams::default());
}

/// A `_meta` is recognized within the limits only.
#[test]
fn a_meta_that_is_recognized_counts_in_the_limits() {
    let meta = r#"{"a":[1,2,3],"progressToken":1}"#;
    let call = |before: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"arguments":{before},"_meta":{meta}}}}}"#
        )
    };
    let limits = Limits::default().nodes(22);
    let last_meta = LastMeta::default();
    for (before, is_accepted) in [("[1]", true), ("[1]", true), ("[1,2,3]", false), ("[1]", true)] {
        let frame = call(before);
        let found = decode_repeating(frame.as_bytes(), limits, &last_meta);
        assert_eq!(found.is_ok(), is_accepted, "{before}: {found:?}");
    }
}

/// A name of a member, written in different ways.
fn name() -> impl Strategy<Value = String> {
    let names = [
        r#""_meta""#,
        r#""\u005fmeta""#,
        r#""name""#,
        r#""n\u0061me""#,
        r#""arguments""#,
        r#""argument""#,
        r#""progressToken""#,
        r#""progress\u0054oken""#,
        r#""io.modelcontextprotocol/protocolVersion""#,
        r#""io.modelcontextprotocol\/protocolVersion""#,
        r#""io.modelcontextprotocol/clientCapabilities""#,
        r#""io.modelcontextprotocol/logLevel""#,
        r#""io.modelcontextprotocol/clientInfo""#,
        r#""io.modelcontextprotocol/""#,
        r#""""#,
        r#""ä\"""#,
    ];
    prop::sample::select(names.map(str::to_owned).to_vec())
}

/// The text of a value, of objects with names of members mostly.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        [r#""text""#, r#""\"\\\u00e4""#, "-1.5e3", "7", "null", "true", "{}", "[]"]
            .map(str::to_owned)
            .to_vec(),
    );
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            4 => object(inner.clone()),
            1 => prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(" ,"))),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec!["", "", " ", "\n\t"]);
    prop::collection::vec((name(), space, value), 0..6).prop_map(|members| {
        let member = |(name, space, value): &(String, &str, String)| {
            format!("{space}{name}{space}:{space}{value}{space}")
        };
        format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_scanner_finds_what_a_walk_finds(params in object(value())) {
        check(&params);
    }

    /// Frames in a row, whose `_meta` is often that of the one before, are decoded as each on its own is.
    #[test]
    fn a_connection_decodes_as_without_one(
        metas in prop::collection::vec(object(value()), 1..3),
        calls in prop::collection::vec((any::<prop::sample::Index>(), value(), any::<bool>()), 1..6),
        nodes in 5..60_u32,
        depth in 2..8_u32,
    ) {
        let last_meta = LastMeta::default();
        let limits = Limits::default().nodes(nodes).depth(depth);
        for (index, arguments, is_first) in calls {
            let meta = index.get(&metas);
            let params = match is_first {
                true => format!(r#"{{"_meta":{meta},"arguments":{arguments}}}"#),
                false => format!(r#"{{"arguments":{arguments},"_meta":{meta}}}"#),
            };
            let frame = format!(r#"{{"id":1,"params":{params},"jsonrpc":"2.0","method":"m"}}"#);
            let found = decode_repeating(frame.as_bytes(), limits, &last_meta);
            let expected = decode(frame.as_bytes(), limits);
            prop_assert_eq!(format!("{:?}", found), format!("{:?}", expected), "{}", frame);
        }
    }

    /// The same with broken ends, at which a `_meta` that is only a beginning is none.
    #[test]
    fn a_broken_meta_is_not_recognized(meta in object(value()), cut in any::<prop::sample::Index>()) {
        let last_meta = LastMeta::default();
        let start = r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":"#;
        let whole = format!("{start}{meta}}}}}");
        prop_assert!(decode_repeating(whole.as_bytes(), Limits::default(), &last_meta).is_ok());
        let mut at = start.len() + cut.index(meta.len());
        while !whole.is_char_boundary(at) { at -= 1; }
        let broken = format!("{}}}}}", &whole[..at]);
        let found = decode_repeating(broken.as_bytes(), Limits::default(), &last_meta);
        let expected = decode(broken.as_bytes(), Limits::default());
        prop_assert_eq!(format!("{:?}", found), format!("{:?}", expected), "{}", broken);
    }
}
