//! URI templates: parsing, matching and expansion.

use mcp_core::uri::{MAX_TEMPLATE_LEN, UriTemplate, normal_form};

use super::first_line;

/// Takes the first line of a text as a template and the rest as a URI. What matches expands to a URI that
/// matches again, with the same values; a normal form is its own normal form.
///
/// # Panics
/// If a property does not hold.
pub fn uri_templates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (template, uri) = first_line(&text);
    if let Some(normal) = normal_form(uri) {
        assert_eq!(normal_form(&normal).as_deref(), Some(&*normal), "{uri}");
    }
    let Ok(parsed) = UriTemplate::parse(template) else { return };
    assert!(template.len() <= MAX_TEMPLATE_LEN);
    assert_eq!(parsed.as_str(), template);
    assert!(parsed.is_ambiguous_with(&parsed), "{template} matches what it matches");
    let variables: Vec<_> = parsed.variables().collect();
    let Some(captures) = parsed.matches(uri) else { return };
    assert!(captures.iter().all(|(name, _)| variables.contains(&name)), "{captures:?}");
    for variable in &variables {
        let count = captures.all(variable).count();
        assert!(count <= 1 || parsed.is_list(variable), "{template} {uri}");
        assert!(count > 0 || parsed.is_optional(variable), "{template} {uri}");
    }
    // A reserved expansion leaves what looks encoded as it is, so such values do not come back.
    if captures.iter().any(|(_, value)| value.contains('%')) {
        return;
    }
    let expanded = parsed.expand(captures.iter());
    let again = parsed.matches(&expanded);
    let pairs = |captures: &mcp_core::uri::Captures| {
        let mut pairs: Vec<_> =
            captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        // A query has its variables in any order; the items of a list keep theirs.
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs
    };
    assert_eq!(
        again.as_ref().map(pairs),
        Some(pairs(&captures)),
        "{template} matches {uri}, which expands to {expanded}"
    );
}
