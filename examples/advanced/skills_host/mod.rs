//! The client half of the extension `io.modelcontextprotocol/skills`: it lists skills, loads one, and
//! reads its files. Nothing is used that has not been verified.
//!
//! The framework does not contain the extension. Its methods are custom requests, its files are
//! resources. Specification: <https://modelcontextprotocol.io/seps/2640-skills-extension>

mod entry;
mod verification;

use std::error::Error;
use std::fmt;

use mcp_runtime::client::{self, Client};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use entry::Skill;

/// Identifier of the extension.
pub(crate) const EXTENSION: &str = "io.modelcontextprotocol/skills";

/// Maximum number of pages of a listing.
const MAX_PAGES: usize = 1000;

/// The skills of a server.
#[derive(Clone, Debug)]
pub(crate) struct Skills {
    client: Client,
}

impl Skills {
    /// The skills of a client's server; `None` if the server does not declare the extension.
    pub(crate) fn of(client: &Client) -> Option<Self> {
        let declared = client.server_info().capabilities.has_extension(EXTENSION);
        declared.then(|| Self { client: client.clone() })
    }

    /// Lists the skills. No file is requested. Invalid entries are left out, with their faults.
    ///
    /// # Errors
    /// The errors of any request.
    pub(crate) async fn list(&self) -> Result<(Vec<Skill>, Vec<SkillError>), client::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            skills: Vec<Value>,
            next_cursor: Option<String>,
        }

        let (mut skills, mut faults) = (Vec::new(), Vec::new());
        let mut params = json!({});
        for _ in 0..MAX_PAGES {
            let page: Page = self.client.request("skills/list", &params).await?;
            for entry in page.skills {
                match Skill::read(entry) {
                    Ok(skill) => skills.push(skill),
                    Err(fault) => faults.push(fault),
                }
            }
            match page.next_cursor {
                Some(cursor) if params["cursor"] != *cursor => params["cursor"] = cursor.into(),
                _ => break,
            }
        }
        Ok((skills, faults))
    }

    /// Requests the entry of one skill, by the URI of its `SKILL.md`.
    ///
    /// # Errors
    /// The errors of any request, and the faults of an invalid entry.
    pub(crate) async fn get(&self, uri: &str) -> Result<Skill, SkillError> {
        #[derive(Deserialize)]
        struct Got {
            skill: Value,
        }

        let params = json!({ "uri": uri });
        let got: Got =
            self.client.request("skills/get", params).await.map_err(SkillError::Client)?;
        let skill = Skill::read(got.skill)?;
        if skill.uri == uri {
            return Ok(skill);
        }
        Err(refused(uri, format!("the server answered with the skill {}", skill.uri)))
    }

    /// Loads a skill: requests its `SKILL.md`, and compares it with the entry.
    ///
    /// # Errors
    /// The errors of any request, and the reason why the skill must not be used.
    pub(crate) async fn load(&self, skill: Skill) -> Result<LoadedSkill, SkillError> {
        let bytes = self.read(&skill, &skill.uri).await?;
        let instructions =
            String::from_utf8(bytes).map_err(|_| refused(&skill.uri, "it is not UTF-8"))?;
        verification::frontmatter(&instructions, &skill.frontmatter)
            .map_err(|reason| refused(&skill.uri, reason))?;
        Ok(LoadedSkill { skills: self.clone(), skill, instructions })
    }

    /// Requests a file of a skill and compares it with the entry.
    async fn read(&self, skill: &Skill, uri: &str) -> Result<Vec<u8>, SkillError> {
        let listed = skill.resources.iter().find(|file| file.uri == uri);
        let listed =
            listed.ok_or_else(|| refused(uri, "the entry of the skill does not list it"))?;
        let read = self.client.read(uri).await.map_err(SkillError::Client)?;
        let contents = read.contents.into_iter().find(|contents| contents.uri == uri);
        let contents = contents.ok_or_else(|| refused(uri, "the server sent other contents"))?;
        let bytes = contents.bytes().ok_or_else(|| refused(uri, "its bytes are not base64"))?;
        verification::content(&bytes, listed).map_err(|reason| refused(uri, reason))?;
        Ok(bytes)
    }
}

/// A skill that a model works with.
#[derive(Debug)]
pub(crate) struct LoadedSkill {
    skills: Skills,
    skill: Skill,
    instructions: String,
}

impl LoadedSkill {
    /// The text of its `SKILL.md`.
    pub(crate) fn instructions(&self) -> &str {
        &self.instructions
    }

    /// Reads a file by its path below the directory of the skill.
    ///
    /// # Errors
    /// The errors of any request, and the reason why the file must not be used.
    pub(crate) async fn read(&self, path: &str) -> Result<Vec<u8>, SkillError> {
        let uri = format!("{}/{path}", self.skill.root());
        self.skills.read(&self.skill, &uri).await
    }
}

/// The reason why a skill or a file of it is not used.
#[derive(Debug)]
pub(crate) enum SkillError {
    /// A request failed.
    Client(client::Error),
    /// The skill or the file is not what its entry describes.
    Refused {
        /// URI of the skill or the file.
        uri: String,
        /// Difference that was found.
        reason: String,
    },
}

fn refused(uri: &str, reason: impl Into<String>) -> SkillError {
    SkillError::Refused { uri: uri.to_owned(), reason: reason.into() }
}

impl fmt::Display for SkillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.report().fmt(f),
            // A server may have put anything into a URI.
            Self::Refused { uri, reason } => {
                write!(f, "{} is not used: {reason}", uri.escape_debug())
            }
        }
    }
}

impl Error for SkillError {}
