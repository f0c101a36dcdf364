//! A serialized result, without the members that the framework
//! writes itself.

use mcp_core::json::{self, not_finite};
use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::Meta;
use mcp_core::revision::CacheHint;
use serde::Serialize;

/// The members of a result, rendered.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) members: Vec<u8>,
    /// Members of `_meta`, without the braces.
    pub(crate) meta: String,
    pub(crate) result_type: Option<Box<str>>,
    /// Cache hint of the result, if it has one.
    pub(crate) cache: Option<CacheHint>,
}

impl Rendered {
    /// Serializes a value. `null` has no members.
    ///
    /// # Errors
    /// The reason why the value is not a JSON object.
    pub(crate) fn of<R: Serialize + ?Sized>(result: &R) -> Result<Self, String> {
        Self::with(result, |_| None)
    }

    /// Serializes a value and extracts its cache hint, if it has one.
    ///
    /// # Errors
    /// The reason why the value is not a JSON object.
    pub(crate) fn of_cacheable<R: Serialize + ?Sized>(result: &R) -> Result<Self, String> {
        Self::with(result, cache_hint)
    }

    fn with<R: Serialize + ?Sized>(
        result: &R,
        cache: fn(Raw<'_>) -> Option<CacheHint>,
    ) -> Result<Self, String> {
        let json = json::try_to_string(result).map_err(|error| error.to_string())?;
        if let Some(found) = not_finite(result, json.as_bytes()) {
            return Err(found.to_string());
        }
        let json = json::one_line(&json);
        let object = Raw::from_accepted(json.trim());
        if object.as_str() == "null" {
            return Ok(Self::default());
        }
        if !object.is_object() {
            return Err("it is not an object".into());
        }
        let mut rendered = Self { cache: cache(object), ..Self::default() };
        let mut members = Vec::with_capacity(json.len());
        json::members(&mut members, |members| {
            for (key, value) in object.members() {
                match &*key {
                    "ttlMs" | "cacheScope" if rendered.cache.is_some() => {}
                    "resultType" => rendered.result_type = value.string().map(Into::into),
                    "_meta" => rendered.meta = without_braces(value.as_str()).into(),
                    _ => members.entry(&key).extend_from_slice(value.as_str().as_bytes()),
                }
            }
        });
        rendered.members = members;
        Ok(rendered)
    }
}

/// Returns the members of a `_meta` as JSON without the braces; empty for none.
pub(crate) fn meta_members(meta: Option<&Meta>) -> String {
    let Some(meta) = meta else { return String::new() };
    json::members_string(|members| {
        for (key, value) in &meta.0 {
            json::value(members.entry(key), value);
        }
    })
}

/// Returns the cache hint of a result, if both of its members are present and valid.
fn cache_hint(object: Raw<'_>) -> Option<CacheHint> {
    let ttl_ms = object.member("ttlMs")?.as_str().parse().ok()?;
    match &*object.member("cacheScope")?.string()? {
        "private" => Some(CacheHint::private(ttl_ms)),
        "public" => Some(CacheHint::public(ttl_ms)),
        _ => None,
    }
}

fn without_braces(object: &str) -> &str {
    let inner = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(value: Value, expected: Option<(&str, &str, Option<&str>)>) {
        let rendered = Rendered::of(&value).ok();
        let found = rendered.as_ref().map(|rendered| {
            let members = std::str::from_utf8(&rendered.members).unwrap();
            (members, rendered.meta.as_str(), rendered.result_type.as_deref())
        });
        assert_eq!(found, expected, "{value}");
    }

    #[test]
    fn what_the_framework_writes_is_set_apart() {
        check(json!({ "a": 1, "b": [2] }), Some((r#""a":1,"b":[2]"#, "", None)));
        check(
            json!({ "_meta": { "x": 1 }, "a": 1, "resultType": "t" }),
            Some((r#""a":1"#, r#""x":1"#, Some("t"))),
        );
        check(json!({ "_meta": 1 }), Some(("", "", None)));
        check(json!({}), Some(("", "", None)));
        check(Value::Null, Some(("", "", None)));
        check(json!([1]), None);
        check(json!("a"), None);
    }

    #[test]
    fn cache_hints_are_set_apart_where_they_are_whole() {
        let check = |value: Value, members: &str, hint: Option<(u64, bool)>| {
            let rendered = Rendered::of_cacheable(&value).unwrap();
            assert_eq!(std::str::from_utf8(&rendered.members).unwrap(), members);
            assert_eq!(rendered.cache.map(|hint| (hint.ttl_ms, hint.private)), hint);
        };
        let whole = json!({ "a": 1, "cacheScope": "public", "ttlMs": 5 });
        check(whole, r#""a":1"#, Some((5, false)));
        check(json!({ "cacheScope": "private", "ttlMs": 0 }), "", Some((0, true)));
        check(json!({ "ttlMs": 5 }), r#""ttlMs":5"#, None);
        let other = json!({ "cacheScope": "other", "ttlMs": 5 });
        check(other, r#""cacheScope":"other","ttlMs":5"#, None);
        let negative = json!({ "cacheScope": "public", "ttlMs": -1 });
        check(negative, r#""cacheScope":"public","ttlMs":-1"#, None);
    }
}
