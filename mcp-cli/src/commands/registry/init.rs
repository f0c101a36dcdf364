//! `cargo mcp registry init`.

use std::path::{Path, PathBuf};

use cargo_metadata::Package;
use clap::Args;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{FILE, text};
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::files::{self, sha256};
use crate::metadata::{self, McpMetadata};
use crate::output::{print, print_json, screen};
use crate::registry::readme::{self, Proof};
use crate::registry::{self, CRATES, MAX_DESCRIPTION, SCHEMA};
use crate::target::package::PackageArguments;

/// Writes `server.json` from the metadata of this package
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp registry init
  cargo mcp registry init --name io.github.you/weather --write-readme
  cargo mcp registry init --mcpb weather-0.1.0-x86_64-unknown-linux-gnu.mcpb --oci ghcr.io/you/weather:0.1.0
  cargo mcp registry init --remote https://weather.example.com/mcp --force

The crate is one of the packages. Its environment variables are those of `[package.metadata.mcp]`:
  env = { WEATHER_API_KEY = { description = \"Key of the API\", required = true, secret = true } }")]
pub(super) struct InitArguments {
    /// Name of the server, such as `io.github.you/weather`. By default of the owner of the repository on GitHub
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Bundle of a release: its file, or its URL if the file is here, too
    #[arg(long, value_name = "FILE_OR_URL")]
    mcpb: Vec<String>,
    /// Image with the server
    #[arg(long, value_name = "IMAGE")]
    oci: Vec<String>,
    /// URL at which the server runs
    #[arg(long, value_name = "URL")]
    remote: Vec<String>,
    /// Overwrites the file
    #[arg(long)]
    force: bool,
    /// Adds the proof of ownership to the README, if it is not there
    #[arg(long)]
    write_readme: bool,
    /// File to write
    #[arg(short, long = "output", value_name = "FILE", default_value = FILE)]
    file: PathBuf,
    #[command(flatten)]
    package: PackageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    path: &'a Path,
    /// Line that the README must show.
    proof: &'a str,
    is_proof_visible: bool,
    server: &'a Value,
}

pub(super) fn run(arguments: &InitArguments, output: &OutputArguments) -> Result<(), Failure> {
    let path = &arguments.file;
    if !arguments.force && path.symlink_metadata().is_ok() {
        let message = format!("`{}` exists", path.display());
        return Err(Failure::usage(message).note("`--force` overwrites it"));
    }
    let package = arguments.package.described()?;
    let metadata = metadata::read(package.manifest_path.as_std_path())?;
    let name = arguments.name(&package, &metadata)?;
    let document = arguments.document(&name, &package, &metadata)?;
    let problems = registry::check(&document);
    if !problems.is_empty() {
        problems.iter().for_each(|problem| screen::note(text(problem)));
        let message = "the file has problems, and was not written";
        return Err(Failure::new(Exit::Findings, "problems", message));
    }
    let mut content = serde_json::to_vec_pretty(&document)?;
    content.push(b'\n');
    let proof = readme::line(&name);
    // Before anything is written, because the README may be out of reach.
    let is_proof_visible = proven(&package, &name, arguments.write_readme)?;
    files::replace(path, &content)?;
    if output.json {
        return print_json(&Report { path, proof: &proof, is_proof_visible, server: &document });
    }
    if !output.quiet {
        print(&format!("{} {}", "Wrote".green().bold(), path.display()))?;
    }
    if !is_proof_visible {
        let readme = package.readme().map_or("a README".into(), |it| format!("`{it}`"));
        screen::note(format!("add this line to {readme}, visibly, before you publish the crate:"));
        screen::note(format!("  {proof}"));
    }
    for image in arguments.oci.iter().filter(|_| !output.quiet) {
        screen::note(format!("the image {image} needs this line of its Dockerfile:"));
        screen::note(format!("  LABEL io.modelcontextprotocol.server.name=\"{name}\""));
    }
    Ok(())
}

impl InitArguments {
    fn name(&self, package: &Package, metadata: &McpMetadata) -> Result<String, Failure> {
        let owner = || {
            let (_, rest) = package.repository.as_deref()?.split_once("github.com/")?;
            rest.split('/').next().filter(|owner| !owner.is_empty())
        };
        let default = || owner().map(|owner| format!("io.github.{owner}/{}", package.name));
        let name = self.name.clone().or_else(|| metadata.name.clone()).or_else(default);
        name.ok_or_else(|| {
            Failure::usage("the server has no name, because `repository` is not on GitHub").note(
                "give one: `--name com.example/weather`, or `name` in `[package.metadata.mcp]`",
            )
        })
    }

    fn document(
        &self,
        name: &str,
        package: &Package,
        metadata: &McpMetadata,
    ) -> Result<Value, Failure> {
        let mut server = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                server.insert(key.to_owned(), value);
            }
        };
        set("$schema", Some(json!(SCHEMA)));
        set("name", Some(json!(name)));
        set("title", metadata.title.as_ref().map(|title| json!(title)));
        set("description", Some(json!(description(package, metadata)?)));
        set("version", Some(json!(package.version.to_string())));
        set("repository", repository(package));
        let homepage = package.homepage.as_ref().filter(|it| it.starts_with("https://"));
        set("websiteUrl", homepage.map(|address| json!(address)));
        let mut packages = vec![json!({
            "registryType": "cargo",
            "registryBaseUrl": CRATES,
            "identifier": package.name,
            "version": package.version.to_string(),
            "transport": { "type": "stdio" },
        })];
        for bundle in &self.mcpb {
            packages.push(of_bundle(bundle, package)?);
        }
        packages.extend(self.oci.iter().map(|image| {
            json!({ "registryType": "oci", "identifier": image, "transport": { "type": "stdio" } })
        }));
        let variables = variables(metadata);
        // A bundle has those of its manifest.
        for package in packages.iter_mut().filter(|it| it["registryType"] != "mcpb") {
            if !variables.is_empty() {
                package["environmentVariables"] = json!(variables);
            }
        }
        set("packages", Some(json!(packages)));
        let remotes =
            self.remote.iter().map(|url| json!({ "type": "streamable-http", "url": url }));
        let remotes: Vec<_> = remotes.collect();
        set("remotes", (!remotes.is_empty()).then(|| json!(remotes)));
        Ok(Value::Object(server))
    }
}

fn description(package: &Package, metadata: &McpMetadata) -> Result<String, Failure> {
    let text = metadata.description.as_ref().or(package.description.as_ref());
    let text = text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let write = |message: String| {
        Failure::usage(message)
            .note("write `description = \"Weather forecasts\"` below `[package]`,")
            .note("or a short one for hosts and the registry below `[package.metadata.mcp]`")
    };
    match text.map(|text| (text.chars().count(), text)) {
        None | Some((0, _)) => {
            Err(write(format!("`{}` has no `description`", package.manifest_path)))
        }
        Some((length, _)) if length > MAX_DESCRIPTION => Err(write(format!(
            "the description has {length} characters; the registry accepts {MAX_DESCRIPTION}"
        ))),
        Some((_, text)) => Ok(text),
    }
}

fn repository(package: &Package) -> Option<Value> {
    let url = package.repository.as_deref()?;
    let url = url.strip_suffix(".git").unwrap_or(url);
    let source = ["github", "gitlab"];
    let source = source.into_iter().find(|it| url.starts_with(&format!("https://{it}.com/")))?;
    let mut repository = json!({ "url": url, "source": source });
    if let Some(folder) = subfolder(package.manifest_path.as_std_path()) {
        repository["subfolder"] = json!(folder);
    }
    Some(repository)
}

/// Path of the package in its Git repository, unless it is the root.
fn subfolder(manifest: &Path) -> Option<String> {
    let folder = manifest.parent()?;
    let root = folder.ancestors().find(|it| it.join(".git").exists())?;
    let path = folder.strip_prefix(root).ok()?;
    let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/")).filter(|path| !path.is_empty())
}

fn variables(metadata: &McpMetadata) -> Vec<Value> {
    let variables = metadata.env.iter().map(|(name, variable)| {
        let mut value = json!({ "name": name, "description": variable.description });
        let flags = [("isRequired", variable.required), ("isSecret", variable.secret)];
        for (flag, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            value[*flag] = json!(true);
        }
        if let Some(default) = &variable.default {
            value["default"] = json!(default);
        }
        value
    });
    variables.collect()
}

/// The package of a bundle. A file is one of the release of this version.
fn of_bundle(bundle: &str, package: &Package) -> Result<Value, Failure> {
    let name = bundle.rsplit('/').next().unwrap_or_default();
    let is_url = bundle.contains("://");
    let path = if is_url { Path::new(name) } else { Path::new(bundle) };
    let bytes = std::fs::read(path).map_err(|error| {
        let failure = Failure::usage(format!("cannot read `{}`: {error}", path.display()));
        match is_url {
            true => failure.note("its checksum is required; put the file here, as it is published"),
            false => failure.note("`cargo mcp bundle` writes it"),
        }
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let url = if is_url { bundle.to_owned() } else { release_url(package, &name)? };
    Ok(json!({
        "registryType": "mcpb",
        "identifier": url,
        "fileSha256": sha256(&bytes),
        "transport": { "type": "stdio" },
    }))
}

/// Address of a file in the release of a version, which has a tag such as `v0.1.0`.
fn release_url(package: &Package, file: &str) -> Result<String, Failure> {
    let url = package.repository.as_deref().unwrap_or_default().trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let version = &package.version;
    if url.starts_with("https://github.com/") {
        Ok(format!("{url}/releases/download/v{version}/{file}"))
    } else if url.starts_with("https://gitlab.com/") {
        Ok(format!("{url}/-/releases/v{version}/downloads/{file}"))
    } else {
        Err(Failure::usage("`repository` in `Cargo.toml` is neither on GitHub nor on GitLab")
            .note("give the URL of the bundle instead of its file: `--mcpb https://…`"))
    }
}

/// Returns `true` if the README proves the ownership, which is added to it if wanted.
fn proven(package: &Package, name: &str, write: bool) -> Result<bool, Failure> {
    let Some(path) = package.readme() else { return Ok(false) };
    let path = path.as_std_path();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))?;
    if readme::proof(&text, name) == Proof::Visible {
        return Ok(true);
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let text = format!("{text}{end}\n{}\n", readme::line(name));
    // The end may be that of a comment.
    if !write || readme::proof(&text, name) != Proof::Visible {
        return Ok(false);
    }
    files::replace(path, text).map(|()| true)
}
