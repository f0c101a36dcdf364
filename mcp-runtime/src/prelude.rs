//! What most servers use: `use mcp_runtime::prelude::*;`.

pub use crate::macros::{Elicit, prompt, resource, server, tool};
pub use crate::protocol::{
    Annotations, CallToolResult, Content, Icon, LoggingLevel, Resource as ResourceLink, Role,
};
pub use crate::schema::Schema;
pub use crate::server::{
    Arguments, Audio, Components as _, Context, Elicit, Image, Inject, Instance as _, Principal,
    Prompt, Resource, Server, State, Tool, ToolError,
};
