//! Asking a client for the directories that its user has opened to servers.
//!
//! Specification: [Roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots).

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

use mcp_core::method::Method;
use mcp_core::protocol::{ListRootsResult, Root};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::question::{Digest, Needs, Question};
use super::{AnswerFuture, AskError, ask};
use crate::context::exchange::Sender;
use crate::context::handle::Context;
use crate::context::session::Session;

/// The directories that a client opens to servers.
///
/// They tell where the user wants work to be done. They are no protection of the server's files:
/// a client can name any directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots(Arc<[Root]>);

impl Roots {
    /// Each as the client gave it.
    pub fn all(&self) -> &[Root] {
        &self.0
    }

    /// Those that are directories or files of this machine.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.0.iter().filter_map(|root| path_of(&root.uri))
    }

    /// The real place of a path, if it lies within one of the roots.
    ///
    /// A relative path is taken from the first root in which there is such a file, or from the
    /// first root. Symbolic links are followed before it is decided, as far as the path exists. What
    /// changes the file system between this and the use of the path can still lead out; where that
    /// is to be feared, open files through a directory handle such as that of the feature `files`.
    ///
    /// # Errors
    /// [`RootsError`] if the path lies outside, or if there is no root on this machine.
    pub fn resolve(&self, path: impl AsRef<Path>) -> Result<PathBuf, RootsError> {
        let path = path.as_ref();
        let outside = |why| RootsError { path: path.to_owned(), why };
        let roots: Vec<_> = self.paths().filter_map(|root| root.canonicalize().ok()).collect();
        let first = roots.first().ok_or_else(|| outside("the client has no roots here"))?;
        let wanted = if path.is_absolute() {
            path.to_owned()
        } else {
            let found = roots.iter().map(|root| root.join(path)).find(|path| path.exists());
            found.unwrap_or_else(|| first.join(path))
        };
        let real = real_path(&wanted).ok_or_else(|| outside("it does not lead anywhere"))?;
        if roots.iter().any(|root| real.starts_with(root)) {
            Ok(real)
        } else {
            Err(outside("it lies outside the roots of the client"))
        }
    }
}

/// A path without links, of which the end need not exist. `None` if it goes up from what does not
/// exist, because then nobody knows where it leads.
fn real_path(path: &Path) -> Option<PathBuf> {
    let mut missing = Vec::new();
    let mut existing = path;
    loop {
        match existing.canonicalize() {
            Ok(real) => {
                let ends = missing.iter().rev();
                return Some(
                    ends.fold(real, |path: PathBuf, name: &&std::ffi::OsStr| path.join(name)),
                );
            }
            // A link that leads nowhere may lead anywhere tomorrow.
            Err(_) if existing.is_symlink() => return None,
            Err(_) => match existing.components().next_back()? {
                Component::Normal(name) => missing.push(name),
                _ => return None,
            },
        }
        existing = existing.parent()?;
    }
}

/// The path of a `file:` URI on this machine.
fn path_of(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next()?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_at(rest.find('/')?);
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return None;
            }
            &rest[host.len()..]
        }
        None => rest,
    };
    // Of a path with a drive, the slash before it is not part.
    let path = if cfg!(windows) { path.strip_prefix('/').unwrap_or(path) } else { path };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = PathBuf::from(&*path);
    (path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&0)).then_some(path)
}

/// A path that is not within the roots of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootsError {
    path: PathBuf,
    why: &'static str,
}

impl fmt::Display for RootsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be used: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for RootsError {}

/// The question for the roots, made by [`Context::roots`]. Await it for the answer.
#[must_use = "nothing is asked until it is awaited"]
pub struct RootsRequest {
    cx: Context,
    key: Option<String>,
    answer: Option<AnswerFuture>,
    /// How often the roots had changed when they were asked for.
    asked_at: u32,
}

impl Context {
    /// Asks the client for its roots. A legacy session that tells of changes is asked once, until
    /// it does.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Count the lines of a file in the user's workspace.
    /// #[tool(read_only)]
    /// async fn count_lines(cx: &Context, path: String) -> Result<usize, ToolError> {
    ///     let path = cx.roots().await?.resolve(path)?;
    ///     Ok(std::fs::read_to_string(path)?.lines().count())
    /// }
    /// ```
    pub fn roots(&self) -> RootsRequest {
        RootsRequest { cx: self.clone(), key: None, answer: None, asked_at: 0 }
    }

    /// Whether the client can be asked for its roots.
    pub fn can_list_roots(&self) -> bool {
        Needs::Roots.are_met_by(self)
    }

    fn session(&self) -> Option<&Session> {
        match &self.exchange().sender {
            Sender::Session(session) => Some(session),
            Sender::Request => None,
        }
    }
}

impl RootsRequest {
    /// Names the question on the wire, for clients that care.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    fn begin(&mut self) -> AnswerFuture {
        self.asked_at = self.cx.session().map_or(0, |session| session.roots.changes());
        let key = self.key.take();
        let digest = Digest::of(Method::RootsList, key.as_deref(), "");
        let check = Arc::new(|answer: &RawValue| read(answer).map(drop));
        let (method, needs, params) = (Method::RootsList, Needs::Roots, "{}".to_owned());
        let question = Question { method, params, key, digest, needs, check };
        Box::pin(ask(self.cx.clone(), question))
    }
}

impl Future for RootsRequest {
    type Output = Result<Roots, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.answer.is_none() {
            let known = this.cx.session().and_then(|session| session.roots.get());
            if let Some(roots) = known {
                return Poll::Ready(Ok(Roots(roots)));
            }
            this.answer = Some(this.begin());
        }
        let Some(answer) = &mut this.answer else { return Poll::Pending };
        let answer = ready!(answer.as_mut().poll(cx))?;
        let roots = read(&answer).map_err(|because| AskError::invalid(&because))?;
        // Of others nobody would hear when the roots have changed.
        let tells = |session: &Session| {
            let roots = session.capabilities.roots.as_ref();
            roots.is_some_and(|roots| roots.list_changed == Some(true))
        };
        if let Some(session) = this.cx.session().filter(|session| tells(session)) {
            session.roots.keep(Arc::clone(&roots.0), this.asked_at);
        }
        Poll::Ready(Ok(roots))
    }
}

fn read(answer: &RawValue) -> Result<Roots, String> {
    let result: ListRootsResult =
        serde_json::from_str(answer.get()).map_err(|error| error.to_string())?;
    Ok(Roots(result.roots.into()))
}

impl fmt::Debug for RootsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootsRequest").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(paths: &[&Path]) -> Roots {
        let root = |path: &&Path| Root::new(format!("file://{}", path.display()));
        Roots(paths.iter().map(root).collect())
    }

    #[test]
    fn only_uris_of_this_machine_are_paths() {
        let check = |uri: &str, expected: Option<&str>| {
            assert_eq!(path_of(uri), expected.map(PathBuf::from), "{uri}");
        };
        check("file:///a/b", Some("/a/b"));
        check("FILE://localhost/a%20b", Some("/a b"));
        check("file:/a", Some("/a"));
        check("file:///a?x#y", Some("/a"));
        check("file://elsewhere/a", None);
        check("file:a", None);
        check("file:///a%00b", None);
        check("file:///a%ff", None);
        check("https://a/b", None);
        check("file://", None);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_stays_within_the_roots() {
        let base = std::env::temp_dir().join(format!("mcp-roots-{}", std::process::id()));
        let inside = base.join("inside");
        let sibling = base.join("inside-not");
        for directory in [&inside, &sibling] {
            std::fs::create_dir_all(directory).unwrap();
        }
        std::fs::write(inside.join("file"), "").unwrap();
        for (link, target) in [("out", &sibling), ("nowhere", &base.join("missing"))] {
            let _ = std::os::unix::fs::symlink(target, inside.join(link));
        }
        let real = inside.canonicalize().unwrap();
        let roots = roots(&[&inside]);
        let check = |path: &str, expected: Option<&str>| {
            let found = roots.resolve(path).ok();
            assert_eq!(found, expected.map(|path| real.join(path)), "{path}");
        };
        check("file", Some("file"));
        check("new/file", Some("new/file"));
        check("./file", Some("file"));
        check("../inside/file", Some("file"));
        check("../inside-not", None);
        check("out/x", None);
        check("nowhere/x", None);
        check("new/../../x", None);
        check("/etc/passwd", None);
        let absolute = inside.join("file");
        assert_eq!(roots.resolve(&absolute).unwrap(), real.join("file"));
        assert!(Roots(Arc::new([])).resolve("file").is_err());
        std::fs::remove_dir_all(&base).unwrap();
    }
}
