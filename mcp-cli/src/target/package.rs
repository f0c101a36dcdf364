//! The server of a package: which binary it is, and its build.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CompilerMessage, Message, Metadata, MetadataCommand, Package, TargetKind};
use clap::Args;

use crate::exit::Failure;
use crate::input::did_you_mean;

/// Arguments that `cargo build` takes, too.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Package")]
pub(crate) struct PackageArguments {
    /// Package with the server
    #[arg(short, long, value_name = "PACKAGE")]
    package: Option<String>,
    /// Binary that is the server
    #[arg(long, value_name = "NAME", conflicts_with = "example")]
    bin: Option<String>,
    /// Example that is the server
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// Builds with optimizations
    #[arg(long, conflicts_with = "profile")]
    pub(crate) release: bool,
    /// Profile of the build
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Cargo features
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// All Cargo features
    #[arg(long)]
    all_features: bool,
    /// No default Cargo features
    #[arg(long)]
    no_default_features: bool,
    /// Path of `Cargo.toml`
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

impl PackageArguments {
    /// The same server, built with optimizations unless a profile is given.
    pub(crate) fn optimized(mut self) -> Self {
        self.release |= self.profile.is_none();
        self
    }

    /// Builds the server, and returns its path. Cargo reports on standard error.
    pub(crate) fn build(&self) -> Result<PathBuf, Failure> {
        self.build_for(None)
    }

    /// Builds the server for a target, or for the one that Cargo chooses.
    pub(crate) fn build_for(&self, triple: Option<&str>) -> Result<PathBuf, Failure> {
        let mut child = self
            .command()
            .args(triple.iter().flat_map(|triple| ["--target", triple]))
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::unreachable(format!("cannot start cargo: {error}")))?;
        let mut built = Vec::new();
        let mut first_error = None;
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                let message = message
                    .map_err(|error| Failure::internal(format!("cannot read cargo: {error}")))?;
                match message {
                    Message::CompilerMessage(CompilerMessage { message, .. }) => {
                        anstream::eprint!("{}", message.rendered.as_deref().unwrap_or_default());
                        first_error = first_error.or_else(|| place_of_error(&message));
                    }
                    Message::CompilerArtifact(artifact)
                        if artifact.target.is_kind(TargetKind::Bin) != self.example.is_some() =>
                    {
                        let executable = artifact.executable.map(|it| it.into_std_path_buf());
                        built.extend(executable.map(|path| (artifact.target.name, path)));
                    }
                    _ => {}
                }
            }
        }
        let status = child.wait().map_err(|error| Failure::internal(error.to_string()))?;
        if !status.success() {
            let failure = Failure::unreachable("the server could not be built");
            let another = (!self.has_manifest()).then(|| ANOTHER_SERVER.to_owned());
            return Err(first_error.or(another).into_iter().fold(failure, Failure::note));
        }
        self.choose(built)
    }

    /// The packages here, as Cargo describes them.
    ///
    /// # Errors
    /// The message of Cargo.
    pub(crate) fn metadata(&self) -> Result<Metadata, String> {
        let mut command = MetadataCommand::new();
        if let Some(path) = &self.manifest_path {
            command.manifest_path(path);
        }
        command.no_deps().exec().map_err(|error| error.to_string().trim().to_owned())
    }

    /// The package with the server.
    pub(crate) fn described(&self) -> Result<Package, Failure> {
        let metadata = self.metadata().map_err(|message| {
            let note = "start it in the folder of a package, or name one with `--manifest-path`";
            Failure::usage(message).note(note)
        })?;
        let kind = if self.example.is_some() { TargetKind::Example } else { TargetKind::Bin };
        let program = self.example.as_ref().or(self.bin.as_ref());
        let has_program = |package: &&Package| {
            let mut programs = package.targets.iter().filter(|it| it.is_kind(kind.clone()));
            programs.any(|it| program.is_none_or(|name| *name == it.name))
        };
        let found: Vec<Package> = match &self.package {
            Some(_) => {
                let name = self.package_name().unwrap_or_default();
                let all = metadata.workspace_packages();
                let names = all.iter().map(|package| package.name.as_str());
                let hint = did_you_mean(name, names);
                let found = all.into_iter().filter(|package| package.name == name);
                let found: Vec<_> = found.cloned().collect();
                if found.is_empty() {
                    return Err(Failure::usage(format!("there is no package `{name}`{hint}")));
                }
                found
            }
            None => {
                let all = metadata.workspace_default_packages();
                all.into_iter().filter(has_program).cloned().collect()
            }
        };
        match &found[..] {
            [only] => Ok(only.clone()),
            [] => Err(Failure::usage("this package has no binary")
                .note("`--example NAME` takes an example, `--package NAME` another package")),
            several => {
                let names: Vec<_> = several.iter().map(|it| format!("`{}`", it.name)).collect();
                let message = format!("several packages have a binary: {}", names.join(", "));
                Err(Failure::usage(message).note("choose one with `--package NAME`"))
            }
        }
    }

    /// Name of the package that is chosen, which Cargo accepts as `NAME@VERSION`, too.
    fn package_name(&self) -> Option<&str> {
        self.package.as_deref().map(|name| name.split('@').next().unwrap_or_default())
    }

    /// Returns `true` if Cargo finds a package or a workspace.
    pub(crate) fn has_manifest(&self) -> bool {
        let has_manifest = |folder: &Path| folder.join("Cargo.toml").exists();
        self.manifest_path.is_some()
            || std::env::current_dir().is_ok_and(|it| it.ancestors().any(has_manifest))
    }

    /// The binary that `default-run` names, of several.
    fn default_run(&self, built: &[(String, PathBuf)]) -> Option<PathBuf> {
        let packages = self.metadata().ok()?.packages;
        let is_meant = |name: &str| self.package_name().is_none_or(|package| package == name);
        let packages = packages.into_iter().filter(|package| is_meant(&package.name));
        let names: Vec<_> = packages.filter_map(|package| package.default_run).collect();
        let mut binaries = built.iter().filter(|(name, _)| names.contains(name));
        let (_, path) = binaries.next().filter(|_| binaries.next().is_none())?;
        Some(path.clone())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--message-format=json-diagnostic-rendered-ansi"]);
        let named = [
            ("--package", &self.package),
            ("--bin", &self.bin),
            ("--example", &self.example),
            ("--profile", &self.profile),
        ];
        for (option, value) in named {
            command.args(value.iter().flat_map(|value| [option, value]));
        }
        command.args(self.features.iter().flat_map(|features| ["--features", features]));
        let flags = [
            ("--release", self.release),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
            ("--bins", self.bin.is_none() && self.example.is_none()),
        ];
        command.args(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag));
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        command
    }

    fn choose(&self, mut built: Vec<(String, PathBuf)>) -> Result<PathBuf, Failure> {
        built.dedup();
        match &built[..] {
            [(_, only)] => Ok(only.clone()),
            [] => Err(Failure::usage("this package has no binary")
                .note("`--example NAME` takes an example")
                .note(ANOTHER_SERVER)),
            several => {
                if let Some(path) = self.default_run(several) {
                    return Ok(path);
                }
                let names: Vec<_> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
                let names = names.join(", ");
                Err(Failure::usage(format!("several binaries could be the server: {names}"))
                    .note("choose one with `--bin NAME`, or with `default-run` in `Cargo.toml`"))
            }
        }
    }
}

/// Advice where there is nothing to build.
const ANOTHER_SERVER: &str = "without `--target` and `-- COMMAND`, the server is that of the package in this \
                              directory; `cargo mcp new NAME` makes one";

/// Code and place of an error, such as `E0308, src/main.rs:14`.
fn place_of_error(message: &Diagnostic) -> Option<String> {
    let code = message.code.as_ref().map(|code| code.code.clone());
    let place = message.spans.iter().find(|span| span.is_primary);
    let place = place.map(|span| format!("{}:{}", span.file_name, span.line_start));
    let parts: Vec<_> = code.into_iter().chain(place).collect();
    (message.level == DiagnosticLevel::Error && !parts.is_empty()).then(|| parts.join(", "))
}
