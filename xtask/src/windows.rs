//! The server and the client on Windows, which wine stands in for.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::bench::{Connection, Era, Tool, next_line};
use crate::full::is_installed;
use crate::log::printed;
use crate::process::{Background, HttpServer};
use crate::{Result, process, workspace};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// Compiler of the library that wine lacks.
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The first program of wine in a folder starts its services, which takes a while.
const START_LIMIT: Duration = Duration::from_secs(60);
const END_LIMIT: Duration = Duration::from_secs(20);

/// Runs `cargo xtask windows`.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    arguments.finish()?;
    let windows = Windows::prepare()?;
    printed("a server over standard input and output", || windows.check_stdio())?;
    printed("a server over HTTP", || windows.check_http())?;
    printed("a client and its child processes", || windows.check_children())
}

/// Programs for Windows, and what runs them.
struct Windows {
    wine: &'static str,
    /// Folder of the programs.
    programs: PathBuf,
    /// Folder of the settings of wine.
    prefix: PathBuf,
}

impl Windows {
    fn prepare() -> Result<Self> {
        let wine =
            ["wine64", "wine", "/usr/lib/wine/wine64"].into_iter().find(|name| is_installed(name));
        let (Some(wine), true) = (wine, is_installed(COMPILER)) else {
            return Err(
                "wine and the compiler are needed: apt-get install wine64 gcc-mingw-w64-x86-64"
                    .into(),
            );
        };
        let target = workspace::target().join("windows");
        let manifest = workspace::root().join("tests/windows/Cargo.toml");
        let mut build = workspace::cargo();
        build.args(["build", "--locked", "--target", TARGET, "--manifest-path"]).arg(&manifest);
        process::run(build.env("CARGO_TARGET_DIR", &target))?;
        let programs = target.join(TARGET).join("debug");
        let mut compile = Command::new(COMPILER);
        compile.arg("-shared").arg("-o").arg(programs.join("bcryptprimitives.dll"));
        compile.arg(manifest.with_file_name("bcryptprimitives.c")).arg("-ladvapi32");
        process::run(&mut compile)?;
        let windows = Self { wine, programs, prefix: workspace::scratch("wine")? };
        process::run(windows.wine().args(["wineboot", "--init"]))?;
        Ok(windows)
    }

    fn wine(&self) -> Command {
        let mut wine = Command::new(self.wine);
        // Neither .NET nor a browser is offered.
        wine.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        wine.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        wine
    }

    fn program(&self, name: &str) -> Command {
        let mut wine = self.wine();
        wine.arg(self.path(name));
        wine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}.exe"))
    }

    /// Calls a tool in each era, and expects the server to exit at the end of its input.
    fn check_stdio(&self) -> Result<()> {
        for era in Era::ALL {
            let mut command = self.program("hello");
            let mut server =
                Background::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
            let mut input = server.child().stdin.take().ok_or("the server has no stdin")?;
            let output = server.child().stdout.take().ok_or("the server has no stdout")?;
            let mut output = BufReader::new(output);
            let (opening, answers) = era.opening();
            input.write_all(opening.as_bytes())?;
            for _ in 0..answers {
                next_line(&mut output)?;
            }
            for number in 0..100 {
                input.write_all((Tool::Add.request(era, number) + "\n").as_bytes())?;
                Tool::Add.check(&next_line(&mut output)?)?;
            }
            drop(input);
            let status = server.wait(END_LIMIT)?;
            if !status.success() {
                return Err(format!("the server failed at the end of its input: {status}").into());
            }
        }
        Ok(())
    }

    fn check_http(&self) -> Result<()> {
        let mut command = self.program("hello");
        let mut server = HttpServer::start(command.args(["--http", "127.0.0.1:0"]), START_LIMIT)?;
        for _ in 0..2 {
            let mut connection = Connection::open(server.address())?;
            for number in 0..50 {
                Tool::Add.check(&connection.call(Tool::Add, number, None)?)?;
            }
        }
        server.process().terminate()
    }

    fn check_children(&self) -> Result<()> {
        let hello = windows_path(&self.path("hello"));
        process::run(self.program("children").arg(hello))
    }
}

/// A path of this system as programs of Windows see it: wine mounts the root as drive `Z`.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_on_the_drive_of_the_root() {
        assert_eq!(windows_path(Path::new("/a b/hello.exe")), r"Z:\a b\hello.exe");
    }
}
