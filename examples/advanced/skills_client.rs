//! Lists the skills of a server, or prints one of them or a file of it.
//!
//! ```sh
//! cargo run -p mcp-advanced-examples --example skills_client -- target/debug/examples/skills
//! cargo run -p mcp-advanced-examples --example skills_client -- \
//!     --load skill://code-review/SKILL.md target/debug/examples/skills
//! cargo run -p mcp-advanced-examples --example skills_client -- \
//!     --load skill://code-review/SKILL.md --file references/checklist.md target/debug/examples/skills
//! ```

#![allow(clippy::print_stdout, reason = "a command line program reports on stdout")]

mod skills_host;
mod terminal;

use std::error::Error;

use mcp_runtime::client::Client;
use mcp_runtime::protocol::Settings;
use skills_host::{EXTENSION, Skills};
use terminal::plain;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "skills_client [--load URI [--file PATH]] URL | PROGRAM [ARGUMENT]…";

#[tokio::main]
async fn main() -> Outcome {
    let mut words = std::env::args().skip(1).peekable();
    let (mut loaded, mut file) = (None, None);
    while let Some(option) = words.next_if(|word| word.starts_with("--")) {
        match option.as_str() {
            "--load" => loaded = words.next(),
            "--file" => file = words.next(),
            _ => return Err(USAGE.into()),
        }
    }
    let server = words.next().ok_or(USAGE)?;
    let client = if server.starts_with("http://") || server.starts_with("https://") {
        Client::http(server).extension(EXTENSION, Settings::new()).connect().await?
    } else {
        Client::stdio(server).args(words).extension(EXTENSION, Settings::new()).connect().await?
    };
    let outcome = match loaded {
        Some(uri) => show(&client, &uri, file.as_deref()).await,
        None => list(&client).await,
    };
    client.close().await;
    outcome
}

fn skills_of(client: &Client) -> Outcome<Skills> {
    Ok(Skills::of(client).ok_or("the server has no skills")?)
}

async fn list(client: &Client) -> Outcome {
    let (skills, faults) = skills_of(client)?.list().await?;
    for skill in skills {
        let (name, description) = (plain(skill.name()), plain(skill.description()));
        println!("{name}: {description} ({})", plain(&skill.uri));
    }
    for fault in faults {
        eprintln!("{}", plain(&fault.to_string()));
    }
    Ok(())
}

async fn show(client: &Client, uri: &str, file: Option<&str>) -> Outcome {
    let skills = skills_of(client)?;
    let skill = skills.load(skills.get(uri).await?).await?;
    let bytes = match file {
        Some(path) => skill.read(path).await?,
        None => skill.instructions().as_bytes().to_vec(),
    };
    match String::from_utf8(bytes) {
        Ok(text) => print!("{}", plain(&text)),
        Err(binary) => println!("{} bytes that are no text", binary.as_bytes().len()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use mcp_runtime::protocol::ResourceContents;
    use mcp_runtime::resource::Resource;
    use mcp_runtime::{ProtocolError, Server};
    use serde_json::{Value, json};
    use sha2::{Digest as _, Sha256};

    use super::*;
    use skills_host::SkillError;

    const MANIFEST: &str = "skill://team/notes/SKILL.md";
    const FILE: &str = "skill://team/notes/templates/a.md";
    const TEXT: &str =
        "---\nname: notes\ndescription: Write notes\nversion: 1.0\nlist: [yes, 2]\n---\nBody\n";

    fn listed(uri: &str, content: &[u8]) -> Value {
        let digest: String =
            Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "uri": uri, "digest": format!("sha256:{digest}"), "size": content.len() })
    }

    fn entry() -> Value {
        json!({
            "uri": MANIFEST,
            "frontmatter": {
                "name": "notes", "description": "Write notes", "version": 1, "list": ["yes", 2],
            },
            "resources": [listed(MANIFEST, TEXT.as_bytes()), listed(FILE, &[0, 255])],
        })
    }

    /// A client of a server with one skill, and the number of its files that were read.
    async fn serving(
        entry: Value,
        manifest: &str,
        file: &'static [u8],
    ) -> (Client, Arc<AtomicUsize>) {
        let reads = Arc::<AtomicUsize>::default();
        let (manifest, counted) = (manifest.to_owned(), Arc::clone(&reads));
        let first = Resource::new(MANIFEST, "SKILL.md", move |_cx, _variables| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(manifest.clone())
        });
        let counted = Arc::clone(&reads);
        let second = Resource::new(FILE, "a.md", move |_cx, _variables| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(vec![ResourceContents::blob(FILE, file)])
        });
        let got = entry.clone();
        let server = Server::new("skills", "1")
            .extension(EXTENSION, ())
            .method("skills/list", move |_cx, page: Value| {
                // Two pages: none, and all.
                let page = match page["cursor"].as_str() {
                    None => json!({ "skills": [], "nextCursor": "2" }),
                    Some(_) => json!({ "skills": [entry.clone()] }),
                };
                std::future::ready(Ok::<_, ProtocolError>(page))
            })
            .method("skills/get", move |_cx, _: Value| {
                std::future::ready(Ok::<_, ProtocolError>(json!({ "skill": got.clone() })))
            })
            .resource(first)
            .resource(second);
        (Client::in_memory(server).connect().await.unwrap(), reads)
    }

    /// The reason why a skill is refused, or `None` if it is loaded.
    async fn refusal(entry: Value, manifest: &str) -> Option<String> {
        let (client, _) = serving(entry, manifest, &[0, 255]).await;
        let skills = Skills::of(&client).unwrap();
        let (found, faults) = skills.list().await.unwrap();
        if let Some(fault) = faults.first() {
            assert!(skills.get(MANIFEST).await.is_err());
            return Some(fault.to_string());
        }
        let skill = found.into_iter().next().unwrap();
        skills.load(skill).await.err().map(|error| error.to_string())
    }

    #[tokio::test]
    async fn files_are_read_when_they_are_needed() {
        let (client, reads) = serving(entry(), TEXT, &[0, 255]).await;
        let skills = Skills::of(&client).unwrap();
        let (found, faults) = skills.list().await.unwrap();
        assert!(faults.is_empty());
        assert_eq!((found[0].name(), found[0].description()), ("notes", "Write notes"));
        assert_eq!(reads.load(Ordering::SeqCst), 0);
        let skill = skills.load(found[0].clone()).await.unwrap();
        assert_eq!(skill.instructions(), TEXT);
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        assert_eq!(skill.read("templates/a.md").await.unwrap(), [0, 255]);
        // Files that the entry does not list are not even requested.
        for path in ["templates/b.md", "../notes/SKILL.md", ""] {
            assert!(matches!(skill.read(path).await, Err(SkillError::Refused { .. })), "{path}");
        }
        assert_eq!(reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_manifest_that_differs_is_refused() {
        let check = async |manifest: &str, digest_too: bool, expected: &str| {
            let mut entry = entry();
            if digest_too {
                entry["resources"][0] = listed(MANIFEST, manifest.as_bytes());
            }
            let refusal = refusal(entry, manifest).await.unwrap();
            assert!(refusal.contains(expected), "{refusal}");
        };
        check(&TEXT.replace("Body", "Evil"), false, "digest").await;
        check(&format!("{TEXT}more"), false, "bytes").await;
        check(&TEXT.replace("Write", "Steal"), true, "`description`").await;
        check(&TEXT.replace("version: 1.0\n", ""), true, "`version`").await;
        check(&TEXT.replace("name:", "allowed-tools: all\nname:"), true, "`allowed-tools`").await;
        check(&TEXT.replace("[yes, 2]", "[yes, 3]"), true, "`list`").await;
        check("no frontmatter", true, "frontmatter").await;
    }

    #[tokio::test]
    async fn other_line_ends_are_the_same_frontmatter() {
        for manifest in [TEXT.replace('\n', "\r\n"), format!("\u{feff}{TEXT}")] {
            let mut entry = entry();
            entry["resources"][0] = listed(MANIFEST, manifest.as_bytes());
            assert_eq!(refusal(entry, &manifest).await, None);
        }
    }

    #[tokio::test]
    async fn a_file_that_differs_is_refused() {
        let (client, _) = serving(entry(), TEXT, &[0, 254]).await;
        let skills = Skills::of(&client).unwrap();
        let skill = skills.load(skills.get(MANIFEST).await.unwrap()).await.unwrap();
        let error = skill.read("templates/a.md").await.unwrap_err().to_string();
        assert!(error.contains("digest"), "{error}");
    }

    #[tokio::test]
    async fn invalid_entries_are_left_out() {
        let check = async |change: fn(&mut Value), expected: &str| {
            let mut entry = entry();
            change(&mut entry);
            let refusal = refusal(entry, TEXT).await.unwrap();
            assert!(refusal.contains(expected), "{refusal}");
        };
        check(|entry| entry["resources"] = json!("dynamic"), "verified").await;
        check(|entry| entry["resources"] = json!(null), "invalid").await;
        check(|entry| entry["frontmatter"]["name"] = json!("other"), "name").await;
        check(|entry| entry["frontmatter"]["description"] = json!(1), "description").await;
        check(|entry| entry["uri"] = json!("skill://team/notes/notes.md"), "`SKILL.md`").await;
        check(|entry| entry["resources"][0] = entry["resources"][1].clone(), "twice").await;
        check(|entry| drop(entry["resources"].as_array_mut().unwrap().remove(0)), "include").await;
        check(|entry| entry["resources"][1]["uri"] = json!("skill://team/notes-2/a"), "directory")
            .await;
        check(|entry| entry["resources"][1]["size"] = json!(16_777_217), "large").await;
        check(|entry| entry["resources"][1]["size"] = json!(u64::MAX), "large").await;
        let many = |entry: &mut Value| {
            let file = |number| json!({ "uri": format!("skill://team/notes/{number}"), "digest": "", "size": 0 });
            entry["resources"] = (0..513).map(file).collect();
        };
        check(many, "513 files").await;
    }

    #[tokio::test]
    async fn a_server_without_the_extension_has_no_skills() {
        let client = Client::in_memory(Server::new("plain", "1")).connect().await.unwrap();
        assert!(Skills::of(&client).is_none());
    }
}
