//! Properties of every template, every value and every URI.

#![allow(missing_docs)]

use mcp_core::uri::{MAX_URI_LEN, UriTemplate, normal_form};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Strategy for expressions whose names are used once.
fn template() -> impl Strategy<Value = String> {
    let expression = prop::sample::select(vec![
        "{@}", "{+@}", "{#@}", "{.@}", "{/@}", "{;@}", "{?@}", "{&@}", "{@,@}", "{/@,@}", "{?@,@}",
        "{@*}", "{/@*}", "{.@*}", "{?@*}", "{@:3}", "{;@*}", "{+@,@}", "{#@*}",
    ]);
    let text = prop::sample::select(vec!["", "/", "-", "x", "/ab/", "?", ".", "%C3%B6", "41", ","]);
    prop::collection::vec((text, expression), 0..5).prop_map(|pieces| {
        let mut template = "a://".to_owned();
        let mut count = 0;
        for (text, expression) in pieces {
            template.push_str(text);
            for c in expression.chars() {
                if c == '@' {
                    template.push_str(&format!("v{count}"));
                    count += 1;
                } else {
                    template.push(c);
                }
            }
        }
        template
    })
}

/// Strategy for hostile text: separators, encodings, their prefixes, dots, other alphabets.
fn odd_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "..",
            ".",
            "%",
            "%2",
            "%2F",
            "%2e",
            "%C3",
            "%B6",
            "ö",
            "?",
            "#",
            "&",
            "=",
            ",",
            ";",
            "v0",
            "v1",
            "41",
            "ab",
            "x",
            "-",
            "\\",
            "%00",
            "%5c",
            " ",
            "日",
            "%f0%9f%98%80",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// `true` if the end of names and values is not delimited, as in `{?a}x` and `{?a}{.b}`.
fn has_open_end(template: &str) -> bool {
    let pieces: Vec<_> = template.split('{').collect();
    pieces.iter().enumerate().any(|(index, piece)| {
        let Some((_, text)) = piece.split_once('}') else { return false };
        let next = pieces.get(index + 1).copied();
        let is_open = match (text, next) {
            ("", None) => false,
            ("", Some(next)) => !next.starts_with([';', '?', '&', '/', '#']),
            (text, _) => !text.starts_with('/'),
        };
        piece.starts_with([';', '?', '&']) && is_open
    })
}

fn is_plain_segment(value: &str) -> bool {
    !value.is_empty() && !value.contains('/') && has_no_way_out(value)
}

fn has_no_way_out(value: &str) -> bool {
    !value.contains('\0') && !value.split(['/', '\\']).any(|part| matches!(part, "." | ".."))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(500)
    })]

    #[test]
    fn any_text_is_a_template_or_a_fault(text in odd_text(), braces in any::<Vec<bool>>()) {
        let mut text = text;
        for (index, brace) in braces.iter().enumerate().take(8) {
            let at = text.char_indices().nth(index * 2).map_or(text.len(), |(at, _)| at);
            text.insert(at, if *brace { '{' } else { '}' });
        }
        for candidate in [text.clone(), format!("a:{text}")] {
            if let Err(error) = UriTemplate::parse(&candidate) {
                prop_assert!(error.at <= candidate.len());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn a_normal_form_is_its_own(scheme in "[a-zA-Z]{1,4}", slashes in "/{0,3}", text in odd_text()) {
        let uri = format!("{scheme}:{slashes}{text}");
        if let Some(normal) = normal_form(&uri) {
            let again = normal_form(&normal);
            prop_assert_eq!(again.as_deref(), Some(&*normal));
            prop_assert!(normal.is_ascii());
        }
    }

    /// With one value for each variable, and text around them that no value can have, expanding and
    /// matching returns the values. (`{+path}` keeps encodings in a value, so its values have no `%`.)
    #[test]
    fn what_was_expanded_is_found_again(
        values in prop::collection::vec(
            odd_text().prop_filter("a segment", |value| is_plain_segment(value)), 4),
        path in "[a-z/]{1,3}(/[a-zö ?#&]{1,3}){0,3}",
    ) {
        let template = UriTemplate::parse("a://h/{v0}/{v1}{;v2}/p{?v3}").unwrap();
        let names = ["v0", "v1", "v2", "v3"];
        let pairs: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        let uri = template.expand(pairs.iter().copied());
        let captures = template.matches(&uri);
        prop_assert!(captures.is_some(), "{uri}");
        let captures = captures.unwrap();
        prop_assert_eq!(captures.iter().collect::<Vec<_>>(), pairs);

        let template = UriTemplate::parse("a://h/{+path}").unwrap();
        let uri = template.expand([("path", &*path)]);
        if has_no_way_out(&path) && !path.starts_with('/') {
            let captures = template.matches(&uri);
            prop_assert!(captures.is_some(), "{uri}");
            let captures = captures.unwrap();
            prop_assert_eq!(captures.get("path"), Some(&*path));
        } else {
            prop_assert_eq!(template.matches(&uri), None);
        }
    }

    /// A template matches its expansion, and the values found in it expand to the same URI.
    #[test]
    fn every_template_matches_what_it_expands_to(
        text in template(),
        values in prop::collection::vec("[a-zö]{1,3}", 12),
    ) {
        if has_open_end(&text) {
            return Ok(());
        }
        let Ok(template) = UriTemplate::parse(&text) else { return Ok(()) };
        let names: Vec<String> = template.variables().map(str::to_owned).collect();
        let pairs: Vec<_> =
            names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        let uri = template.expand(pairs.iter().copied());
        let captures = template.matches(&uri);
        prop_assert!(captures.is_some(), "{text} {uri}");
        let captures = captures.unwrap();
        prop_assert_eq!(template.expand(captures.iter()), uri, "{}", text);
        prop_assert!(template.is_ambiguous_with(&template));
    }

    #[test]
    fn no_value_leads_out(text in template(), uri in odd_text(), values in prop::collection::vec(odd_text(), 12)) {
        let Ok(template) = UriTemplate::parse(&text) else { return Ok(()) };
        // A valid prefix with a hostile suffix.
        let names: Vec<String> = template.variables().map(str::to_owned).collect();
        let pairs = names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
        let expanded = template.expand(pairs);
        let raw = names.iter().zip(&values).fold(text.clone(), |raw, (name, value)| {
            raw.replace(&format!("{{{name}}}"), value).replace(&format!("{{+{name}}}"), value)
        });
        for uri in [format!("a://{uri}"), expanded, raw, uri] {
            let Some(captures) = template.matches(&uri) else { continue };
            for (name, value) in captures.iter() {
                prop_assert!(has_no_way_out(value), "{text} {uri} {name} {value}");
                let only_segments = text.contains(&format!("{{{name}}}"))
                    || text.contains(&format!("{{/{name}"))
                    || text.contains(&format!("{{.{name}"));
                prop_assert!(!only_segments || !value.contains('/'), "{text} {uri} {value}");
            }
        }
    }

    /// If a URI matches two templates, they overlap.
    #[test]
    fn overlaps_are_seen(left in template(), right in template(), values in prop::collection::vec("[a-z]{1,2}", 12)) {
        let (Ok(left), Ok(right)) = (UriTemplate::parse(&left), UriTemplate::parse(&right)) else {
            return Ok(());
        };
        let names: Vec<String> = left.variables().map(str::to_owned).collect();
        let pairs = names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
        let uri = left.expand(pairs);
        if right.matches(&uri).is_some() && left.specificity() == right.specificity() {
            prop_assert!(left.is_ambiguous_with(&right), "{left} {right} {uri}");
        }
    }
}

/// A matcher with backtracking would not end here: the text after an `x` can be matched in very many
/// ways, and the `x` is missing. The last has 100 variables.
#[test]
fn hostile_uris_end() {
    let repeat = |filling: &str| {
        let end = "!#!";
        format!("a://{}{end}", filling.repeat((MAX_URI_LEN - 4 - end.len()) / filling.len()))
    };
    let many: String = (0..98).map(|number| format!("-{{+v{number}}}")).collect();
    for (template, filling) in [
        ("a://{+p}x{+a}-{+b}-{+c}-{+d}-{+e}#{f}".to_owned(), "-"),
        ("a://{+p}x{+a}-{b}a{c}a{d}a{e}a{f}#{g}".to_owned(), "a"),
        ("a://{+p}x{/a*}{.b*}{/c*}{.d*}!{#e}".to_owned(), "/a.b"),
        ("a://{+p}x{+a}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!#!".to_owned(), "a"),
        ("a://{+p}x{a*},{b*},{c*}#{d}".to_owned(), ",1"),
        ("a://{+p}x{+a}%C3%B6{+b}%C3%B6{+c}!{#d}".to_owned(), "%C3%B6"),
        ("a://{+p}x{+p2}?{?a,b*}&{c}#{d}".to_owned(), "?b&"),
        (format!("a://{{+p}}x{many}#{{f}}"), "-"),
    ] {
        let parsed = UriTemplate::parse(&template).unwrap();
        assert_eq!(parsed.matches(&repeat(filling)), None, "{template}");
    }
}
