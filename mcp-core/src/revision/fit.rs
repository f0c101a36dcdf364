//! Fits the superset types of [`protocol`](crate::protocol) to what a revision knows.

use super::{Facts, StructuredContent};
use crate::protocol::{Implementation, Tool};
use crate::schema;

impl Facts {
    /// A tool as this revision lists it.
    ///
    /// `wraps_result` says that the output schema describes something other than an object, which
    /// revisions that want one get under the member `result`.
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

    /// A name card as this revision shows it.
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
}
