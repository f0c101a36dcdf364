//! Places for tokens.

use std::path::PathBuf;

use mcp_runtime::client::auth::secrecy::SecretString;
use mcp_runtime::client::auth::{
    AuthError, FileStorage, KeyringStorage, StorageFuture, StorageKey, StorageLock, TokenStorage,
};
use serde::{Deserialize, Serialize};

/// Name of the entries in the keyring.
const SERVICE: &str = "cargo-mcp";

/// A place for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Store {
    /// The keyring of the system.
    Keyring,
    /// A file that only this user reads.
    File,
}

/// Tokens in a place. Processes lock it before they renew tokens.
pub(crate) enum Tokens {
    Keyring { keyring: KeyringStorage, lock: PathBuf },
    File(FileStorage),
}

impl Tokens {
    pub(super) fn keyring(lock: PathBuf) -> Self {
        Self::Keyring { keyring: KeyringStorage::new(SERVICE), lock }
    }

    pub(super) fn file(path: PathBuf) -> Self {
        Self::File(FileStorage::new(path))
    }

    /// Returns the reason for which the place cannot be locked or read, if there is one.
    pub(crate) async fn fault(&self) -> Option<String> {
        self.read_any().await.err().map(|error| error.to_string())
    }

    /// Removes a value, after other processes have renewed it.
    pub(super) async fn forget(&self, key: &StorageKey) -> Result<(), AuthError> {
        let _one_process = self.lock().await?;
        self.remove(key).await
    }

    async fn read_any(&self) -> Result<(), AuthError> {
        let _one_process = self.lock().await?;
        self.load(&StorageKey::registration(SERVICE)).await.map(drop)
    }
}

impl TokenStorage for Tokens {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        match self {
            Self::Keyring { keyring, .. } => keyring.load(key),
            Self::File(file) => file.load(key),
        }
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        match self {
            Self::Keyring { keyring, .. } => keyring.save(key, value),
            Self::File(file) => file.save(key, value),
        }
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        match self {
            Self::Keyring { keyring, .. } => keyring.remove(key),
            Self::File(file) => file.remove(key),
        }
    }

    fn lock(&self) -> StorageFuture<'_, StorageLock> {
        match self {
            Self::Keyring { lock, .. } => Box::pin(StorageLock::of_file(lock)),
            Self::File(file) => file.lock(),
        }
    }
}
