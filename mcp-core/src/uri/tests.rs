use super::{MAX_TEMPLATE_LEN, MAX_URI_LEN, MAX_VARIABLES, TemplateErrorKind, UriTemplate};

fn template(text: &str) -> UriTemplate {
    UriTemplate::parse(text).unwrap_or_else(|error| panic!("{text} {error}"))
}

/// Formats values as `name=value name=value`; `None` if the URI does not match.
fn check(text: &str, uri: &str, expected: Option<&str>) {
    let captures = template(text).matches(uri);
    let found = captures.map(|captures| {
        let pairs: Vec<_> =
            captures.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    });
    assert_eq!(found.as_deref(), expected, "{text} and {uri}");
}

#[test]
fn one_segment() {
    check("users://{id}", "users://42", Some("id=42"));
    check("users://{id}", "users://", None);
    check("users://{id}", "users://4/2", None);
    check("users://{id}", "users://a@b.com", Some("id=a@b.com"));
    check("users://{id}", "users://42?x=1", None);
    check("users://{id}", "users://42#x", None);
    check("users://{id}/profile", "users://42/profile", Some("id=42"));
    check("users://{id}/profile", "users://42/profiles", None);
    check("users://{id}/profile", "other://42/profile", None);
    check("db://{table}/{key}.json", "db://a/b.json.json", Some("table=a key=b.json"));
    check("a://{x}-{y}", "a://1-2-3", Some("x=1-2 y=3"));
    check("a://{x:2}{/y}", "a://12/3", Some("x=12 y=3"));
    check("a://{x:2}", "a://123", None);
    check("a://{x:2}", "a://%C3%B6%C3%B6", Some("x=öö"));
    check("a://x", "a://x", Some(""));
    check("a://x", "a://xx", None);
    check("a://aab{x}aab", "a://aabaabaab", Some("x=aab"));
    check("a://{x}aab", "a://aaaab", Some("x=aa"));
}

#[test]
fn several_segments() {
    check("file:///{+path}", "file:///src/main.rs", Some("path=src/main.rs"));
    check("file:///{+path}", "file:///a?b#c", Some("path=a?b#c"));
    check("repo://{+dir}/{name}", "repo://a/b/c", Some("dir=a/b name=c"));
    check("repo://{+dir}/raw/{name}", "repo://a/raw/raw/c", Some("dir=a/raw name=c"));
    check("repo://{+dir}{?q}", "repo://a/b?q=1", Some("dir=a/b q=1"));
    check("repo://{+dir}{#at}", "repo://a/b#L1", Some("dir=a/b at=L1"));
    check("repo://x{#at}", "repo://x", None);
    check("repo://r{/path*}", "repo://r", Some(""));
    check("repo://r{/path*}", "repo://r/a/b%20c", Some("path=a path=b c"));
    check("repo://r{/path*}", "repo://r/a//b", None);
    check("repo://r{/path*}/end", "repo://r/a/end", Some("path=a"));
    check("repo://r{/a,b}", "repo://r/1/2", Some("a=1 b=2"));
    check("repo://r{/a,b}", "repo://r/1", None);
}

#[test]
fn labels_lists_and_parameters() {
    check("a://{name}{.ext}", "a://archive.tar.gz", Some("name=archive.tar ext=gz"));
    check("a://x{.parts*}", "a://x.a.b", Some("parts=a parts=b"));
    check("a://{x,y}", "a://1,2", Some("x=1 y=2"));
    check("a://{x,y}", "a://1,2,3", None);
    check("a://{x*}", "a://1,2,3", Some("x=1 x=2 x=3"));
    check("a://{+x,y}", "a://1/2,3/4", Some("x=1/2 y=3/4"));
    check("a://h{;x,y}", "a://h;y=2;x=1", Some("x=1 y=2"));
    check("a://h{;x,y}", "a://h;x", Some("x="));
    check("a://h{;x,y}", "a://h", Some(""));
    check("a://{h}{;x}", "a://h;x=1", Some("h=h x=1"));
    check("a://{h}", "a://h;x=1", Some("h=h;x=1"));
}

#[test]
fn queries_are_told_apart_by_name() {
    check("a://s{?q,n}", "a://s?q=1&n=2", Some("q=1 n=2"));
    check("a://s{?q,n}", "a://s?n=2&q=1", Some("q=1 n=2"));
    check("a://s{?q,n}", "a://s?n=2", Some("n=2"));
    check("a://s{?q,n}", "a://s", Some(""));
    check("a://s{?q,n}", "a://s?", None);
    check("a://s{?q,n}", "a://s?other=1", None);
    check("a://s{?q,n}", "a://s?q=1&q=2", None);
    check("a://s{?q*}", "a://s?q=1&q=2", Some("q=1 q=2"));
    check("a://s{?q}{&n}", "a://s?n=2&q=1", Some("q=1 n=2"));
    check("a://s?fixed=1{&n}", "a://s?fixed=1&n=2", Some("n=2"));
    check("a://s{?q}", "a://s?q=src/main.rs", Some("q=src/main.rs"));
    check("a://s{?q}", "a://s?q=a%26b%3Dc=d", Some("q=a&b=c=d"));
    check("a://s{?q:2}", "a://s?q=123", None);
}

#[test]
fn values_are_decoded_once() {
    check("a://{x}", "a://a%20b", Some("x=a b"));
    check("a://{x}", "a://%C3%B6", Some("x=ö"));
    check("a://{x}", "a://%c3%b6", Some("x=ö"));
    check("a://{x}", "a://ö", Some("x=ö"));
    check("a://{x}", "a://a b", Some("x=a b"));
    check("a://{x}", "a://%252e%252e", Some("x=%2e%2e"));
    check("a://ö/{x}", "a://%c3%B6/1", Some("x=1"));
    check("a://%c3%b6/{x}", "a://ö/1", Some("x=1"));
    // Encodings of invalid UTF-8, incomplete ones, and ones that are cut in two.
    check("a://{x}", "a://%C3", None);
    check("a://{x}", "a://%FF%FE", None);
    check("a://{x}", "a://%", None);
    check("a://{x}", "a://%4", None);
    check("a://{x}", "a://%4ö", None);
    check("a://{x}", "a://%zz", None);
    check("a://{x}%B6", "a://%C3%B6", None);
    check("a://{x}41", "a://%41", None);
    check("a://{x}", "a://a\nb", None);
}

#[test]
fn values_do_not_lead_out() {
    for part in ["..", ".", "%2e%2e", "%2E.", "a%2Fb", "%2F", "..%2Fx", "..%5Cx", "x%5C..", "a%00b"]
    {
        check("a://{x}", &format!("a://{part}"), None);
        check("a://y/{x}/z", &format!("a://y/{part}/z"), None);
        check("a://y{/x*}", &format!("a://y/b/{part}"), None);
    }
    for path in [
        "..",
        "../x",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "%2e%2e/x",
        "a/%2e%2E/b",
        "a%2f..%2fb",
        "..\\x",
        "a%5C..%5Cb",
        "/etc/passwd",
        "%2Fetc/passwd",
        "%5C%5Chost",
        "a%00",
    ] {
        check("file:///{+path}", &format!("file:///{path}"), None);
    }
    check("a://s{?q}", "a://s?q=../x", None);
    check("a://s{?q}", "a://s?q=%2e%2e", None);
    check("file:///{+path}", "file:///...", Some("path=..."));
    check("file:///{+path}", "file:///a..b/.c", Some("path=a..b/.c"));
    check("file:///{+path}", "file:///a%2Fb", Some("path=a/b"));
    // This template takes an absolute path.
    check("file://{+path}", "file:///etc/hosts", Some("path=/etc/hosts"));
    check("repo://{+path}", "repo:///etc/hosts", None);
}

#[test]
fn equivalent_uris_match() {
    check("Notes://{id}", "notes://Ada", Some("id=Ada"));
    check("notes://{id}", "NOTES://Ada", Some("id=Ada"));
    check("notes://Desk/{id}", "nOtes://dESK/Ada", Some("id=Ada"));
    check("notes://Desk{/path*}", "notes://DESK/A/b", Some("path=A path=b"));
    check("notes://desk{?q}", "notes://DESK?q=A", Some("q=A"));
    check("notes://a/café/%7e/{id}", "notes://a/caf%c3%a9/~/%41", Some("id=A"));
    check("notes://a/~x/{id}", "notes://a/%7Ex/%7e", Some("id=~"));
    // Only scheme and host have no case, and not where they are values.
    check("notes://desk/A/{id}", "notes://desk/a/Ada", None);
    check("notes://desk-{name}/{id}", "notes://desk-Ada/1", Some("name=Ada id=1"));
    check("notes://desk-{name}/{id}", "notes://DESK-Ada/1", None);
    check("{+uri}", "HTTP://Example.com/A", Some("uri=HTTP://Example.com/A"));
    assert!(template("A://X/{b}").is_ambiguous_with(&template("a://x/{c}")));
    assert!(!template("a://x/A/{b}").is_ambiguous_with(&template("a://x/a/{c}")));
    assert_eq!(template("A://X/%7E{b}").expand([("b", "C")]), "A://X/%7EC");
}

#[test]
fn bounds() {
    let long = |length: usize| format!("a:{}", "b".repeat(length - 2));
    assert!(UriTemplate::parse(&long(MAX_TEMPLATE_LEN)).is_ok());
    assert!(UriTemplate::parse(&long(MAX_TEMPLATE_LEN + 1)).is_err());
    let many = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("v{number}")).collect();
        UriTemplate::parse(&format!("a://x{{?{}}}", names.join(",")))
    };
    assert!(many(MAX_VARIABLES).is_ok());
    assert!(many(MAX_VARIABLES + 1).is_err());
    let any = template("a:{+x}");
    assert!(any.matches(&long(MAX_URI_LEN)).is_some());
    assert!(any.matches(&long(MAX_URI_LEN + 1)).is_none());
}

#[test]
fn the_more_specific_template_is_greater() {
    let check = |less: &str, more: &str| {
        assert!(template(less).specificity() < template(more).specificity(), "{less} {more}");
    };
    check("users://{id}", "users://me");
    check("users://{+any}", "users://{id}");
    check("users://{id}", "users://{id}/profile");
    check("users://{id}{?q}", "users://{id}");
    check("users://{a}/{b}", "users://{a}/b");
}

#[test]
fn ambiguity() {
    let check = |left: &str, right: &str, expected: bool| {
        let (left, right) = (template(left), template(right));
        assert_eq!(left.is_ambiguous_with(&right), expected, "{left} {right}");
        assert_eq!(right.is_ambiguous_with(&left), expected, "{right} {left}");
        assert!(left.is_ambiguous_with(&left));
    };
    check("users://{id}", "users://{name}", true);
    check("users://{id}", "teams://{id}", false);
    check("users://{id}", "users://{+id}", false);
    check("a://{x}/b", "a://a/{y}", true);
    check("a://{x}/b", "a://{x}/c", false);
    check("a://{x}/bb", "a://a/b{y}", true);
    check("a://s{?q}", "a://s{?p}", true);
    check("a://s{/q*}", "a://s{?p*}", true);
    check("a://s/{q}", "a://s-{q}", false);
    check("a://x{+y}", "a://{y}x", false);
}

/// Rows of the file that also tests the macros.
fn corpus() -> impl Iterator<Item = [&'static str; 3]> {
    let rows = include_str!("../../tests/uri_templates.txt").lines();
    rows.filter(|row| !row.is_empty() && !row.starts_with('#')).map(|row| {
        let columns: Vec<_> = row.split('\t').collect();
        columns.try_into().unwrap_or_else(|_| panic!("{row:?} has three columns"))
    })
}

fn word(kind: &TemplateErrorKind) -> &'static str {
    match kind {
        TemplateErrorKind::TooLong => "long",
        TemplateErrorKind::TooManyVariables => "many",
        TemplateErrorKind::NoScheme => "scheme",
        TemplateErrorKind::Character(_) => "character",
        TemplateErrorKind::Percent => "percent",
        TemplateErrorKind::Unclosed => "unclosed",
        TemplateErrorKind::Unopened => "unopened",
        TemplateErrorKind::Operator(_) => "operator",
        TemplateErrorKind::NoVariable => "variable",
        TemplateErrorKind::Name(_) => "name",
        TemplateErrorKind::Modifier => "modifier",
        TemplateErrorKind::Repeated(_) => "repeated",
        TemplateErrorKind::Adjacent(_) => "adjacent",
    }
}

#[test]
fn every_template_of_the_corpus() {
    for [kind, text, expected] in corpus() {
        let parsed = UriTemplate::parse(text);
        match (kind, &parsed) {
            ("good", Ok(template)) => {
                assert_eq!(template.variables().collect::<Vec<_>>().join(","), expected, "{text}");
                assert_eq!(template.is_literal(), expected.is_empty(), "{text}");
                assert_eq!(template.as_str(), text);
            }
            ("bad", Err(error)) => {
                assert_eq!(word(&error.kind), expected, "{text} {error}");
                assert!(error.at <= text.len(), "{text} {error}");
            }
            _ => panic!("{text} is not {kind}: {parsed:?}"),
        }
    }
}

#[test]
fn errors_have_messages() {
    let check = |text: &str, expected: &str| {
        assert_eq!(UriTemplate::parse(text).unwrap_err().to_string(), expected);
    };
    check("users", "does not start with a scheme; write it as in `users://{id}`");
    check("a://{id", "has a `{` at byte 4 that is not closed");
    check("a://x y", "has ' ' at byte 5, which no URI can have; encode it");
    check("a://{user-id}", "has '-' in the name of a variable at byte 9");
    check("a://{x}/{x}", "has the variable `x` twice");
    check(
        "a://{x}{y}",
        "has nothing before `y` that tells where it starts; put text between the two expressions",
    );
}

#[test]
fn optional_variables_and_lists() {
    let all = template("a://{x}{/y*}{.z}{?q,r*}{#f}");
    let names = |asked: &dyn Fn(&str) -> bool| {
        all.variables().filter(|name| asked(name)).collect::<Vec<_>>().join(",")
    };
    assert_eq!(names(&|name| all.is_optional(name)), "y,q,r");
    assert_eq!(names(&|name| all.is_list(name)), "y,r");
}

/// Examples of section 3.2 of RFC 6570, except for associative arrays, which are not supported.
#[test]
fn expansions_of_the_rfc() {
    const VALUES: [(&str, &str); 14] = [
        ("count", "one"),
        ("count", "two"),
        ("count", "three"),
        ("dub", "me/too"),
        ("hello", "Hello World!"),
        ("half", "50%"),
        ("var", "value"),
        ("who", "fred"),
        ("base", "http://example.com/home/"),
        ("path", "/foo/bar"),
        ("v", "6"),
        ("x", "1024"),
        ("y", "768"),
        ("empty", ""),
    ];
    for (expression, expected) in [
        ("{count}", "one,two,three"),
        ("{count*}", "one,two,three"),
        ("{/count}", "/one,two,three"),
        ("{/count*}", "/one/two/three"),
        ("{;count}", ";count=one,two,three"),
        ("{;count*}", ";count=one;count=two;count=three"),
        ("{?count}", "?count=one,two,three"),
        ("{?count*}", "?count=one&count=two&count=three"),
        ("{&count*}", "&count=one&count=two&count=three"),
        ("{hello}", "Hello%20World%21"),
        ("{half}", "50%25"),
        ("O{empty}X", "OX"),
        ("O{undef}X", "OX"),
        ("{x,hello,y}", "1024,Hello%20World%21,768"),
        ("?{x,empty}", "?1024,"),
        ("?{x,undef}", "?1024"),
        ("?{undef,y}", "?768"),
        ("{var:3}", "val"),
        ("{var:30}", "value"),
        ("{+hello}", "Hello%20World!"),
        ("{+half}", "50%25"),
        ("{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"),
        ("{+base}index", "http://example.com/home/index"),
        ("here?ref={+path}", "here?ref=/foo/bar"),
        ("{+path:6}/here", "/foo/b/here"),
        ("{#path,x}/here", "#/foo/bar,1024/here"),
        ("{#path:6}here", "#/foo/bhere"),
        ("foo{#empty}", "foo#"),
        ("foo{#undef}", "foo"),
        ("{.half,who}", ".50%25.fred"),
        ("X{.empty}", "X."),
        ("X{.undef}", "X"),
        ("X{.count*}", "X.one.two.three"),
        ("{/half,who}", "/50%25/fred"),
        ("{/var,x}/here", "/value/1024/here"),
        ("{/var:1}", "/v"),
        ("{/var,empty}", "/value/"),
        ("{;x,y,empty}", ";x=1024;y=768;empty"),
        ("{;v,empty,who}", ";v=6;empty;who=fred"),
        ("{;hello:5}", ";hello=Hello"),
        ("{?x,y,empty}", "?x=1024&y=768&empty="),
        ("{?x,y,undef}", "?x=1024&y=768"),
        ("{?var:3}", "?var=val"),
        ("?fixed=yes{&x}", "?fixed=yes&x=1024"),
        ("{&x,y,empty}", "&x=1024&y=768&empty="),
    ] {
        let found = template(&format!("a:{expression}")).expand(VALUES);
        assert_eq!(found, format!("a:{expected}"), "{expression}");
    }
}
