//! Tokens in the keyring of the system.
//!
//! The keyring of Windows limits the size of an entry, so a value is divided into several. Each part names
//! the value that it belongs to, so that the parts of two values are never joined.

use std::fmt;
use std::sync::Arc;

use keyring_core::{Entry, Error as KeyringError};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::error::{AuthError, AuthErrorKind};
use super::jwt::{encoded, random_text};
use super::storage::{StorageFuture, StorageKey, TokenStorage};
use crate::shorten::line;

/// Size of a part, in bytes. Windows allows 2560 of them.
const PART: usize = 2048;

/// Largest number of parts.
const MAX_PARTS: usize = 64;

/// Longest account, in bytes. Windows allows 512 characters.
const MAX_ACCOUNT: usize = 400;

/// Opens the entry of an account of a service.
type Open = dyn Fn(&str, &str) -> Result<Entry, KeyringError> + Send + Sync;

/// A storage in the keyring of the system: the Keychain of macOS, the Credential Manager of Windows, and
/// elsewhere the Secret Service, such as GNOME Keyring or KWallet.
///
/// ```
/// use mcp_runtime::client::auth::{KeyringStorage, Login};
///
/// let login = Login::browser().storage(KeyringStorage::new("weather-app"));
/// # drop(login);
/// ```
#[derive(Clone)]
pub struct KeyringStorage {
    service: Arc<str>,
    open: Arc<Open>,
}

impl KeyringStorage {
    /// Creates a storage whose entries have the name of a service, usually that of the application.
    /// Nothing is opened before a login.
    pub fn new(service: impl Into<String>) -> Self {
        Self::opening(service, |service, account| Ok(keyring::Entry::new(service, account)?.inner))
    }

    fn opening(
        service: impl Into<String>,
        open: impl Fn(&str, &str) -> Result<Entry, KeyringError> + Send + Sync + 'static,
    ) -> Self {
        Self { service: service.into().into(), open: Arc::new(open) }
    }

    /// Runs an operation on a thread where it may block, because the keyring may ask the user.
    fn run<T: Send + 'static>(
        &self,
        key: &StorageKey,
        operation: impl FnOnce(&Account) -> Result<T, AuthError> + Send + 'static,
    ) -> StorageFuture<'static, T> {
        let account = Account { storage: self.clone(), name: name_of(key) };
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || operation(&account)).await;
            done.unwrap_or_else(|_| Err(storage("the keyring was interrupted")))
        })
    }
}

impl fmt::Debug for KeyringStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringStorage").field("service", &self.service).finish_non_exhaustive()
    }
}

/// Returns the name of the entry of a value.
fn name_of(key: &StorageKey) -> String {
    let name = match &key.resource {
        // URLs have no spaces.
        Some(resource) => format!("{} {resource}", key.issuer),
        None => key.issuer.clone(),
    };
    match name.len() <= MAX_ACCOUNT {
        true => name,
        false => encoded(Sha256::digest(name)),
    }
}

/// The entries of one value.
struct Account {
    storage: KeyringStorage,
    name: String,
}

impl Account {
    fn entry(&self, part: usize) -> Result<Entry, KeyringError> {
        let KeyringStorage { service, open } = &self.storage;
        match part {
            0 => open(service, &self.name),
            part => open(service, &format!("{} #{part}", self.name)),
        }
    }

    /// Reads a part: the value that it belongs to, the number of parts, and the text.
    fn part(&self, part: usize) -> Result<Option<(String, usize, SecretString)>, AuthError> {
        let secret = match self.entry(part).and_then(|entry| entry.get_password()) {
            Ok(secret) => SecretString::from(secret),
            Err(KeyringError::NoEntry) => return Ok(None),
            Err(error) => return Err(failed("reading from", &error)),
        };
        let mut members = secret.expose_secret().splitn(3, ' ');
        let (id, count, text) = (members.next(), members.next(), members.next());
        // Another program may have written the entry.
        let count = count.and_then(|count| count.parse().ok()).filter(|count| *count <= MAX_PARTS);
        Ok(id.zip(count).zip(text).map(|((id, count), text)| (id.to_owned(), count, text.into())))
    }

    fn load(&self) -> Result<Option<SecretString>, AuthError> {
        let Some((id, count, first)) = self.part(0)? else { return Ok(None) };
        let mut value = first.expose_secret().to_owned();
        for part in 1..count {
            match self.part(part)? {
                Some((same, _, text)) if same == id => value.push_str(text.expose_secret()),
                // Of a value that was not written to its end.
                _ => return Ok(None),
            }
        }
        Ok(Some(value.into()))
    }

    fn save(&self, value: &SecretString) -> Result<(), AuthError> {
        let before = self.count();
        let parts = divided(value.expose_secret());
        if parts.len() > MAX_PARTS {
            return Err(storage("the tokens are too large for the keyring; use `FileStorage`"));
        }
        let id = random_text()?;
        for (index, text) in parts.iter().enumerate() {
            let secret: SecretString = format!("{id} {} {text}", parts.len()).into();
            let entry = self.entry(index);
            let set = entry.and_then(|entry| entry.set_password(secret.expose_secret()));
            set.map_err(|error| failed("writing to", &error))?;
        }
        self.remove_parts(parts.len()..before)
    }

    /// Number of parts that are stored, as far as the first one names it.
    fn count(&self) -> usize {
        self.part(0).ok().flatten().map_or(1, |(_, count, _)| count)
    }

    fn remove_parts(&self, parts: std::ops::Range<usize>) -> Result<(), AuthError> {
        for part in parts {
            match self.entry(part).and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(KeyringError::NoEntry) => {}
                Err(error) => return Err(failed("removing from", &error)),
            }
        }
        Ok(())
    }
}

/// Divides a text into parts.
fn divided(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > PART {
        let (part, further) = rest.split_at(rest.floor_char_boundary(PART));
        parts.push(part);
        rest = further;
    }
    parts.push(rest);
    parts
}

impl TokenStorage for KeyringStorage {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        self.run(key, Account::load)
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        self.run(key, move |account| account.save(&value))
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        self.run(key, |account| account.remove_parts(0..account.count()))
    }
}

fn failed(action: &str, error: &KeyringError) -> AuthError {
    let advice = "unlock it, start one (such as GNOME Keyring or KWallet), or use `FileStorage`";
    match error {
        KeyringError::NoDefaultStore => {
            let reason = match keyring::Entry::store_status() {
                Err(reason) => line(&reason.to_string()),
                Ok(()) => "it was removed by the program".to_owned(),
            };
            storage(format!("this system has no keyring that can be reached ({reason}); {advice}"))
        }
        KeyringError::NoStorageAccess(_) => {
            let reason = line(&error.to_string());
            storage(format!("the keyring of the system does not open ({reason}); {advice}"))
        }
        error => {
            let reason = line(&error.to_string());
            storage(format!("{action} the keyring of the system failed: {reason}"))
        }
    }
}

fn storage(message: impl Into<String>) -> AuthError {
    AuthError::new(AuthErrorKind::Storage, message)
}

#[cfg(test)]
mod tests {
    use keyring_core::CredentialStore;

    use super::super::storage::tests::check;
    use super::*;

    /// A storage in a keyring in memory, and that keyring.
    fn in_memory() -> (KeyringStorage, Arc<CredentialStore>) {
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        let opened = Arc::clone(&store);
        let storage = KeyringStorage::opening("test", move |service, account| {
            Entry::new_in_store(&opened, service, account)
        });
        (storage, store)
    }

    async fn loaded(storage: &KeyringStorage, key: &StorageKey) -> Option<String> {
        let found = storage.load(key).await.unwrap();
        found.map(|found| found.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn values_are_kept_by_issuer_and_resource() {
        check(&in_memory().0).await;
    }

    #[tokio::test]
    async fn long_values_are_divided() {
        let (storage, store) = in_memory();
        let key = StorageKey::tokens("https://a.example", "https://b.example/mcp");
        for length in [0, 1, PART - 1, PART, PART + 1, 10 * PART, 3] {
            let value = "é€x".chars().cycle().take(length).collect::<String>();
            storage.save(&key, value.clone().into()).await.unwrap();
            assert_eq!(loaded(&storage, &key).await, Some(value), "{length}");
        }
        // Nothing is left of the longer ones.
        let second = |part: usize| {
            let name = format!("https://a.example https://b.example/mcp #{part}");
            Entry::new_in_store(&store, "test", &name).unwrap()
        };
        assert!(matches!(second(1).get_password(), Err(KeyringError::NoEntry)));
        // The parts of two values are not joined.
        storage.save(&key, "a".repeat(2 * PART).into()).await.unwrap();
        second(1).set_password("other 2 text").unwrap();
        assert_eq!(loaded(&storage, &key).await, None);
        second(1).delete_credential().unwrap();
        assert_eq!(loaded(&storage, &key).await, None);
        let enormous = "a".repeat(MAX_PARTS * PART + 1);
        assert!(storage.save(&key, enormous.into()).await.is_err());
        let long = StorageKey::tokens("https://a.example", "x".repeat(1000));
        storage.save(&long, "long".into()).await.unwrap();
        assert_eq!(loaded(&storage, &long).await.as_deref(), Some("long"));
    }

    #[tokio::test]
    async fn a_keyring_that_fails_is_explained() {
        type Failure = fn() -> KeyringError;
        let key = StorageKey::registration("https://a.example");
        let failures: [(Failure, &str); 3] = [
            (|| KeyringError::NoDefaultStore, "no keyring that can be reached"),
            (|| KeyringError::NoStorageAccess("it is locked".into()), "it is locked"),
            (|| KeyringError::BadEncoding(b"secret".to_vec()), "failed"),
        ];
        for (failure, expected) in failures {
            let storage = KeyringStorage::opening("test", move |_, _| Err(failure()));
            for error in [
                storage.load(&key).await.map(drop).unwrap_err(),
                storage.save(&key, "hidden".into()).await.unwrap_err(),
                storage.remove(&key).await.unwrap_err(),
            ] {
                let text = error.to_string();
                assert_eq!(error.kind, AuthErrorKind::Storage, "{text}");
                assert!(text.contains(expected), "{text}");
                assert!(!text.contains("hidden") && !text.contains("115"), "{text}");
                assert_eq!(text.contains("FileStorage"), expected != "failed", "{text}");
            }
        }
    }
}
