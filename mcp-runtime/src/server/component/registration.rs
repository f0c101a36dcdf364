//! Collects the components of a server and everything that is wrong with them.

use super::{Tool, ToolBuilder, ToolSpec};

/// The components of a server while it is put together.
#[derive(Debug, Default)]
pub struct Registration {
    tools: Vec<Draft>,
    open: bool,
}

#[derive(Debug)]
enum Draft {
    /// Of a function.
    Function(Box<ToolBuilder>),
    /// Of a handler and a schema.
    Dynamic(Box<Tool>),
}

impl Registration {
    /// Adds a tool that generated code describes.
    pub fn tool(&mut self, tool: ToolBuilder) {
        self.tools.push(Draft::Function(Box::new(tool)));
    }

    /// Adds a tool that is known only at run time.
    pub(crate) fn add_tool(&mut self, tool: Tool) {
        self.tools.push(Draft::Dynamic(Box::new(tool)));
    }

    /// Has every tool ignore arguments that it does not know.
    pub(crate) fn open_all(&mut self) {
        self.open = true;
    }

    /// The tools that are right, in their order, and what is wrong with the others.
    pub(crate) fn finish(self) -> (Vec<ToolSpec>, Vec<String>) {
        let mut specs = Vec::with_capacity(self.tools.len());
        let mut faults = Vec::new();
        for draft in self.tools {
            match draft {
                Draft::Function(tool) => match tool.finish(self.open) {
                    Ok(spec) => specs.push(spec),
                    Err(found) => faults.extend(found),
                },
                Draft::Dynamic(tool) => match tool.into_spec() {
                    Ok(spec) => specs.push(spec),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        (specs, faults)
    }
}
