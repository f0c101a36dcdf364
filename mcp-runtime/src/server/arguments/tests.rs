//! Tests of a call's arguments as a whole.

use std::borrow::Cow;

use mcp_core::revision::Revision;
use serde_json::Value;

use super::{ArgumentTable, Inputs, Slot};
use crate::server::constraint::ShownDefault as _;
use crate::server::parameter::parameter;

fn table(names: &[&str], open: bool) -> ArgumentTable {
    let mut table = ArgumentTable::default();
    for name in names {
        table.push(name, None);
    }
    table.open = open;
    table
}

/// What `f(a: i64, #[arg(default = 1, min = 1)] b: u32, c: Option<&str>)` gets, or is told.
fn check(arguments: &str, expected: Result<(i64, u32, Option<&str>), &str>) {
    check_in(&table(&["a", "b", "c"], false), arguments, expected);
}

fn check_in(
    table: &ArgumentTable,
    arguments: &str,
    expected: Result<(i64, u32, Option<&str>), &str>,
) {
    let mut slots = [const { Slot::Missing }; 3];
    let inputs = Inputs::walk("f", table, arguments, &mut slots);
    let a = inputs.take(0, parameter::<i64, _>("a"));
    let b = inputs.take(1, parameter::<u32, _>("b").rules(|rules| rules.default(|| 1).min(1)));
    let c = inputs.take(2, parameter::<Option<&str>, _>("c"));
    match (a, b, c) {
        (Some(a), Some(b), Some(c)) if inputs.fit() => assert_eq!(Ok((a, b, c)), expected),
        _ => assert_eq!(Err(refusal(inputs).as_str()), expected, "{arguments}"),
    }
}

/// The lines of a refusal behind its first.
fn refusal(inputs: Inputs<'_>) -> String {
    let outcome = inputs.refusal().unwrap();
    assert!(outcome.is_error());
    let mut members = b"{".to_vec();
    outcome.write_members(&mut members, Revision::V2026_07_28.facts());
    members.push(b'}');
    let members: Value = serde_json::from_slice(&members).unwrap();
    let text = members["content"][0]["text"].as_str().unwrap();
    text.strip_prefix("The arguments of `f` do not fit:\n").unwrap().to_owned()
}

#[test]
fn arguments_reach_their_parameters_in_any_order() {
    check(r#"{"a":1,"b":2,"c":"x"}"#, Ok((1, 2, Some("x"))));
    check(r#" { "c" : "x\n" , "b" : 2 , "a" : 1 } "#.trim(), Ok((1, 2, Some("x\n"))));
    check(r#"{"\u0061":-7}"#, Ok((-7, 1, None)));
    check(r#"{"a":"1","b":2.0,"c":null}"#, Ok((1, 2, None)));
}

#[test]
fn null_stands_for_an_absent_argument() {
    check(r#"{"a":1,"b":null}"#, Ok((1, 1, None)));
    check(r#"{"a":null}"#, Err("- `a`: expected an integer, got null"));
}

#[test]
fn every_fault_is_told() {
    check(
        r#"{"b":0,"a":1,"C":"x","b":5,"other":{}}"#,
        Err("- `C`: unknown argument; did you mean `c`?\n\
             - `b`: given twice\n\
             - `other`: unknown argument; the arguments are `a`, `b`, `c`\n\
             - `b`: expected at least 1, got 0"),
    );
    check("{}", Err("- `a`: missing; expected an integer"));
    check(
        r#"{"a":[1,2],"c":5}"#,
        Err("- `a`: expected an integer, got [1,2]\n- `c`: expected a string, got 5"),
    );
}

#[test]
fn an_open_table_ignores_what_it_does_not_know() {
    let table = table(&["a", "b", "c"], true);
    check_in(&table, r#"{"a":1,"d":{"e":[]}}"#, Ok((1, 1, None)));
    check_in(&table, r#"{"a":1,"a":1}"#, Err("- `a`: given twice"));
}

#[test]
fn text_borrows_from_the_request_or_its_slot() {
    let table = table(&["a", "b"], false);
    let mut slots = [const { Slot::Missing }; 2];
    let inputs = Inputs::walk("f", &table, r#"{"a":"plain","b":"\u0041"}"#, &mut slots);
    assert_eq!(inputs.take(0, parameter::<&str, _>("a")), Some("plain"));
    assert_eq!(inputs.take(1, parameter::<Cow<'_, str>, _>("b")).as_deref(), Some("A"));
    assert!(inputs.fit());
}
