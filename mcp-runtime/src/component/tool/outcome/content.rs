//! Results that are content already.

use mcp_core::protocol::{
    AudioContent, CallToolResult, Content, EmbeddedResource, ImageContent, Resource, TextContent,
};

use super::{Audio, Image, ResultSchema, Shape, ToolOutcome, ToolReply, ToolResult, ViaContent};

/// A type whose values are pieces of content.
trait Pieces {
    fn append_to(self, content: &mut Vec<Content>);
}

macro_rules! pieces {
    ($($type:ty)*) => {$(
        impl Pieces for $type {
            fn append_to(self, content: &mut Vec<Content>) {
                content.push(self.into());
            }
        }
    )*};
}

pieces! { Content TextContent ImageContent AudioContent EmbeddedResource Image Audio }

impl Pieces for Resource {
    fn append_to(self, content: &mut Vec<Content>) {
        content.push(Content::resource_link(self));
    }
}

impl<T: Pieces> Pieces for Option<T> {
    fn append_to(self, content: &mut Vec<Content>) {
        self.into_iter().for_each(|piece| piece.append_to(content));
    }
}

impl<T: Pieces> Pieces for Vec<T> {
    fn append_to(self, content: &mut Vec<Content>) {
        self.into_iter().for_each(|piece| piece.append_to(content));
    }
}

#[diagnostic::do_not_recommend]
impl<T: Pieces> ToolResult<ViaContent> for T {
    fn describe() -> ResultSchema {
        ResultSchema::unstructured()
    }

    fn into_reply(self, _: Shape) -> ToolReply {
        let mut content = Vec::new();
        self.append_to(&mut content);
        Ok(ToolOutcome::content(content))
    }
}

/// Marks [`CallToolResult`], which is a whole result, as a [`ToolResult`].
#[derive(Debug)]
pub enum ViaResult {}

#[diagnostic::do_not_recommend]
impl ToolResult<ViaResult> for CallToolResult {
    fn describe() -> ResultSchema {
        ResultSchema::unstructured()
    }

    fn into_reply(self, shape: Shape) -> ToolReply {
        Ok(ToolOutcome::composed(self, shape.is_wrapped()))
    }
}
