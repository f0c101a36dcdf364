//! Login: how a client obtains tokens for servers over HTTP.
//!
//! [`Login`] is what applications use. Its page in the guide is `docs/authorization.md`.

mod account;
mod authorizer;
mod callback;
mod code;
mod credentials;
mod device;
mod discovery;
mod dpop;
mod error;
mod exchange;
mod flow;
pub(crate) mod jwt;
#[cfg(feature = "keyring")]
mod keyring;
mod login;
mod machine;
mod registration;
mod scopes;
mod storage;
mod tokens;

pub(crate) use authorizer::{Attempts, Authorizer, Refusal};

pub use account::{AccessToken, Logout};
pub use credentials::Credentials;
pub use device::DeviceCode;
pub use discovery::authorization_servers;
pub use error::{AuthError, AuthErrorKind};
pub use jwt::SigningKey;
#[cfg(feature = "keyring")]
pub use keyring::KeyringStorage;
pub use login::Login;
pub use machine::{Assertion, IdentityProvider};
pub use secrecy;
pub use storage::{
    FileStorage, MemoryStorage, StorageFuture, StorageKey, StorageLock, TokenStorage,
};
