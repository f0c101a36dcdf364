//! Storage of tokens and of registered clients.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::error::{AuthError, AuthErrorKind};

/// The future of an operation of a [`TokenStorage`].
pub type StorageFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send + 'a>>;

/// The owner of a stored value: an authorization server, and the server whose tokens it issued.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct StorageKey {
    /// Issuer of the authorization server.
    pub issuer: String,
    /// Identifier of the server for its tokens; `None` for the client that is registered with the
    /// authorization server.
    pub resource: Option<String>,
}

impl StorageKey {
    /// Key of the tokens for a server.
    pub fn tokens(issuer: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), resource: Some(resource.into()) }
    }

    /// Key of the client that is registered with an authorization server.
    pub fn registration(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), resource: None }
    }
}

/// A place where tokens outlive the client. Values are secrets; their text is JSON that only this crate
/// reads.
///
/// [`MemoryStorage`] and [`FileStorage`] implement it, and with the feature `keyring` also `KeyringStorage`.
/// An implementation of an application may use a database.
pub trait TokenStorage: Send + Sync + 'static {
    /// Loads a value.
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>>;

    /// Stores a value in place of an earlier one.
    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()>;

    /// Removes a value, if there is one.
    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()>;

    /// Waits until no other process renews tokens in this storage, and keeps others waiting until the
    /// lock is dropped. Without it, two processes may send the same refresh token, which many authorization
    /// servers take for a theft. By default, nothing is locked.
    fn lock(&self) -> StorageFuture<'_, StorageLock> {
        Box::pin(std::future::ready(Ok(StorageLock::none())))
    }
}

/// The exclusive use of a [`TokenStorage`] by one process, until it is dropped.
pub struct StorageLock(#[expect(dead_code, reason = "it is dropped")] Option<Box<dyn Any + Send>>);

impl StorageLock {
    /// A lock that excludes none, for a storage of one process.
    pub fn none() -> Self {
        Self(None)
    }

    /// Waits for the lock of a file, which is created if needed.
    ///
    /// # Errors
    /// [`AuthErrorKind::Storage`] if the file cannot be opened or locked.
    pub async fn of_file(path: impl Into<PathBuf>) -> Result<Self, AuthError> {
        let path = path.into();
        let locked = tokio::task::spawn_blocking(move || {
            lock_file(&path)
                .map_err(|error| storage(format!("locking `{}` failed: {error}", path.display())))
        });
        let file = locked.await.unwrap_or_else(|_| Err(storage("waiting for a lock was ended")))?;
        Ok(Self(Some(Box::new(file))))
    }
}

impl fmt::Debug for StorageLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageLock").finish_non_exhaustive()
    }
}

/// Opens a file and locks it. File systems without locks have none.
fn lock_file(path: &Path) -> io::Result<fs::File> {
    create_directory_of(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        outcome => outcome?,
    }
    Ok(file)
}

/// Creates the directory of a file, for this user only.
fn create_directory_of(path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A storage that ends with the process. Several clients can share one in an
/// [`Arc`](std::sync::Arc).
#[derive(Default)]
pub struct MemoryStorage(Mutex<BTreeMap<StorageKey, SecretString>>);

impl MemoryStorage {
    /// Creates an empty storage.
    pub fn new() -> Self {
        Self::default()
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<StorageKey, SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStorage").finish_non_exhaustive()
    }
}

impl TokenStorage for MemoryStorage {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        let found = self.values().get(key).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        self.values().insert(key.clone(), value);
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        self.values().remove(key);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl<T: TokenStorage + ?Sized> TokenStorage for std::sync::Arc<T> {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        (**self).load(key)
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        (**self).save(key, value)
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        (**self).remove(key)
    }

    fn lock(&self) -> StorageFuture<'_, StorageLock> {
        (**self).lock()
    }
}

/// A file that only its owner can read. Its directory is created, if needed. Several processes can share it:
/// they lock the files `NAME.lock` and `NAME.renewal.lock` beside it.
///
/// On Unix the file has the mode 0600, and one that others can read is refused. On other systems the
/// directory has to be private, such as one in the profile of the user.
pub struct FileStorage {
    path: PathBuf,
    /// One change at a time.
    changes: Mutex<()>,
}

impl fmt::Debug for FileStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStorage").field("path", &self.path).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Entry {
    issuer: String,
    resource: Option<String>,
    value: String,
}

impl FileStorage {
    /// Creates a storage in a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), changes: Mutex::default() }
    }

    fn read(&self) -> Result<Vec<Entry>, AuthError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed("reading", &error)),
        };
        check_mode(&self.path)?;
        serde_json::from_slice(&text).map_err(|_| {
            let path = self.path.display();
            storage(format!(
                "expected stored tokens in `{path}`, got another file; remove it to log in anew"
            ))
        })
    }

    fn change(&self, key: &StorageKey, value: Option<SecretString>) -> Result<(), AuthError> {
        let _one_at_a_time = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = self.beside(".lock");
        let _one_process = lock_file(&lock).map_err(|error| self.failed("locking", &error))?;
        let mut entries = self.read()?;
        let before = entries.len();
        entries.retain(|entry| !is(entry, key));
        if value.is_none() && entries.len() == before {
            return Ok(());
        }
        entries.extend(value.map(|value| Entry {
            issuer: key.issuer.clone(),
            resource: key.resource.clone(),
            value: value.expose_secret().to_owned(),
        }));
        let text = serde_json::to_vec_pretty(&entries)
            .map_err(|_| storage("tokens cannot be written as JSON"))?;
        self.write(&text).map_err(|error| self.failed("writing", &error))
    }

    /// Writes a new file, and then puts it in the place of the old one.
    fn write(&self, text: &[u8]) -> io::Result<()> {
        create_directory_of(&self.path)?;
        let new = self.beside(&format!(".{}.new", std::process::id()));
        // A file of an earlier process with this id, which did not finish.
        let _ = fs::remove_file(&new);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        let written = file.write_all(text).and_then(|()| file.sync_all());
        drop(file);
        let moved = written.and_then(|()| fs::rename(&new, &self.path));
        if moved.is_err() {
            let _ = fs::remove_file(&new);
        }
        moved
    }

    /// Returns the path of a file beside this one, whose name is longer.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        self.path.with_file_name(name)
    }

    fn failed(&self, action: &str, error: &io::Error) -> AuthError {
        storage(format!("{action} `{}` failed: {error}", self.path.display()))
    }
}

fn is(entry: &Entry, key: &StorageKey) -> bool {
    entry.issuer == key.issuer && entry.resource == key.resource
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), AuthError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 == 0) {
        return Ok(());
    }
    let path = path.display();
    Err(storage(format!(
        "others can read `{path}`, which contains tokens; `chmod 600` it, or remove it"
    )))
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), AuthError> {
    Ok(())
}

impl TokenStorage for FileStorage {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        let found = self.read().map(|entries| {
            let found = entries.into_iter().find(|entry| is(entry, key));
            found.map(|entry| entry.value.into())
        });
        Box::pin(std::future::ready(found))
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        Box::pin(std::future::ready(self.change(key, Some(value))))
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        Box::pin(std::future::ready(self.change(key, None)))
    }

    // Another file than that of changes, which happen while this lock is held.
    fn lock(&self) -> StorageFuture<'_, StorageLock> {
        Box::pin(StorageLock::of_file(self.beside(".renewal.lock")))
    }
}

fn storage(message: impl Into<String>) -> AuthError {
    AuthError::new(AuthErrorKind::Storage, message)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) async fn check(storage: &dyn TokenStorage) {
        let key = |issuer: &str, resource: &str| StorageKey::tokens(issuer, resource);
        let load = async |key: &StorageKey| {
            let found = storage.load(key).await.unwrap();
            found.map(|found| found.expose_secret().to_owned())
        };
        storage.save(&key("a", "r"), "one".into()).await.unwrap();
        storage.save(&key("a", "r"), "two".into()).await.unwrap();
        storage.save(&StorageKey::registration("a"), "client".into()).await.unwrap();
        assert_eq!(load(&key("a", "r")).await.as_deref(), Some("two"));
        assert_eq!(load(&StorageKey::registration("a")).await.as_deref(), Some("client"));
        // Tokens of one server or issuer are not those of another.
        assert_eq!(load(&key("a", "s")).await, None);
        assert_eq!(load(&key("a/", "r")).await, None);
        storage.remove(&key("a", "r")).await.unwrap();
        storage.remove(&key("x", "r")).await.unwrap();
        assert_eq!(load(&key("a", "r")).await, None);
        assert_eq!(load(&StorageKey::registration("a")).await.as_deref(), Some("client"));
    }

    fn directory(name: &str) -> PathBuf {
        let directory =
            std::env::temp_dir().join(format!("mcp-tokens-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        directory
    }

    #[tokio::test]
    async fn values_are_kept_by_issuer_and_resource() {
        check(&MemoryStorage::new()).await;
        let directory = directory("kept");
        check(&FileStorage::new(directory.join("deep/tokens.json"))).await;
        let entries = fs::read_dir(directory.join("deep")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["tokens.json", "tokens.json.lock"]);
        fs::remove_dir_all(directory).unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = directory("mode");
        let path = directory.join("tokens.json");
        let storage = FileStorage::new(&path);
        let key = StorageKey::tokens("a", "r");
        storage.save(&key, "secret".into()).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = storage.load(&key).await.unwrap_err();
        assert_eq!(error.kind, AuthErrorKind::Storage);
        assert!(error.to_string().contains("others can read"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "no json: secret").unwrap();
        let error = storage.load(&key).await.unwrap_err().to_string();
        assert!(error.contains("remove it") && !error.contains("secret"), "{error}");
        fs::remove_dir_all(directory).unwrap();
    }
}
