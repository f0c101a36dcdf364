//! The key of instances that share a store. The first of them makes its secret.

use bytes::Bytes;
use chacha20poly1305::XChaCha20Poly1305;
use mcp_core::jsonrpc::ProtocolError;
use tokio::sync::OnceCell;

use super::seal::derive;
use crate::store::batch::{Batch, Committed};
use crate::store::{Store, StoreError};

/// Record of the secret that the key is derived from.
const SECRET: &str = "secret/request-state";

/// Length of the secret in bytes.
const SECRET_LENGTH: usize = 32;

/// The key, which is read from the store when it is first needed.
pub(crate) struct SharedKey {
    store: Store,
    key: OnceCell<XChaCha20Poly1305>,
}

impl SharedKey {
    pub(super) fn new(store: Store) -> Self {
        Self { store, key: OnceCell::new() }
    }

    /// The key; `None` until it was read.
    pub(super) fn get(&self) -> Option<&XChaCha20Poly1305> {
        self.key.get()
    }

    /// Reads the key.
    ///
    /// # Errors
    /// `-32603` if the store cannot be reached, or the system has no random numbers.
    pub(super) async fn read(&self) -> Result<(), ProtocolError> {
        let read = async || {
            let secret = secret(&self.store).await.map_err(|error| {
                tracing::error!(error = %error.report(), "the key of `requestState` cannot be read");
                ProtocolError::internal(
                    "the store of the server cannot be reached now; send the request again later",
                )
            })?;
            let secret = secret.ok_or_else(|| {
                tracing::error!("the system gives no random numbers for a shared key");
                ProtocolError::internal("the state of the call cannot be sealed")
            })?;
            Ok(derive(&secret))
        };
        self.key.get_or_try_init(read).await.map(drop)
    }
}

/// Reads the secret, or makes it; `None` if the system has no random numbers.
async fn secret(store: &Store) -> Result<Option<Bytes>, StoreError> {
    loop {
        if let Some(record) = store.get(SECRET).await? {
            return Ok(Some(record.value));
        }
        let mut made = [0; SECRET_LENGTH];
        if getrandom::fill(&mut made).is_err() {
            return Ok(None);
        }
        let batch = Batch::new().expect_absent(SECRET).put(SECRET, made.to_vec(), None);
        if let Committed::Yes(_) = store.commit(batch).await? {
            return Ok(Some(made.to_vec().into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_instance_makes_the_secret() {
        let store = Store::memory();
        let secrets = tokio::join!(secret(&store), secret(&store));
        let (first, second) = (secrets.0.unwrap().unwrap(), secrets.1.unwrap().unwrap());
        assert_eq!((&first, first.len()), (&second, SECRET_LENGTH));
    }
}
