//! `cargo mcp bundle`: the server of this package as an MCP bundle, which desktop hosts install.
//!
//! `platform` maps targets to platforms, `manifest` describes the package and its components, `archive`
//! writes the zip file.

mod archive;
mod manifest;
mod platform;

use std::path::{Path, PathBuf};

use clap::Args;
use mcp_runtime::client::Client;
use mcp_runtime::protocol::Implementation;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use self::archive::Entry;
use self::manifest::{ICON, Manifest};
use self::platform::{Platform, host_triple};
use crate::abort;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::files::{self, sha256};
use crate::metadata::{self, McpMetadata};
use crate::output::{print, print_json, screen};
use crate::target::package::PackageArguments;
use crate::target::variable;

/// Packs the server of this package as an MCP bundle (`.mcpb`)
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp bundle
  cargo mcp bundle --dry-run
  cargo mcp bundle -o weather.mcpb -- --units metric
  cargo mcp bundle --target-triple x86_64-pc-windows-msvc --target-triple aarch64-apple-darwin

`Cargo.toml` describes the bundle. What Cargo has no place for is in a table of its own:
  [package.metadata.mcp]
  title = \"Weather\"
  icon = \"icon.png\"
  env = { WEATHER_API_KEY = { description = \"Key of the API\", required = true, secret = true } }")]
pub(crate) struct BundleArguments {
    /// Target that the server is built for, instead of this machine. Each gets a bundle of its own
    #[arg(long, visible_alias = "target", value_name = "TRIPLE")]
    target_triple: Vec<String>,
    /// File of the bundle, instead of `NAME-VERSION-TRIPLE.mcpb`
    #[arg(short, long = "output", value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Prints the manifest, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Environment variable of the server while its components are listed, as `NAME=VALUE`
    #[arg(long, value_name = "VARIABLE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Program that takes the place of all builds
    #[arg(long, value_name = "FILE", hide = true)]
    program: Option<PathBuf>,
    /// Arguments of the server
    #[arg(last = true, value_name = "SERVER_ARGUMENTS")]
    arguments: Vec<String>,
    #[command(flatten)]
    package: PackageArguments,
}

/// A bundle that is written, or would be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    path: PathBuf,
    target: String,
    size: usize,
    file_sha256: String,
    manifest: Manifest,
    #[serde(skip)]
    bytes: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    bundles: &'a [Bundle],
    is_written: bool,
}

/// Time that the server has to answer.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) async fn run(
    arguments: BundleArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let targets = arguments.targets()?;
    let package = arguments.package.described()?;
    let manifest_path = package.manifest_path.as_std_path();
    let metadata = metadata::read(manifest_path)?;
    let mut manifest = Manifest::of_package(&package, &metadata, &arguments.arguments)?;
    let icon = icon(&metadata, manifest_path)?;
    let programs = arguments.programs(&targets)?;
    let client = arguments.start(&programs).await?;
    manifest.add_components(&client).await?;
    client.close().await;
    let mut bundles = Vec::new();
    for ((triple, platform), program) in targets.into_iter().zip(&programs) {
        let path = arguments.output_file.clone().unwrap_or_else(|| {
            format!("{}-{}-{triple}.mcpb", package.name, package.version).into()
        });
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        let manifest = manifest.with_program(name, platform);
        let program = read(program)?;
        platform.check_program(&program, &triple)?;
        let bytes = packed(&manifest, &program, icon.as_deref())?;
        let (size, file_sha256) = (bytes.len(), sha256(&bytes));
        bundles.push(Bundle { path, target: triple, size, file_sha256, manifest, bytes });
    }
    if !arguments.dry_run {
        bundles.iter().try_for_each(|bundle| files::replace(&bundle.path, &bundle.bytes))?;
    }
    report(&bundles, !arguments.dry_run, output)
}

impl BundleArguments {
    /// The targets, without repetition.
    fn targets(&self) -> Result<Vec<(String, Platform)>, Failure> {
        let mut triples = self.target_triple.clone();
        if triples.is_empty() {
            triples.push(host_triple()?);
        }
        triples.sort();
        triples.dedup();
        if triples.len() > 1 && self.output_file.is_some() {
            return Err(Failure::usage("`--output` names one file, and there are several targets")
                .note("without it, each bundle is called `NAME-VERSION-TRIPLE.mcpb`"));
        }
        let with_platform = |triple: String| Ok((triple.clone(), Platform::of_triple(&triple)?));
        triples.into_iter().map(with_platform).collect()
    }

    /// The programs of the targets, which are built.
    fn programs(&self, targets: &[(String, Platform)]) -> Result<Vec<PathBuf>, Failure> {
        if let Some(program) = &self.program {
            return Ok(vec![program.clone(); targets.len()]);
        }
        let package = self.package.clone().optimized();
        if self.target_triple.is_empty() {
            return Ok(vec![package.build()?]);
        }
        let build = |(triple, _): &(String, Platform)| {
            package.build_for(Some(triple)).map_err(|failure| {
                let note =
                    format!("`rustup target add {triple}` installs the target, if it is missing");
                failure.note(note)
            })
        };
        targets.iter().map(build).collect()
    }

    /// Starts the server on this machine, to list its components.
    async fn start(&self, programs: &[PathBuf]) -> Result<Client, Failure> {
        let is_for_others = self.program.is_none() && !self.target_triple.is_empty();
        let program = match programs.first().filter(|_| !is_for_others) {
            Some(program) => program.clone(),
            None => self.package.clone().optimized().build()?,
        };
        let program = std::path::absolute(&program)
            .map_err(|error| Failure::usage(format!("`{}`: {error}", program.display())))?;
        let mut builder = Client::stdio(program).args(&self.arguments).timeout(TIMEOUT);
        for (name, value) in &self.env {
            builder = builder.env(name, value);
        }
        let info = Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION"));
        let client = builder.info(info).connect().await.map_err(|error| {
            let note = "`--env NAME=VALUE` gives it a variable that it needs to start";
            Failure::from(error).note(note)
        })?;
        abort::opened(&client);
        Ok(client)
    }
}

/// The bytes of the icon, if there is one.
fn icon(metadata: &McpMetadata, manifest: &Path) -> Result<Option<Vec<u8>>, Failure> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    let Some(icon) = &metadata.icon else { return Ok(None) };
    let path = manifest.parent().unwrap_or(Path::new(".")).join(icon);
    let bytes = read(&path)?;
    match bytes.starts_with(PNG) {
        true => Ok(Some(bytes)),
        false => Err(Failure::usage(format!("expected a PNG, got `{}`", path.display()))
            .note("hosts show no other icon; 512 × 512 pixels are recommended")),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))
}

fn packed(manifest: &Manifest, program: &[u8], icon: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
    let mut text = serde_json::to_vec_pretty(manifest)?;
    text.push(b'\n');
    let mut entries = vec![Entry { path: "manifest.json", bytes: &text, is_program: false }];
    entries.extend(icon.map(|bytes| Entry { path: ICON, bytes, is_program: false }));
    entries.push(Entry { path: manifest.entry_point(), bytes: program, is_program: true });
    archive::zip(&entries)
}

fn report(bundles: &[Bundle], is_written: bool, output: &OutputArguments) -> Result<(), Failure> {
    if output.json {
        return print_json(&Report { bundles, is_written });
    }
    for Bundle { path, size, file_sha256, manifest, .. } in bundles {
        let mebibytes = *size as f64 / f64::from(1 << 20);
        let facts = format!("{mebibytes:.1} MiB, {}, sha256 {file_sha256}", manifest.counts());
        let path = path.display();
        if !is_written {
            print_json(manifest)?;
            screen::note(format!("would write {path} ({facts})"));
        } else if output.quiet {
            print(&path.to_string())?;
        } else {
            print(&format!("{} {path} ({facts})", "Wrote".green().bold()))?;
        }
    }
    Ok(())
}
