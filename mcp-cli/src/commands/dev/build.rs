//! Builds, and the server that comes out.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use mcp_runtime::client::{Client, ServerInfo};
use mcp_runtime::protocol::Implementation;

use super::changes::Surface;
use crate::exit::Failure;
use crate::target::package::PackageArguments;

/// Time that a new build has to answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// Way to a new build.
pub(super) enum Builder {
    /// `cargo build`.
    Cargo(PackageArguments),
    /// A program whose last line of output is the path of the server.
    Command(PathBuf),
}

/// A build that answers.
pub(super) struct Build {
    copy: ProgramCopy,
    pub(super) arguments: Vec<OsString>,
    pub(super) info: Arc<ServerInfo>,
    pub(super) surface: Surface,
    /// Time from the start of a process to its lists.
    pub(super) ready: Duration,
    fingerprint: Fingerprint,
}

/// Size and time of a file.
type Fingerprint = (u64, Option<SystemTime>);

impl Builder {
    /// Builds, and starts what comes out. Returns `None` if that is the former build.
    pub(super) async fn build(
        &self,
        arguments: &[OsString],
        former: Option<&Build>,
    ) -> Result<Option<Build>, Failure> {
        let program = self.program().await?;
        let cannot_copy = |error: io::Error| {
            Failure::internal(format!("cannot copy `{}`: {error}", program.display()))
        };
        let metadata = std::fs::metadata(&program).map_err(cannot_copy)?;
        let fingerprint = (metadata.len(), metadata.modified().ok());
        if former.is_some_and(|former| former.fingerprint == fingerprint) {
            return Ok(None);
        }
        let copy = ProgramCopy::of(&program).map_err(cannot_copy)?;
        let started = Instant::now();
        let client = Client::stdio(&copy.program).args(arguments).timeout(PROBE_TIMEOUT);
        let client =
            client.info(Implementation::new("cargo-mcp", env!("CARGO_PKG_VERSION"))).connect();
        let client = client.await?;
        let surface = Surface::of(&client).await;
        let (info, ready) = (client.server_info(), started.elapsed());
        client.close().await;
        let (arguments, surface) = (arguments.to_vec(), surface?);
        Ok(Some(Build { copy, arguments, info, surface, ready, fingerprint }))
    }

    async fn program(&self) -> Result<PathBuf, Failure> {
        match self {
            Self::Cargo(package) => {
                let package = package.clone();
                let built = tokio::task::spawn_blocking(move || package.build()).await;
                built.map_err(|error| Failure::internal(error.to_string()))?
            }
            Self::Command(command) => {
                let cannot_run = |error: io::Error| {
                    Failure::unreachable(format!("the build command does not run: {error}"))
                };
                let mut command = tokio::process::Command::new(command);
                command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
                let child = command.spawn().map_err(cannot_run)?;
                let output = child.wait_with_output().await.map_err(cannot_run)?;
                let text = String::from_utf8_lossy(&output.stdout);
                let path = text.lines().last().filter(|_| output.status.success());
                let failed = || Failure::unreachable("the build command failed");
                path.map(PathBuf::from).ok_or_else(failed)
            }
        }
    }
}

impl Build {
    pub(super) fn program(&self) -> &Path {
        &self.copy.program
    }
}

/// A copy of a program, because the next build overwrites the program. It lies beside it, and is removed
/// when this is dropped.
struct ProgramCopy {
    directory: PathBuf,
    program: PathBuf,
}

impl ProgramCopy {
    fn of(program: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let count = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = program.file_name().ok_or_else(|| io::Error::other("it has no name"))?;
        let beside = program.parent().unwrap_or(Path::new("."));
        let directory = beside.join(format!(".cargo-mcp-dev-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let copy = Self { program: directory.join(name), directory };
        std::fs::copy(program, &copy.program)?;
        Ok(copy)
    }
}

impl Drop for ProgramCopy {
    fn drop(&mut self) {
        // It lies in the target directory if it cannot be removed.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
