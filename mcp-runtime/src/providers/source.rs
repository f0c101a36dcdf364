//! Sources of tools: servers of this process, and clients.

use super::tool_set::ToolSet;
use crate::error::BuildError;
use crate::server::builder::Server;

/// Source of tools for [`ToolSet::of`]: `&Server`, and with the feature `client` `&Client`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tools for a model",
    note = "give a `&Server` or a `&Client`, or the tools themselves to `ToolSet::new`"
)]
pub trait ToolSource {
    /// Set of tools, or a future of it.
    type Tools;

    /// Lists the tools.
    fn tools(self) -> Self::Tools;
}

/// The tools that an anonymous client in the same process would list. There is no I/O.
///
/// # Errors
/// [`BuildError`] if a tool is not valid. Other errors of the server are reported when it serves.
impl ToolSource for &Server {
    type Tools = Result<ToolSet, BuildError>;

    fn tools(self) -> Self::Tools {
        Ok(ToolSet::new(self.list_tools()?))
    }
}

/// The tools that the client's server lists.
///
/// # Errors
/// The error of the client if the list cannot be read.
#[cfg(feature = "client")]
impl<'c> ToolSource for &'c crate::client::Client {
    type Tools =
        std::pin::Pin<Box<dyn Future<Output = Result<ToolSet, crate::client::Error>> + Send + 'c>>;

    fn tools(self) -> Self::Tools {
        Box::pin(async { Ok(ToolSet::new(crate::client::Client::tools(self).all().await?)) })
    }
}
