//! What most servers use: `use mcp_runtime::prelude::*;`.

pub use crate::ask::form::Elicit;
pub use crate::component::inject::Inject;
pub use crate::component::prompt::dynamic::Prompt;
pub use crate::component::resource::dynamic::Resource;
pub use crate::component::tool::dynamic::{Arguments, Tool};
pub use crate::component::tool::failure::ToolError;
pub use crate::component::tool::outcome::media::{Audio, Image};
pub use crate::component::{Components as _, ServerMethods as _};
pub use crate::context::handle::Context;
pub use crate::context::principal::Principal;
pub use crate::context::state::State;
pub use crate::macros::{Elicit, prompt, resource, server, tool};
pub use crate::protocol::{
    Annotations, CallToolResult, Content, Icon, LoggingLevel, Resource as ResourceLink, Role,
};
pub use crate::schema::Schema;
pub use crate::server::builder::Server;
