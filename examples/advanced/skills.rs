//! Skills: instructions for models, served as the extension `io.modelcontextprotocol/skills`.
//!
//! The framework does not contain the extension. Its methods are handlers with custom types, its
//! files are resources. Specification:
//!
//! `cargo run -p mcp-advanced-examples --example skills -- --http 127.0.0.1:8000`, or without arguments for stdio.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

use mcp_runtime::ProtocolError;
use mcp_runtime::extension::CacheableResult;
use mcp_runtime::files::{Entry, File, FileEntry, Root};
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{Cursor, ListParams};
use mcp_runtime::resource::ResourceError;
use mcp_runtime::uri::UriTemplate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

const EXTENSION: &str = "io.modelcontextprotocol/skills";

/// File in the directory of each skill.
const MANIFEST: &str = "SKILL.md";

/// Maximum number of files of a skill, and their maximum total size: the limits that hosts accept.
const MAX_FILES: usize = 512;
const MAX_BYTES: u64 = 16 << 20;

const CACHE_DURATION: Duration = Duration::from_secs(5 * 60);

/// A directory whose subdirectories with a manifest are skills.
struct Skills {
    root: Root,
    uris: UriTemplate,
}

/// A skill in a listing.
#[derive(Serialize)]
struct Skill {
    uri: String,
    frontmatter: Map<String, Value>,
    resources: Vec<SkillFile>,
}

#[derive(Serialize)]
struct SkillFile {
    uri: String,
    digest: String,
    size: usize,
}

impl Skills {
    fn open(directory: impl AsRef<Path>) -> Result<Self, Box<dyn Error>> {
        let uris = UriTemplate::parse("skill://{+path}")?;
        Ok(Self { root: Root::open(directory)?, uris })
    }

    fn uri(&self, path: &str) -> String {
        self.uris.expand([("path", path)])
    }

    fn path(&self, uri: &str) -> Option<String> {
        Some(self.uris.matches(uri)?.get("path")?.to_owned())
    }

    async fn all(&self) -> io::Result<Vec<Skill>> {
        let files = self.root.files().await?;
        let mut skills = Vec::new();
        for file in &files {
            skills.extend(self.skill(&file.path, &files).await?);
        }
        Ok(skills)
    }

    /// The skill of a manifest, if it is valid.
    async fn skill(&self, manifest: &str, all: &[FileEntry]) -> io::Result<Option<Skill>> {
        let Some(frontmatter) = self.frontmatter(manifest).await? else { return Ok(None) };
        // A nested skill also belongs to the outer one.
        let directory = manifest.trim_end_matches(MANIFEST);
        let files = all.iter().filter(|file| file.path.starts_with(directory));
        let sizes: Vec<u64> = files.clone().map(|file| file.size).collect();
        if sizes.len() > MAX_FILES || sizes.iter().sum::<u64>() > MAX_BYTES {
            return Ok(None);
        }
        let mut resources = Vec::new();
        for FileEntry { path, .. } in files {
            let Some(file) = self.root.read(path).await? else { continue };
            let digest = format!("sha256:{}", hex(&Sha256::digest(file.bytes())));
            resources.push(SkillFile { uri: self.uri(path), digest, size: file.bytes().len() });
        }
        Ok(Some(Skill { uri: self.uri(manifest), frontmatter, resources }))
    }

    /// The frontmatter of a manifest, if it is valid.
    async fn frontmatter(&self, path: &str) -> io::Result<Option<Map<String, Value>>> {
        let Some(directory) = path.strip_suffix(MANIFEST).and_then(|path| path.strip_suffix('/'))
        else {
            return Ok(None);
        };
        let Some(file) = self.root.read(path).await? else { return Ok(None) };
        let name = directory.rsplit('/').next().unwrap_or(directory);
        Ok(file.text().and_then(frontmatter).filter(|frontmatter| describes(frontmatter, name)))
    }

    /// The entry of a file or directory in a listing. A manifest has the name of its skill.
    async fn link(&self, entry: Entry) -> io::Result<ResourceLink> {
        let frontmatter = self.frontmatter(entry.path()).await?;
        let uri = self.uri(entry.path());
        let mut link = entry.into_link(uri);
        if let Some(frontmatter) = frontmatter {
            link.name = text(&frontmatter, "name").to_owned();
            link.description = Some(text(&frontmatter, "description").to_owned());
        }
        Ok(link)
    }
}

/// The YAML between two lines `---` at the start of a text.
fn frontmatter(text: &str) -> Option<Map<String, Value>> {
    let text = text.replace("\r\n", "\n");
    let (yaml, _) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).ok()
}

/// Returns `true` if the name of a skill is valid and equals the directory, and there is a
/// description.
fn describes(frontmatter: &Map<String, Value>, directory: &str) -> bool {
    let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = text(frontmatter, "name");
    name == directory
        && (1..=64).contains(&name.len())
        && name.chars().all(of_name)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
        && !text(frontmatter, "description").is_empty()
}

fn text<'f>(frontmatter: &'f Map<String, Value>, key: &str) -> &'f str {
    frontmatter.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// Files are ordinary resources.
/// A file of a skill.
#[resource("skill://{+path}", list = files, ttl = "5m", scope = "public")]
async fn file(path: &str, skills: &State<Skills>) -> io::Result<Option<File>> {
    skills.root.read(path).await
}

async fn files(cx: &Context) -> Result<Vec<ResourceLink>, ResourceError> {
    let skills = cx.require_state::<Skills>()?;
    let mut links = Vec::new();
    for found in skills.root.files().await? {
        links.push(skills.link(Entry::File(found)).await?);
    }
    Ok(links)
}

#[derive(Serialize)]
struct ListSkillsResult {
    skills: Vec<Skill>,
}

#[derive(Deserialize)]
struct GetSkillParams {
    uri: String,
}

#[derive(Serialize)]
struct GetSkillResult {
    skill: Skill,
}

#[derive(Deserialize)]
struct ReadDirectoryParams {
    uri: String,
    cursor: Option<Cursor>,
}

#[derive(Serialize)]
struct ReadDirectoryResult {
    resources: Vec<ResourceLink>,
}

// A handler may return any error. A `ProtocolError` is sent unchanged, others as `-32603`.
type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

async fn list_skills(cx: Context, page: ListParams) -> Answer<CacheableResult<ListSkillsResult>> {
    only_page(page.cursor)?;
    let skills = cx.require_state::<Skills>()?.all().await?;
    Ok(CacheableResult::new(ListSkillsResult { skills }, CACHE_DURATION).shared())
}

async fn get_skill(cx: Context, wanted: GetSkillParams) -> Answer<CacheableResult<GetSkillResult>> {
    let skills = cx.require_state::<Skills>()?;
    let skill = match skills.path(&wanted.uri) {
        Some(path) => skills.skill(&path, &skills.root.files().await?).await?,
        None => None,
    };
    let skill = skill.ok_or_else(|| unknown("skill", &wanted.uri))?;
    Ok(CacheableResult::new(GetSkillResult { skill }, CACHE_DURATION).shared())
}

async fn read_directory(cx: Context, wanted: ReadDirectoryParams) -> Answer<ReadDirectoryResult> {
    only_page(wanted.cursor)?;
    let skills = cx.require_state::<Skills>()?;
    let entries = match skills.path(&wanted.uri) {
        Some(path) => skills.root.entries(&path).await?,
        None => None,
    };
    let mut resources = Vec::new();
    for entry in entries.ok_or_else(|| unknown("directory", &wanted.uri))? {
        resources.push(skills.link(entry).await?);
    }
    Ok(ReadDirectoryResult { resources })
}

fn unknown(what: &str, uri: &str) -> ProtocolError {
    ProtocolError::invalid_params(format!("there is no {what} at {uri}"))
}

/// Everything is on the first page, so no cursor is valid.
fn only_page(cursor: Option<Cursor>) -> Result<(), ProtocolError> {
    match cursor {
        Some(_) => Err(ProtocolError::invalid_params("`cursor`: not a cursor of this list")),
        None => Ok(()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let skills = Skills::open(concat!(env!("CARGO_MANIFEST_DIR"), "/skills"))?;
    Server::new("skills", env!("CARGO_PKG_VERSION"))
        .extension(EXTENSION, json!({ "directoryRead": true }))
        .method("skills/list", list_skills)
        .method("skills/get", get_skill)
        .method("resources/directory/read", read_directory)
        .with::<file>()
        .state(skills)
        .run()
        .await?;
    Ok(())
}
