//! Roots: directories that the user of a client opens to servers.
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

use super::AskError;
use super::question::Needs;
use super::question_future::{Ask, QuestionFuture, Rendered};
use crate::context::exchange::Sender;
use crate::context::handle::Context;
use crate::context::session::Session;
use crate::read_json::read_json;

/// The directories that a client opens to servers.
///
/// They are the places that the user works with. They do not protect files of the server: a client can
/// send any directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots(Arc<[Root]>);

impl Roots {
    /// All roots, as the client sent them.
    pub fn all(&self) -> &[Root] {
        &self.0
    }

    /// Paths of the roots on this machine.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.0.iter().filter_map(|root| path_of(&root.uri))
    }

    /// Resolves a path, which must lie within one of the roots.
    ///
    /// A relative path is relative to the first root that contains such a file, or else to the first
    /// root. Symbolic links are resolved before the check, as far as the path exists. A change of the
    /// file system between this check and the use of the path can still lead outside. Where that is a
    /// risk, open files through a directory handle such as that of the feature `files`.
    ///
    /// # Errors
    /// [`RootsError`] if the path lies outside, or if there is no root on this machine.
    pub fn resolve(&self, path: impl AsRef<Path>) -> Result<PathBuf, RootsError> {
        let path = path.as_ref();
        let roots: Vec<_> = self.paths().filter_map(|root| root.canonicalize().ok()).collect();
        let first = roots.first().ok_or_else(|| RootsError::NoRoots { path: path.to_owned() })?;
        let wanted = if path.is_absolute() {
            path.to_owned()
        } else {
            let found = roots.iter().map(|root| root.join(path)).find(|path| path.exists());
            found.unwrap_or_else(|| first.join(path))
        };
        let real =
            real_path(&wanted).ok_or_else(|| RootsError::Unresolved { path: path.to_owned() })?;
        if roots.iter().any(|root| real.starts_with(root)) {
            Ok(real)
        } else {
            Err(RootsError::Outside { path: path.to_owned() })
        }
    }
}

/// Resolves links in a path whose last parts need not exist. `None` if `..` follows a part that does
/// not exist, because the target is then unknown.
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
            // The target of a dangling link may be created later, anywhere.
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
    // The slash before a drive letter is not part of the path.
    let path = if cfg!(windows) { path.strip_prefix('/').unwrap_or(path) } else { path };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = PathBuf::from(&*path);
    (path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&0)).then_some(path)
}

/// Error for a path that is not within the roots of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootsError {
    /// The client has no roots on this machine.
    #[non_exhaustive]
    NoRoots {
        /// The path, as it was given.
        path: PathBuf,
    },
    /// The path cannot be resolved, because of a dangling link or `..` after a missing directory.
    #[non_exhaustive]
    Unresolved {
        /// The path, as it was given.
        path: PathBuf,
    },
    /// The path lies outside the roots.
    #[non_exhaustive]
    Outside {
        /// The path, as it was given.
        path: PathBuf,
    },
}

impl fmt::Display for RootsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, reason) = match self {
            Self::NoRoots { path } => (path, "the client has no roots on this machine"),
            Self::Unresolved { path } => (path, "it cannot be resolved"),
            Self::Outside { path } => (path, "it lies outside the roots of the client"),
        };
        write!(f, "`{}` cannot be used: {reason}", path.display())
    }
}

impl std::error::Error for RootsError {}

/// A request for the roots, created by [`Context::roots`]. Await it for the answer.
#[must_use = "nothing is asked until it is awaited"]
pub struct RootsRequest(QuestionFuture<ListRoots>);

/// Content of a request for the roots.
struct ListRoots {
    /// Number of changes of the roots before the request.
    asked_at: u32,
}

impl Context {
    /// Asks the client for its roots. In a legacy session whose client reports changes, they are cached
    /// until the next change.
    ///
    /// # Example
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
        RootsRequest(QuestionFuture::new(self, ListRoots { asked_at: 0 }))
    }

    /// Returns `true` if the client supports roots.
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
    /// Sets the key of the question in `inputRequests`. It is generated by default.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.key = Some(key.into());
        self
    }
}

impl Ask for ListRoots {
    type Answer = Roots;

    const METHOD: Method = Method::RootsList;
    const NEEDS: Needs = Needs::Roots;

    fn render(&mut self, cx: &Context, _: bool) -> Result<Rendered, AskError> {
        self.asked_at = cx.session().map_or(0, |session| session.roots.changes());
        Ok(Rendered { params: "{}".to_owned(), identity: None })
    }

    fn read(answer: &RawValue) -> Result<Roots, String> {
        let result: ListRootsResult = read_json(answer.get())?;
        Ok(Roots(result.roots.into()))
    }
}

impl Future for RootsRequest {
    type Output = Result<Roots, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let question = &mut self.0;
        if !question.has_started() {
            let known = question.cx.session().and_then(|session| session.roots.get());
            if let Some(roots) = known {
                return Poll::Ready(Ok(Roots(roots)));
            }
        }
        let roots = ready!(Pin::new(&mut *question).poll(cx))?;
        // Not cached for other clients: their changes would go unnoticed.
        let reports_changes = |session: &Session| {
            let roots = session.capabilities.roots.as_ref();
            roots.is_some_and(|roots| roots.list_changed == Some(true))
        };
        if let Some(session) = question.cx.session().filter(|session| reports_changes(session)) {
            session.roots.keep(Arc::clone(&roots.0), question.ask.asked_at, &session.budget);
        }
        Poll::Ready(Ok(roots))
    }
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
