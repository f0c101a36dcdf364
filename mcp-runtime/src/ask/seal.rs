//! Authenticated encryption of the state that clients store for the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use super::shared_key::SharedKey;
use crate::context::host::{Prepared, SealState};
use crate::store::Store;

/// Version of the format.
const FORMAT: u8 = 1;

/// Length of a nonce in bytes, enough for random nonces.
const NONCE_LENGTH: usize = 24;

/// Keys of a server.
pub(crate) enum Sealer {
    /// The first one seals; all of them open.
    Own(Vec<XChaCha20Poly1305>),
    /// That of all instances with the same store.
    Shared(SharedKey),
}

impl Sealer {
    /// Creates a random key.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self::of(&[key]))
    }

    /// Shares a key with the other instances that have a store.
    pub(crate) fn shared(store: Store) -> Self {
        Self::Shared(SharedKey::new(store))
    }

    /// Derives keys from secrets of any length, which may serve other purposes as well.
    pub(crate) fn of<K: AsRef<[u8]>>(keys: &[K]) -> Self {
        Self::Own(keys.iter().map(|key| derive(key.as_ref())).collect())
    }

    fn keys(&self) -> impl Iterator<Item = &XChaCha20Poly1305> {
        let (own, shared) = match self {
            Self::Own(keys) => (&keys[..], None),
            Self::Shared(key) => (&[][..], key.get()),
        };
        own.iter().chain(shared)
    }
}

pub(super) fn derive(secret: &[u8]) -> XChaCha20Poly1305 {
    let mut derived = [0; 32];
    // Fails only for much longer outputs.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(b"mcp requestState 1", &mut derived);
    XChaCha20Poly1305::new(&derived.into())
}

impl SealState for Sealer {
    fn seal(&self, text: &[u8], bound_to: &[u8]) -> Option<String> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).ok()?;
        let payload = Payload { msg: text, aad: bound_to };
        let sealed = self.keys().next()?.encrypt(&XNonce::from(nonce), payload).ok()?;
        let bytes = [&[FORMAT][..], &nonce, &sealed].concat();
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (format, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LENGTH).filter(|_| *format == FORMAT)?;
        let nonce = XNonce::from(<[u8; NONCE_LENGTH]>::try_from(nonce).ok()?);
        self.keys().find_map(|key| key.decrypt(&nonce, Payload { msg: sealed, aad: bound_to }).ok())
    }

    fn is_ready(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Shared(key) => key.get().is_some(),
        }
    }

    fn prepare(&self) -> Prepared<'_> {
        Box::pin(async move {
            match self {
                Self::Own(_) => Ok(()),
                Self::Shared(key) => key.read().await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(keys: &[u8]) -> Sealer {
        Sealer::of(&keys.iter().map(|key| [*key; 32]).collect::<Vec<_>>())
    }

    #[test]
    fn only_the_same_thing_opens_it() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal(b"text", b"bound").unwrap();
        assert_eq!(sealer.open(&sealed, b"bound").as_deref(), Some(&b"text"[..]));
        assert_eq!(sealer.open(&sealed, b"bounds"), None);
        assert_ne!(sealer.seal(b"text", b"bound").unwrap(), sealed, "no nonce is used twice");
        for text in ["", "AQ", "not base64!", &sealed[1..], &format!("{sealed}=")] {
            assert_eq!(sealer.open(text, b"bound"), None, "{text}");
        }
    }

    #[tokio::test]
    async fn instances_share_a_key() {
        let store = Store::memory();
        let instances = [(); 2].map(|()| Sealer::shared(store.clone()));
        for instance in &instances {
            assert!(!instance.is_ready() && instance.seal(b"text", b"").is_none());
            instance.prepare().await.unwrap();
            assert!(instance.is_ready());
        }
        let sealed = instances[0].seal(b"text", b"").unwrap();
        assert_eq!(instances[1].open(&sealed, b"").as_deref(), Some(&b"text"[..]));
    }

    #[test]
    fn keys_rotate() {
        let (old, both, new) = (sealer(&[1]), sealer(&[2, 1]), sealer(&[2]));
        let sealed = old.seal(b"text", b"").unwrap();
        assert!(both.open(&sealed, b"").is_some());
        assert!(new.open(&sealed, b"").is_none());
        let sealed = both.seal(b"text", b"").unwrap();
        assert!(new.open(&sealed, b"").is_some());
        assert!(old.open(&sealed, b"").is_none());
    }

    #[test]
    fn no_bit_can_be_flipped() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal(b"text", b"bound").unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut bytes = sealed.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(flipped) = String::from_utf8(bytes) else { continue };
                assert_eq!(sealer.open(&flipped, b"bound"), None, "byte {at}, bit {bit}");
            }
        }
    }
}
