//! What forms tell the client, and what of its answers they accept.
#![allow(missing_docs)]

use mcp_runtime::Elicit;
use serde_json::{Value, json};

/// The properties of a form's schema, and what it requires.
fn check_schema<T: Elicit>(properties: &str, required: &str) {
    let required = match required {
        "[]" => String::new(),
        required => format!(r#","required":{required}"#),
    };
    let expected = format!(r#"{{"type":"object","properties":{{{properties}}}{required}}}"#);
    let schema = T::schema();
    let found = schema.as_str();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(value(found), value(&expected), "{found}");
    // The fields have the order of the expected ones.
    let position = |name: &String| found.find(&format!("\"{name}\":{{"));
    let named = |text: &str| expected.find(&format!("\"{text}\":{{"));
    let mut names: Vec<_> =
        value(found)["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort_by_key(|name| named(name));
    assert!(names.is_sorted_by_key(position), "{found}");
}

/// What a form makes of an answer.
fn read<T: Elicit>(answer: Value) -> Result<T, String> {
    let Value::Object(content) = answer else { return Err("no object".to_owned()) };
    T::read(&content)
}

#[derive(Debug, PartialEq, Elicit)]
#[elicit(rename_all = "camelCase")]
struct Enums {
    untitled_single: Untitled,
    titled_single: Titled,
    legacy_enum: Legacy,
    untitled_multi: Vec<Untitled>,
    titled_multi: Vec<Titled>,
}

#[derive(Debug, PartialEq, Elicit)]
#[elicit(rename_all = "lowercase")]
enum Untitled {
    Option1,
    Option2,
    Option3,
}

#[derive(Debug, PartialEq, Elicit)]
enum Titled {
    #[elicit(rename = "value1", title = "First Option")]
    First,
    #[elicit(rename = "value2", title = SECOND)]
    Second,
    #[elicit(rename = "value3")]
    Third,
}

const SECOND: &str = "Second Option";

#[derive(Debug, PartialEq, Elicit)]
#[elicit(enum_names)]
enum Legacy {
    #[elicit(rename = "opt1", title = "Option One")]
    One,
    #[elicit(rename = "opt2", title = "Option Two")]
    Two,
}

#[test]
fn selections_come_out_in_the_five_forms_of_the_specification() {
    check_schema::<Enums>(
        &[
            r#""untitledSingle":{"enum":["option1","option2","option3"],"type":"string"}"#,
            r#""titledSingle":{"oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"value3"}],"type":"string"}"#,
            r#""legacyEnum":{"enum":["opt1","opt2"],"enumNames":["Option One","Option Two"],"type":"string"}"#,
            r#""untitledMulti":{"items":{"enum":["option1","option2","option3"],"type":"string"},"type":"array"}"#,
            r#""titledMulti":{"items":{"anyOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"value3"}]},"type":"array"}"#,
        ]
        .join(","),
        r#"["untitledSingle","titledSingle","legacyEnum","untitledMulti","titledMulti"]"#,
    );
}

#[test]
fn selections_are_read() {
    let answer = json!({
        "untitledSingle": "option1",
        "titledSingle": "value3",
        "legacyEnum": "opt2",
        "untitledMulti": ["option3", "option2"],
        "titledMulti": [],
    });
    assert_eq!(
        read::<Enums>(answer),
        Ok(Enums {
            untitled_single: Untitled::Option1,
            titled_single: Titled::Third,
            legacy_enum: Legacy::Two,
            untitled_multi: vec![Untitled::Option3, Untitled::Option2],
            titled_multi: Vec::new(),
        })
    );
    let answer = json!({
        "untitledSingle": "Option1",
        "titledSingle": "First Option",
        "legacyEnum": 1,
        "untitledMulti": "option1",
        "titledMulti": ["value1", "value4"],
    });
    assert_eq!(
        read::<Enums>(answer).unwrap_err(),
        [
            r#"`untitledSingle`: expected `option1`, `option2` or `option3`, got "Option1""#,
            r#"`titledSingle`: expected `value1`, `value2` or `value3`, got "First Option""#,
            "`legacyEnum`: expected `opt1` or `opt2`, got 1",
            r#"`untitledMulti`: expected a list of `option1`, `option2` and `option3`, got "option1""#,
            r#"`titledMulti`: expected a list of `value1`, `value2` and `value3`, got ["value1","value4"]"#,
        ]
        .join("; ")
    );
}

#[derive(Debug, PartialEq, Elicit)]
struct Defaults {
    #[elicit(default = "John Doe")]
    name: String,
    #[elicit(default = 30)]
    age: i64,
    #[elicit(default = 95.5)]
    score: f64,
    #[elicit(default = Status::Active)]
    status: Status,
    #[elicit(default = true)]
    verified: bool,
    #[elicit(default = vec![Status::Pending])]
    past: Vec<Status>,
    #[elicit(default)]
    ratio: f32,
}

#[derive(Debug, PartialEq, Elicit)]
#[elicit(rename_all = "snake_case")]
enum Status {
    Active,
    Inactive,
    Pending,
}

#[test]
fn defaults_are_told_and_kept() {
    check_schema::<Defaults>(
        &[
            r#""name":{"default":"John Doe","type":"string"}"#,
            r#""age":{"default":30,"type":"integer"}"#,
            r#""score":{"default":95.5,"type":"number"}"#,
            r#""status":{"default":"active","enum":["active","inactive","pending"],"type":"string"}"#,
            r#""verified":{"default":true,"type":"boolean"}"#,
            r#""past":{"default":["pending"],"items":{"enum":["active","inactive","pending"],"type":"string"},"type":"array"}"#,
            r#""ratio":{"default":0,"type":"number"}"#,
        ]
        .join(","),
        "[]",
    );
    let defaults = || Defaults {
        name: "John Doe".into(),
        age: 30,
        score: 95.5,
        status: Status::Active,
        verified: true,
        past: vec![Status::Pending],
        ratio: 0.0,
    };
    assert_eq!(read(json!({})), Ok(defaults()));
    assert_eq!(read(json!({ "name": null, "past": null })), Ok(defaults()));
    let answer = json!({ "age": 25, "status": "inactive", "verified": false, "past": [] });
    let (status, past) = (Status::Inactive, Vec::new());
    assert_eq!(read(answer), Ok(Defaults { age: 25, status, verified: false, past, ..defaults() }));
    assert_eq!(
        read::<Defaults>(json!({ "age": "25" })).unwrap_err(),
        r#"`age`: expected an integer, got "25""#
    );
}

#[derive(Debug, Default, PartialEq, Elicit)]
struct Limits {
    /// Who is it?
    ///
    /// In full.
    #[elicit(title = "Name", min_len = 2, max_len = 4)]
    name: String,
    #[elicit(description = "For the receipt", format = "email", max_len = 20)]
    email: Option<String>,
    #[elicit(format = "uri")]
    site: Option<String>,
    #[elicit(format = "date")]
    day: Option<String>,
    #[elicit(format = "date-time", rename = "at")]
    moment: Option<String>,
    #[elicit(min = LEAST, max = 120)]
    age: Option<u8>,
    #[elicit(min = 0.5)]
    ratio: Option<f32>,
    #[elicit(min_items = 1, max_items = 2)]
    states: Option<Vec<Status>>,
    r#type: Option<bool>,
}

const LEAST: u8 = 18;

#[test]
fn limits_are_told() {
    check_schema::<Limits>(
        &[
            r#""name":{"description":"Who is it?\n\nIn full.","maxLength":4,"minLength":2,"title":"Name","type":"string"}"#,
            r#""email":{"description":"For the receipt","format":"email","maxLength":20,"type":"string"}"#,
            r#""site":{"format":"uri","type":"string"}"#,
            r#""day":{"format":"date","type":"string"}"#,
            r#""at":{"format":"date-time","type":"string"}"#,
            r#""age":{"maximum":120,"minimum":18,"type":"integer"}"#,
            r#""ratio":{"minimum":0.5,"type":"number"}"#,
            r#""states":{"items":{"enum":["active","inactive","pending"],"type":"string"},"maxItems":2,"minItems":1,"type":"array"}"#,
            r#""type":{"type":"boolean"}"#,
        ]
        .join(","),
        r#"["name"]"#,
    );
}

/// What is wrong with one field of a form that is otherwise fine.
fn check_limit(field: &str, value: Value, told: Option<&str>) {
    let mut answer = json!({ "name": "Ada" });
    answer[field] = value.clone();
    let told = told.map(|told| format!("`{field}`: expected {told}, got {value}"));
    assert_eq!(read::<Limits>(answer).err(), told, "{field}: {value}");
}

#[test]
fn limits_are_enforced() {
    for name in ["\u{e4}\u{f6}", "abcd"] {
        check_limit("name", name.into(), None);
    }
    for name in ["", "a", "\u{e4}", "abcde"] {
        check_limit("name", name.into(), Some("a string of 2 to 4 characters"));
    }
    let mailbox = Some("an email address of at most 20 characters");
    check_limit("email", "joe@example.com".into(), None);
    check_limit("email", "joe".into(), mailbox);
    check_limit("email", "joe.bloggs@example.com".into(), mailbox);
    check_limit("site", "https://example.com".into(), None);
    check_limit("site", "example.com".into(), Some("a URI"));
    check_limit("day", "2024-02-29".into(), None);
    check_limit("day", "2023-02-29".into(), Some("a date such as \"2026-07-28\""));
    check_limit("at", "2024-02-29T12:00:00Z".into(), None);
    let moment = Some("a date and time such as \"2026-07-28T12:00:00Z\"");
    check_limit("at", "2024-02-29".into(), moment);
    for age in [json!(18), json!(120), json!(30.0), json!(3e1)] {
        check_limit("age", age, None);
    }
    for age in [json!(17), json!(121), json!(256), json!(-1), json!(30.5), json!("30"), json!(true)]
    {
        check_limit("age", age, Some("an integer from 18 to 120"));
    }
    check_limit("ratio", json!(0.5), None);
    check_limit("ratio", json!(1), None);
    for ratio in [json!(0.25), json!(1e300), json!("1"), json!([1])] {
        check_limit("ratio", ratio, Some("a number of at least 0.5"));
    }
    check_limit("states", json!(["active", "active"]), None);
    let list = Some("a list of 1 to 2 of `active`, `inactive` and `pending`");
    check_limit("states", json!([]), list);
    check_limit("states", json!(["active", "pending", "active"]), list);
    check_limit("states", json!([1]), list);
    check_limit("type", json!(false), None);
    check_limit("type", json!(0), Some("true or false"));
}

#[test]
fn a_field_may_be_left_out_where_it_says_so() {
    let ada = || Limits { name: "Ada".into(), ..Limits::default() };
    assert_eq!(read(json!({ "name": "Ada" })), Ok(ada()));
    assert_eq!(read(json!({ "name": "Ada", "age": null, "states": null })), Ok(ada()));
    let missing = "`name`: missing, expected a string of 2 to 4 characters";
    assert_eq!(read::<Limits>(json!({})).unwrap_err(), missing);
    assert_eq!(
        read::<Limits>(json!({ "name": null })).unwrap_err(),
        "`name`: expected a string of 2 to 4 characters, got null"
    );
}

#[test]
fn members_that_nobody_asked_for_are_ignored() {
    let answer = json!({ "name": "Ada", "nmae": 5, "moment": 5 });
    assert_eq!(read(answer), Ok(Limits { name: "Ada".into(), ..Limits::default() }));
}

#[test]
fn all_faults_are_told_and_long_values_are_cut() {
    let answer = json!({ "name": "x".repeat(1000), "age": 5, "type": {} });
    let told = [
        &format!("`name`: expected a string of 2 to 4 characters, got \"{}…", "x".repeat(79)),
        "`age`: expected an integer from 18 to 120, got 5",
        "`type`: expected true or false, got {}",
    ];
    assert_eq!(read::<Limits>(answer).unwrap_err(), told.join("; "));
}

#[derive(Debug, PartialEq, Elicit)]
struct Integers {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: i128,
    f: isize,
    g: u8,
    h: u16,
    i: u32,
    j: u64,
    k: u128,
    l: usize,
}

#[test]
fn integers_keep_the_range_of_their_type() {
    check_schema::<Integers>(
        &[
            r#""a":{"maximum":127,"minimum":-128,"type":"integer"}"#,
            r#""b":{"maximum":32767,"minimum":-32768,"type":"integer"}"#,
            r#""c":{"maximum":2147483647,"minimum":-2147483648,"type":"integer"}"#,
            r#""d":{"type":"integer"}"#,
            r#""e":{"type":"integer"}"#,
            r#""f":{"type":"integer"}"#,
            r#""g":{"maximum":255,"minimum":0,"type":"integer"}"#,
            r#""h":{"maximum":65535,"minimum":0,"type":"integer"}"#,
            r#""i":{"maximum":4294967295,"minimum":0,"type":"integer"}"#,
            r#""j":{"minimum":0,"type":"integer"}"#,
            r#""k":{"minimum":0,"type":"integer"}"#,
            r#""l":{"minimum":0,"type":"integer"}"#,
        ]
        .join(","),
        r#"["a","b","c","d","e","f","g","h","i","j","k","l"]"#,
    );
    let all = |value: Value| {
        let names = "abcdefghijkl".chars().map(|name| (name.to_string(), value.clone()));
        read::<Integers>(Value::Object(names.collect()))
    };
    assert_eq!(all(json!(7)), all(json!(7.0)));
    assert!(all(json!(7)).is_ok());
    let faults = |value: Value| {
        all(value).err().map_or(String::new(), |told| {
            told.split("; ").filter_map(|fault| fault.chars().nth(1)).collect()
        })
    };
    assert_eq!(faults(json!(-1)), "ghijkl");
    assert_eq!(faults(json!(-129)), "aghijkl");
    assert_eq!(faults(json!(70_000)), "abgh");
    assert_eq!(faults(json!(i64::MAX)), "abcghi");
    assert_eq!(faults(json!(u64::MAX)), "abcdfghi");
    // A number of double precision does not say which of several integers was meant.
    assert_eq!(faults(json!(9_007_199_254_740_991.0)), "abcghi");
    assert_eq!(faults(json!(9_007_199_254_740_992.0)), "abcdefghijkl");
    assert_eq!(faults(json!(1e300)), "abcdefghijkl");
}

#[derive(Debug, PartialEq, Elicit)]
struct Nothing;

#[derive(Debug, PartialEq, Elicit)]
struct Empty {}

#[test]
fn a_form_without_fields_is_a_question_all_the_same() {
    check_schema::<Nothing>("", "[]");
    check_schema::<Empty>("", "[]");
    assert_eq!(read(json!({ "a": 1 })), Ok(Nothing));
    assert_eq!(read(json!({})), Ok(Empty {}));
}

#[derive(Debug, PartialEq, Elicit)]
struct Broken {
    #[elicit(default = too_many(), max = 3)]
    count: u8,
}

fn too_many() -> u8 {
    4
}

#[test]
fn a_default_that_only_the_program_knows_keeps_the_limits_too() {
    assert_eq!(
        read::<Broken>(json!({})).unwrap_err(),
        "`count`: left out, and its default is not an integer from 0 to 3"
    );
    assert_eq!(read(json!({ "count": 3 })), Ok(Broken { count: 3 }));
}

/// Names that generated code could be confused by.
#[allow(dead_code)]
mod names {
    use mcp_runtime as elsewhere;
    use mcp_runtime::Elicit;

    struct Option;
    struct Some;
    struct String;
    struct Result;

    fn field() -> u8 {
        fields()
    }

    fn fields() -> u8 {
        3
    }

    #[derive(Elicit)]
    #[elicit(crate = elsewhere)]
    #[deny(warnings)]
    struct Fields {
        #[elicit(default = field(), max = Self::MOST)]
        fields: u8,
        #[elicit(default = fields())]
        content: u8,
        #[elicit(default = r#Kind::Self_, rename = "Self")]
        form: Kind,
    }

    impl Fields {
        const MOST: u8 = 9;
    }

    #[derive(Elicit)]
    #[elicit(crate = elsewhere, enum_names = false)]
    enum Kind {
        r#Box,
        Self_,
    }
}
