//! `lock`: writes the components of a server to a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::list::Listing;
use crate::arguments::OutputArguments;
use crate::connect::connect;
use crate::exit::{Exit, Failure};
use crate::files::replace;
use crate::lock::{FIRST_LINE, Lock, refuse_newer};
use crate::output::print_json;
use crate::target::TargetArguments;

/// Writes the components of a server to `mcp.lock`, for `check`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp lock
  cargo mcp lock --file weather.lock --target http://127.0.0.1:8000/mcp
  cargo mcp lock -- npx -y @modelcontextprotocol/server-everything")]
pub(crate) struct LockArguments {
    /// File to write
    #[arg(long, value_name = "FILE", default_value = "mcp.lock")]
    file: PathBuf,
    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    components: usize,
    /// `false` if the file had these bytes already.
    changed: bool,
}

pub(crate) async fn run(arguments: LockArguments, output: &OutputArguments) -> Result<(), Failure> {
    let LockArguments { file, target } = arguments;
    let present = present(&file)?;
    let lock = of_server(&target).await?;
    let text = lock.to_text();
    let changed = present.as_deref() != Some(&*text);
    if changed {
        replace(&file, &text)?;
    }
    let components = lock.components.len();
    if output.json {
        return print_json(&Written { file: &file, components, changed });
    }
    if !output.quiet {
        let verb = if changed { "wrote" } else { "unchanged:" };
        let plural = if components == 1 { "" } else { "s" };
        anstream::eprintln!("{verb} `{}`, {components} component{plural}", file.display());
    }
    Ok(())
}

/// The lock of a server.
pub(crate) async fn of_server(target: &TargetArguments) -> Result<Lock, Failure> {
    let client = connect(target).await?;
    let listing = Listing::all(&client).await;
    let server = client.server_info();
    client.close().await;
    Ok(Lock::new(&server, &listing?))
}

/// The text of the file, which must be a lock if there is one.
fn present(path: &Path) -> Result<Option<String>, Failure> {
    let shown = path.display();
    let failure = |message: String| Failure::new(Exit::Usage, "lock", message);
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failure(format!("cannot read `{shown}`: {error}"))),
    };
    // Another file is not replaced. A lock with marks of a merge is.
    if !text.trim().is_empty() && !text.lines().any(|line| line == FIRST_LINE) {
        return Err(failure(format!("`{shown}` is no lock, and was not replaced"))
            .note("name another file with `--file`, or remove this one"));
    }
    refuse_newer(path, &text)?;
    Ok(Some(text))
}
