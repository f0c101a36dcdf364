//! Hash of the keys of components.

use std::hash::{BuildHasher, Hasher, RandomState};

/// An odd number without a pattern: the fraction of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Builder of the hashers of one list.
///
/// The keys are those of the server, or of servers behind it, which do not see the seed. Clients choose the keys
/// that are looked up, but add none. So the strength of the standard hash is not needed, which takes 140
/// instructions more per call.
#[derive(Clone, Debug)]
pub(super) struct KeyHash {
    seed: u64,
}

impl Default for KeyHash {
    fn default() -> Self {
        Self { seed: RandomState::new().hash_one(FACTOR) }
    }
}

impl BuildHasher for KeyHash {
    type Hasher = KeyHasher;

    #[inline]
    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { state: self.seed }
    }
}

/// Hasher of one key.
#[derive(Debug)]
pub(super) struct KeyHasher {
    state: u64,
}

impl KeyHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(FACTOR);
        self.state = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for KeyHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let last = rest.iter().fold(rest.len() as u64, |last, byte| last << 8 | u64::from(*byte));
        self.mix(last);
    }

    /// The end of a text, whose length is a part of the hash already.
    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.state ^= u64::from(byte);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_have_hashes_of_their_own() {
        let hash = KeyHash::default();
        let mut keys: Vec<String> = (0..1000).map(|number| format!("tool_{number}")).collect();
        keys.extend((0..40).map(|length| "a".repeat(length)));
        keys.extend((0..8).map(|length| "\0".repeat(length)));
        let hashes: HashSet<u64> = keys.iter().map(|key| hash.hash_one(key.as_str())).collect();
        let distinct: HashSet<&String> = keys.iter().collect();
        assert_eq!(hashes.len(), distinct.len());
        // A table takes the place from the lower bits, and a mark from the upper ones.
        let lower: HashSet<u64> = hashes.iter().map(|hash| hash & 0xff).collect();
        let upper: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(lower.len() > 200 && upper.len() > 100, "{} {}", lower.len(), upper.len());
    }

    #[test]
    fn each_list_has_a_seed() {
        let (one, other) = (KeyHash::default(), KeyHash::default());
        assert_ne!(one.hash_one("add"), other.hash_one("add"));
        assert_eq!(one.hash_one("add"), one.clone().hash_one("add"));
    }
}
