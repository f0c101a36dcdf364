//! Results of an upstream server: they pass as they came, with the URIs of this server and in the form
//! of the client's revision.

use std::borrow::Cow;

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::Content;
use mcp_core::revision::{CacheHint, Facts};

use super::naming::Naming;
use crate::component::tool::outcome::{ToolOutcome, write_structured};
use crate::context::members::Members;
use crate::context::request_meta::forwarded_members;

/// Conversion of results for one client.
#[derive(Clone, Copy)]
pub(crate) struct Forwarding<'a> {
    pub(crate) naming: &'a Naming,
    pub(crate) facts: &'static Facts,
}

impl Forwarding<'_> {
    /// Converts the result of a tool. With `wrapped`, its structured content is described as the member
    /// `result` of an object, where an object is required.
    ///
    /// # Errors
    /// A description of what the result lacks.
    pub(crate) fn tool(self, result: Raw<'_>, wrapped: bool) -> Result<ToolOutcome, String> {
        let content = present(result, "content");
        if let Some(content) = content {
            expect_list(content, "content")?;
        }
        let is_error = result.member("isError").is_some_and(|flag| flag.as_str() == "true");
        let structured = result.member("structuredContent");
        let mut members = Vec::new();
        json::members(&mut members, |members| {
            let list = members.member("content");
            write_list(list, content, |out, block| self.write_content(out, block));
            if let Some(structured) = structured {
                let json = structured.as_str().as_bytes();
                let form = self.facts.structured_content;
                write_structured(members, json, wrapped && !is_error, form);
            }
            write_others(members, result, &["content", "structuredContent", "isError"]);
        });
        let texts = content.into_iter().flat_map(Raw::elements);
        let text = texts.filter_map(|block| block.member("text")?.string()).next();
        let text = text.map(Cow::into_owned).unwrap_or_default();
        Ok(ToolOutcome::upstream(members, meta_of(result), text, is_error))
    }

    /// Converts the contents of a resource.
    ///
    /// # Errors
    /// A description of what the result lacks.
    pub(crate) fn resource(self, result: Raw<'_>) -> Result<Members, String> {
        let contents = required_list(result, "contents")?;
        let mut members = Vec::new();
        json::members(&mut members, |members| {
            let list = members.member("contents");
            write_list(list, Some(contents), |out, part| self.write_with_uri(out, part));
            write_others(members, result, &["contents", "ttlMs", "cacheScope"]);
        });
        let cache = Some(CacheHint::of_result(result));
        Ok(Members { cache, ..members_of(members, result) })
    }

    /// Converts the messages of a prompt. They are described as listed, unless they have a description.
    ///
    /// # Errors
    /// A description of what the result lacks.
    pub(crate) fn prompt(
        self,
        result: Raw<'_>,
        description: Option<&str>,
    ) -> Result<Members, String> {
        let messages = required_list(result, "messages")?;
        let own = present(result, "description");
        let mut members = Vec::new();
        json::members(&mut members, |members| {
            match own {
                Some(own) => members.raw("description", own.as_str()),
                None => members.optional("description", description),
            }
            write_list(members.member("messages"), Some(messages), |out, message| {
                write_replacing(out, message, "content", |out, content| {
                    if content.is_object() {
                        self.write_content(out, content);
                    } else {
                        write_list(out, Some(content), |out, block| self.write_content(out, block));
                    }
                });
            });
            write_others(members, result, &["description", "messages"]);
        });
        Ok(members_of(members, result))
    }

    /// Converts suggestions.
    ///
    /// # Errors
    /// A description of what the result lacks.
    pub(crate) fn completion(self, result: Raw<'_>) -> Result<Members, String> {
        let completion = result.member("completion").filter(|found| found.is_object());
        let completion = completion.ok_or("expected `completion` to be an object")?;
        required_list(completion, "values")?;
        let mut members = Vec::new();
        json::members(&mut members, |members| write_others(members, result, &[]));
        Ok(members_of(members, result))
    }

    fn write_content(self, out: &mut Vec<u8>, block: Raw<'_>) {
        let kind = block.member("type").and_then(Raw::string);
        match kind.as_deref() {
            Some("audio") if !self.facts.audio => self.write_fitted(out, block),
            Some("resource_link") if !self.facts.resource_links => self.write_fitted(out, block),
            Some("resource_link") => self.write_with_uri(out, block),
            Some("resource") => write_replacing(out, block, "resource", |out, resource| {
                self.write_with_uri(out, resource);
            }),
            _ => out.extend_from_slice(block.as_str().as_bytes()),
        }
    }

    /// Writes content of a type that the client's revision does not have.
    fn write_fitted(self, out: &mut Vec<u8>, block: Raw<'_>) {
        match block.parse::<Content>() {
            Ok(mut content) => {
                self.naming.rename_in(&mut content);
                json::value(out, &*self.facts.fit_content(&content));
            }
            Err(_) => out.extend_from_slice(block.as_str().as_bytes()),
        }
    }

    /// Writes an object with the URI that this server gives to its resource.
    fn write_with_uri(self, out: &mut Vec<u8>, object: Raw<'_>) {
        write_replacing(out, object, "uri", |out, uri| match uri.string() {
            Some(text) if self.naming.0.is_some() => {
                let mut text = text.into_owned();
                self.naming.rename(&mut text);
                json::value(out, &text);
            }
            _ => out.extend_from_slice(uri.as_str().as_bytes()),
        });
    }
}

/// Returns a member that is not `null`.
fn present<'a>(result: Raw<'a>, key: &str) -> Option<Raw<'a>> {
    result.member(key).filter(|value| value.as_str() != "null")
}

fn required_list<'a>(result: Raw<'a>, key: &str) -> Result<Raw<'a>, String> {
    let list = result.member(key).ok_or_else(|| format!("expected `{key}`, got none"))?;
    expect_list(list, key)?;
    Ok(list)
}

fn expect_list(value: Raw<'_>, key: &str) -> Result<(), String> {
    let is_list = value.as_str().starts_with('[');
    if is_list { Ok(()) } else { Err(format!("expected `{key}` to be a list")) }
}

/// Writes an array, element by element; an absent one is empty.
fn write_list(out: &mut Vec<u8>, list: Option<Raw<'_>>, write: impl Fn(&mut Vec<u8>, Raw<'_>)) {
    json::array(out, |array| {
        for element in list.into_iter().flat_map(Raw::elements) {
            write(array.element(), element);
        }
    });
}

/// Writes an object, one member of which `write` writes.
fn write_replacing(
    out: &mut Vec<u8>,
    object: Raw<'_>,
    replaced: &str,
    write: impl Fn(&mut Vec<u8>, Raw<'_>),
) {
    if !object.is_object() {
        return out.extend_from_slice(object.as_str().as_bytes());
    }
    json::object(out, |members| {
        for (key, value) in object.members() {
            let out = members.entry(&key);
            if key == replaced {
                write(out, value);
            } else {
                out.extend_from_slice(value.as_str().as_bytes());
            }
        }
    });
}

/// Writes the members of a result that are not written otherwise.
fn write_others(members: &mut Object<'_>, result: Raw<'_>, written: &[&str]) {
    for (key, value) in result.members() {
        // The envelope has its own.
        let is_written = matches!(&*key, "resultType" | "_meta") || written.contains(&&*key);
        if !is_written {
            members.entry(&key).extend_from_slice(value.as_str().as_bytes());
        }
    }
}

fn members_of(members: Vec<u8>, result: Raw<'_>) -> Members {
    Members { members: members.into(), meta: meta_of(result), ..Members::default() }
}

fn meta_of(result: Raw<'_>) -> String {
    result.member("_meta").map(|meta| forwarded_members(meta, &[])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mcp_core::revision::Revision;

    use super::*;

    fn forwarding(naming: &Naming, revision: Revision) -> Forwarding<'_> {
        Forwarding { naming, facts: revision.facts() }
    }

    fn text(members: Result<Members, String>) -> String {
        let members = members.unwrap();
        let text = String::from_utf8(members.members.to_vec()).unwrap();
        if members.meta.is_empty() { text } else { format!("{text} {}", members.meta) }
    }

    fn tool(result: &str, wrapped: bool, revision: Revision) -> String {
        let naming = Naming(Some("up".into()));
        let result = Raw::from_accepted(result);
        let outcome = forwarding(&naming, revision).tool(result, wrapped).unwrap();
        let mut out = Vec::new();
        outcome.write_members(&mut out, revision.facts());
        let meta = outcome.meta_members();
        format!("{} {meta}", String::from_utf8(out).unwrap())
    }

    #[test]
    fn results_of_tools_pass() {
        let check = |result: &str, expected: &str| {
            assert_eq!(tool(result, false, Revision::V2025_11_25).trim(), expected);
        };
        check(
            r#"{"resultType":"complete","x":1.0,"content":[{"type":"text","text":"a","y":[2]}],"_meta":{"k":1,"io.modelcontextprotocol/serverInfo":{}},"isError":false}"#,
            r#""content":[{"type":"text","text":"a","y":[2]}],"x":1.0 "k":1"#,
        );
        check(r#"{"content":null,"isError":true}"#, r#""content":[],"isError":true"#);
        check(
            r#"{"content":[{"type":"later"},{"type":"resource_link","uri":"a://b","z":1},{"type":"resource","resource":{"uri":"a://c","text":"t","w":1}}]}"#,
            r#""content":[{"type":"later"},{"type":"resource_link","uri":"a://up/b","z":1},{"type":"resource","resource":{"uri":"a://up/c","text":"t","w":1}}]"#,
        );
        check(
            r#"{"structuredContent":[1.0]}"#,
            r#""content":[],"structuredContent":{"result":[1.0]}"#,
        );
        let oldest = tool(
            r#"{"content":[{"type":"audio","data":"","mimeType":"a/b"},{"type":"resource_link","uri":"a://b","name":"n"}],"structuredContent":{}}"#,
            false,
            Revision::V2024_11_05,
        );
        assert_eq!(
            oldest.trim(),
            r#""content":[{"type":"text","text":"[audio, a/b]"},{"type":"text","text":"[n](a://up/b)"}]"#
        );
    }

    #[test]
    fn what_an_output_schema_wraps_is_wrapped() {
        let result = r#"{"content":[],"structuredContent":{"a":1}}"#;
        let wrapped = tool(result, true, Revision::V2025_11_25);
        assert!(wrapped.contains(r#""structuredContent":{"result":{"a":1}}"#), "{wrapped}");
    }

    #[test]
    fn contents_messages_and_suggestions_pass() {
        let naming = Naming(Some("up".into()));
        let forwarding = forwarding(&naming, Revision::V2025_11_25);
        let read = Raw::from_accepted(
            r#"{"contents":[{"uri":"a://b","text":"t","x":1}],"ttlMs":5,"cacheScope":"public","y":2}"#,
        );
        let members = forwarding.resource(read);
        assert_eq!(members.as_ref().unwrap().cache, Some(CacheHint::public(5)));
        let expected = r#""contents":[{"uri":"a://up/b","text":"t","x":1}],"y":2"#;
        assert_eq!(text(members), expected);
        let prompt = Raw::from_accepted(
            r#"{"messages":[{"role":"user","x":1,"content":{"type":"text","text":"t","y":2}}],"z":3,"_meta":{"k":1}}"#,
        );
        assert_eq!(
            text(forwarding.prompt(prompt, Some("d"))),
            r#""description":"d","messages":[{"role":"user","x":1,"content":{"type":"text","text":"t","y":2}}],"z":3 "k":1"#
        );
        let completion = Raw::from_accepted(r#"{"completion":{"values":["a"],"x":1},"y":2}"#);
        let expected = r#""completion":{"values":["a"],"x":1},"y":2"#;
        assert_eq!(text(forwarding.completion(completion)), expected);
    }

    #[test]
    fn results_of_another_form_are_errors() {
        let naming = Naming(None);
        let forwarding = forwarding(&naming, Revision::V2025_11_25);
        assert!(forwarding.tool(Raw::from_accepted(r#"{"content":"text"}"#), false).is_err());
        assert!(forwarding.resource(Raw::from_accepted(r#"{"contents":{}}"#)).is_err());
        assert!(forwarding.resource(Raw::from_accepted("{}")).is_err());
        assert!(forwarding.prompt(Raw::from_accepted("{}"), None).is_err());
        assert!(forwarding.completion(Raw::from_accepted(r#"{"completion":[]}"#)).is_err());
    }
}
