//! Conversion of the superset types of [`protocol`](crate::protocol) to the members of a revision.

use std::borrow::Cow;

use super::{Facts, StructuredContent};
use crate::json;
use crate::jsonrpc::Raw;
use crate::protocol::{Content, Implementation, Prompt, Resource, ResourceTemplate, Tool};
use crate::schema;

impl Facts {
    /// Converts a tool to its form in lists of this revision.
    ///
    /// With `wraps_result` the output schema does not describe an object. Revisions that require one
    /// get the value under the member `result`.
    #[doc(hidden)]
    pub fn fit_tool(&self, tool: &Tool, wraps_result: bool) -> Tool {
        let mut tool = tool.clone();
        if !self.titles {
            tool.title = None;
        }
        if !self.icons {
            tool.icons.clear();
        }
        if !self.tool_annotations {
            tool.annotations = None;
        }
        // The extension of later revisions leaves it to the server which calls are tasks.
        if !self.core_tasks() {
            tool.execution = None;
        }
        tool.output_schema = match self.structured_content {
            StructuredContent::Absent => None,
            StructuredContent::Object if wraps_result => {
                tool.output_schema.as_ref().map(schema::wrap_result)
            }
            StructuredContent::Object | StructuredContent::Any => tool.output_schema,
        };
        tool
    }

    /// Converts a resource to its form in lists of this revision.
    #[doc(hidden)]
    pub fn fit_resource(&self, resource: &Resource) -> Resource {
        let mut resource = resource.clone();
        if !self.titles {
            resource.title = None;
        }
        if !self.icons {
            resource.icons.clear();
        }
        resource
    }

    /// Converts a resource template to its form in lists of this revision.
    #[doc(hidden)]
    pub fn fit_template(&self, template: &ResourceTemplate) -> ResourceTemplate {
        let mut template = template.clone();
        if !self.titles {
            template.title = None;
        }
        if !self.icons {
            template.icons.clear();
        }
        template
    }

    /// Converts a prompt to its form in lists of this revision.
    #[doc(hidden)]
    pub fn fit_prompt(&self, prompt: &Prompt) -> Prompt {
        let mut prompt = prompt.clone();
        if !self.titles {
            prompt.title = None;
            for argument in &mut prompt.arguments {
                argument.title = None;
            }
        }
        if !self.icons {
            prompt.icons.clear();
        }
        prompt
    }

    /// Converts the description of an implementation to its form in this revision.
    #[doc(hidden)]
    pub fn fit_implementation(&self, implementation: &Implementation) -> Implementation {
        let mut implementation = implementation.clone();
        if !self.titles {
            implementation.title = None;
        }
        if !self.icons {
            implementation.icons.clear();
            implementation.website_url = None;
            implementation.description = None;
        }
        implementation
    }

    /// Converts the schema of a form to that of this revision: titles of a choice to `enumNames`, without
    /// the defaults that it does not have.
    ///
    /// # Errors
    /// The name of a field that this revision cannot have, a choice of several values.
    #[doc(hidden)]
    pub fn fit_form<'s>(&self, schema: Raw<'s>) -> Result<Cow<'s, str>, String> {
        if self.rich_forms {
            return Ok(Cow::Borrowed(schema.as_str()));
        }
        let fields = schema.member("properties").into_iter().flat_map(Raw::members);
        let several = fields.clone().find(|(_, field)| text_of(*field, "type") == "array");
        if let Some((name, _)) = several {
            return Err(name.into_owned());
        }
        Ok(Cow::Owned(json::object_string(|form| {
            for (key, value) in schema.members() {
                let out = form.entry(&key);
                match &*key {
                    "properties" => json::object(out, |properties| {
                        for (name, field) in value.members() {
                            write_plain_field(properties.entry(&name), field);
                        }
                    }),
                    _ => out.extend_from_slice(value.as_str().as_bytes()),
                }
            }
        })))
    }

    /// Converts content to a type of this revision: content of an unknown type becomes a text with its
    /// media type or link.
    #[doc(hidden)]
    pub fn fit_content<'c>(&self, content: &'c Content) -> Cow<'c, Content> {
        match content {
            Content::Audio(audio) if !self.audio => {
                Cow::Owned(Content::text(format!("[audio, {}]", audio.mime_type)))
            }
            Content::ResourceLink(link) if !self.resource_links => {
                Cow::Owned(Content::text(format!("[{}]({})", link.name, link.uri)))
            }
            other => Cow::Borrowed(other),
        }
    }
}

/// Writes a field of a form in the form of 2025-06-18.
fn write_plain_field(out: &mut Vec<u8>, field: Raw<'_>) {
    let is_boolean = text_of(field, "type") == "boolean";
    json::object(out, |members| {
        for (key, value) in field.members() {
            match &*key {
                "default" if !is_boolean => {}
                "oneOf" => {
                    let texts = |member| -> Vec<_> {
                        value.elements().map(|option| text_of(option, member)).collect()
                    };
                    members.value("enum", &texts("const"));
                    members.value("enumNames", &texts("title"));
                }
                _ => members.entry(&key).extend_from_slice(value.as_str().as_bytes()),
            }
        }
    });
}

fn text_of<'a>(object: Raw<'a>, key: &str) -> Cow<'a, str> {
    object.member(key).and_then(Raw::string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use crate::jsonrpc::Raw;
    use crate::protocol::{Content, Icon, Prompt, PromptArgument, Resource, ResourceTemplate};
    use crate::revision::Revision;

    fn check(revision: Revision, content: &Content, text: Option<&str>) {
        let fitted = revision.facts().fit_content(content);
        assert_eq!(fitted.as_text(), text, "{revision}");
    }

    #[test]
    fn content_that_a_revision_lacks_becomes_text() {
        let audio = Content::audio([0_u8], "audio/wav");
        check(Revision::V2024_11_05, &audio, Some("[audio, audio/wav]"));
        check(Revision::V2025_03_26, &audio, None);
        let link = Content::resource_link(Resource::new("file:///a", "a"));
        check(Revision::V2025_03_26, &link, Some("[a](file:///a)"));
        check(Revision::V2025_06_18, &link, None);
        check(Revision::V2024_11_05, &Content::text("t"), Some("t"));
    }

    #[test]
    fn forms_have_the_schemas_of_their_revision() {
        let check = |field: &str, expected: Option<&str>| {
            let schema = |field: &str| {
                format!(r#"{{"type":"object","properties":{{"f":{field}}},"required":["f"]}}"#)
            };
            let (given, expected) = (schema(field), expected.map(schema));
            let raw = Raw::from_accepted(&given);
            let old = Revision::V2025_06_18.facts().fit_form(raw);
            let expected = expected.ok_or_else(|| "f".to_owned());
            assert_eq!(old.map(Cow::into_owned), expected);
            for revision in [Revision::V2025_11_25, Revision::V2026_07_28] {
                assert_eq!(revision.facts().fit_form(raw).unwrap(), given, "{revision}");
            }
        };
        let same = |field: &str| check(field, Some(field));
        same(r#"{"type":"string","enum":["a"],"enumNames":["A"]}"#);
        same(r#"{"type":"boolean","default":true}"#);
        same(r#"{"type":"integer","minimum":1,"title":"default"}"#);
        check(
            r#"{"type":"string","oneOf":[{"const":"a\n","title":"A"},{"const":"b","title":"B"}],"default":"b","title":"T"}"#,
            Some(r#"{"type":"string","enum":["a\n","b"],"enumNames":["A","B"],"title":"T"}"#),
        );
        check(r#"{"default":1.5,"type":"number"}"#, Some(r#"{"type":"number"}"#));
        check(r#"{"type":"array","items":{"type":"string","enum":["a"]}}"#, None);
    }

    #[test]
    fn titles_and_icons_are_for_the_revisions_that_know_them() {
        let json = |facts: &crate::revision::Facts| {
            let icon = || Icon::new("x:y");
            let argument = PromptArgument::new("a").title("A");
            let prompt = Prompt::new("p").title("P").icon(icon()).argument(argument);
            let resource = Resource::new("a:b", "r").title("R").icon(icon());
            let template = ResourceTemplate::new("a:{b}", "t").title("T").icon(icon());
            serde_json::json!([
                facts.fit_prompt(&prompt),
                facts.fit_resource(&resource),
                facts.fit_template(&template),
            ])
            .to_string()
        };
        let oldest = json(Revision::V2024_11_05.facts());
        assert!(!oldest.contains("title") && !oldest.contains("icons"), "{oldest}");
        let newest = json(Revision::V2026_07_28.facts());
        assert_eq!(newest.matches("title").count(), 4, "{newest}");
        assert_eq!(newest.matches("icons").count(), 3, "{newest}");
    }
}
