//! `cargo mcp new`.

mod files;
mod name;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::output::{print, print_json, screen};

/// Makes the package of a new server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp new weather
  cargo mcp new weather --template full
  cargo mcp new weather --template http --transport http --no-git
  cargo mcp new weather --template apps")]
pub(crate) struct NewArguments {
    /// Name of the package, and of its folder
    #[arg(value_parser = name::parse)]
    name: String,
    /// Contents of the server
    #[arg(long, value_enum, default_value_t)]
    template: Template,
    /// How the server is reached
    #[arg(long, value_enum, default_value_t)]
    transport: Transport,
    /// Makes no Git repository
    #[arg(long)]
    no_git: bool,
    /// Folder of the crate `mcp-runtime`, instead of the published version
    #[arg(long, value_name = "DIRECTORY")]
    runtime_path: Option<PathBuf>,
}

/// Contents of the server of a new package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Template {
    /// A tool with its test
    #[default]
    Minimal,
    /// Tools, a resource, a prompt, a question to the user
    Full,
    /// Tools with shared state, and a Dockerfile
    Http,
    /// A tool with a page that hosts show (MCP Apps)
    Apps,
}

/// How the server of a new package is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Transport {
    /// Standard input and output only
    Stdio,
    /// HTTP only
    Http,
    /// Standard input and output; HTTP with `--http`
    #[default]
    Both,
}

/// A package that has been made.
#[derive(Debug, Serialize)]
struct Made {
    name: String,
    path: PathBuf,
    template: Template,
    transport: Transport,
    files: Vec<&'static str>,
}

/// The crate `mcp-runtime` beside the source that this program was built from.
const BUILT_BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../mcp-runtime");

pub(crate) fn run(arguments: NewArguments, output: &OutputArguments) -> Result<(), Failure> {
    let NewArguments { name, template, transport, no_git, runtime_path } = arguments;
    let runtime_path = runtime(runtime_path.as_deref())?;
    let here = std::env::current_dir()
        .map_err(|error| Failure::usage(format!("this folder cannot be used: {error}")))?;
    let path = here.join(&name);
    check_vacant(&path, &name)?;
    let package = files::Package {
        name: &name,
        template,
        transport,
        runtime_path: runtime_path.as_deref(),
        is_in_workspace: is_in_workspace(&here),
    };
    let files = package.files();
    write(&path, &files)?;
    if !no_git && !here.ancestors().any(|folder| folder.join(".git").exists()) {
        init_git(&path);
    }
    let files = files.iter().map(|(file, _)| *file).collect();
    let commands = package.commands().replace('\n', "\n  ");
    let made = Made { name: name.clone(), path, template, transport, files };
    if output.json {
        return print_json(&made);
    }
    if output.quiet {
        return Ok(());
    }
    print(&format!("{} `{name}` in {name}/\n  cd {name}\n  {commands}", "Created".green().bold()))
}

/// Folder of the crate `mcp-runtime`; `None` for the published version.
fn runtime(given: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
    let path = match given {
        Some(path) => path,
        None if Path::new(BUILT_BESIDE).join("Cargo.toml").exists() => Path::new(BUILT_BESIDE),
        None => return Ok(None),
    };
    let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
    let is_runtime = manifest.lines().any(|line| line.trim() == "name = \"mcp-runtime\"");
    let found = std::fs::canonicalize(path).ok().filter(|_| is_runtime);
    found.map(Some).ok_or_else(|| {
        Failure::usage(format!("`{}` is not the folder of mcp-runtime", path.display()))
            .note("expected the folder with the `Cargo.toml` of the crate `mcp-runtime`")
    })
}

/// # Errors
/// If there is something that would be overwritten.
fn check_vacant(path: &Path, name: &str) -> Result<(), Failure> {
    let taken = |what: &str| {
        Failure::usage(format!("{what}: `{name}`")).note("choose another name, or move it away")
    };
    match std::fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(taken("this folder is not empty")),
            None => Ok(()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match path.is_symlink() {
            true => Err(taken("this is a link to nothing")),
            false => Ok(()),
        },
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(taken("this is a file")),
        Err(error) => Err(Failure::usage(format!("`{name}` cannot be read: {error}"))),
    }
}

/// Returns `true` if Cargo would take a package here for a member of a workspace.
fn is_in_workspace(folder: &Path) -> bool {
    folder.ancestors().any(|folder| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace]"))
    })
}

/// Writes the files beside the folder first, so that there is all or nothing.
fn write(path: &Path, files: &[(&'static str, String)]) -> Result<(), Failure> {
    let mut staged = path.as_os_str().to_owned();
    staged.push(format!(".new-{}", std::process::id()));
    let staged = PathBuf::from(staged);
    let written = files.iter().try_for_each(|(file, text)| {
        let file = staged.join(file);
        std::fs::create_dir_all(file.parent().unwrap_or(&staged))?;
        std::fs::write(file, text)
    });
    let moved = written.and_then(|()| {
        // It is empty; if it is no more, it stays.
        match std::fs::remove_dir(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::rename(&staged, path)
    });
    moved.map_err(|error| {
        // What is left of it, if anything.
        let _ = std::fs::remove_dir_all(&staged);
        Failure::internal(format!("cannot write `{}`: {error}", path.display()))
    })
}

/// Makes a repository. The package is of use without it.
fn init_git(path: &Path) {
    let mut git = Command::new("git");
    git.args(["init", "--quiet"]).current_dir(path).stdin(Stdio::null()).stdout(Stdio::null());
    if !git.status().is_ok_and(|status| status.success()) {
        screen::note(format!(
            "{} there is no Git repository: `git init` failed",
            "warning:".yellow()
        ));
    }
}
