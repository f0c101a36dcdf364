//! Tokens that are stored in a program, for development.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::verifier::{AccessToken, TokenError, TokenVerifier};
use crate::context::principal::Principal;

/// Verifies tokens that are stored in the program. See [`Auth::static_tokens`](super::Auth::static_tokens).
pub struct StaticTokens {
    /// Principals by the digests of their tokens, so that comparing takes the same time for all.
    by_digest: HashMap<[u8; 32], Principal>,
}

impl StaticTokens {
    pub(super) fn new(
        tokens: impl IntoIterator<Item = (impl AsRef<str>, Principal)>,
        faults: &mut Vec<String>,
    ) -> Self {
        let by_digest: HashMap<_, _> = tokens
            .into_iter()
            .map(|(token, principal)| {
                if token.as_ref().is_empty() {
                    faults
                        .push("Auth::static_tokens: expected a token, got an empty one".to_owned());
                }
                (Sha256::digest(token.as_ref()).into(), principal)
            })
            .collect();
        if by_digest.is_empty() {
            faults.push("Auth::static_tokens: expected at least one token".to_owned());
        }
        Self { by_digest }
    }
}

impl TokenVerifier for StaticTokens {
    async fn verify(&self, token: AccessToken<'_>, _: &str) -> Result<Principal, TokenError> {
        let digest: [u8; 32] = Sha256::digest(token.as_str()).into();
        let found = self.by_digest.get(&digest).cloned();
        found.ok_or_else(|| TokenError::invalid("it is not known"))
    }
}

impl std::fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticTokens").finish_non_exhaustive()
    }
}
