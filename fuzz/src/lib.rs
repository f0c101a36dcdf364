//! Parsers of the command line program, which has no library: the modules that the targets `cli_…` need,
//! under their own paths, with stand-ins for those that only report or reach servers.
//!
//! The bodies of all other targets are in `mcp_runtime::fuzzing`.

#![allow(dead_code, unused_imports, reason = "a part of a program")]

#[path = "../../mcp-cli/src/fuzzing.rs"]
mod fuzzing;
#[path = "../../mcp-cli/src/lock/mod.rs"]
mod lock;

#[path = "."]
mod hosts {
    //! Files of hosts.

    #[path = "../../mcp-cli/src/hosts/document/mod.rs"]
    pub mod document;
}

#[path = "."]
mod output {
    //! Texts of servers.

    #[path = "../../mcp-cli/src/output/signature.rs"]
    pub mod signature;

    pub fn flat(text: &str) -> String {
        text.replace(['\n', '\t', '\r'], " ")
    }
}

mod files {
    //! Digests.

    pub fn sha256(bytes: &[u8]) -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

mod commands {
    //! Commands.

    pub mod list {
        //! Components of a server.

        use mcp_runtime::protocol::{Prompt, Resource, ResourceTemplate, Tool};

        pub struct Listing {
            pub tools: Option<Vec<Tool>>,
            pub resources: Option<Vec<Resource>>,
            pub resource_templates: Option<Vec<ResourceTemplate>>,
            pub prompts: Option<Vec<Prompt>>,
        }
    }
}

mod exit {
    //! Failures.

    #[derive(Debug)]
    pub enum Exit {
        Usage,
    }

    #[derive(Debug)]
    pub struct Failure(String);

    impl Failure {
        pub fn new(_: Exit, _: &'static str, message: impl Into<String>) -> Self {
            Self(message.into())
        }

        pub fn note(self, _: impl Into<String>) -> Self {
            self
        }

        pub fn message(&self) -> &str {
            &self.0
        }
    }
}

/// Body of the target `cli_lock`.
pub fn cli_lock(bytes: &[u8]) {
    fuzzing::lock(bytes);
}

/// Body of the target `cli_host_file`.
pub fn cli_host_file(bytes: &[u8]) {
    fuzzing::host_file(bytes);
}
