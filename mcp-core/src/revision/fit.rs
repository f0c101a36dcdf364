//! Conversion of the superset types of [`protocol`](crate::protocol) to the members of a revision.

use std::borrow::Cow;

use super::{Facts, StructuredContent};
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

#[cfg(test)]
mod tests {
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
