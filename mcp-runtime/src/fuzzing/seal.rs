//! Sealed state of requests.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::selected;
use crate::ask::seal::Sealer;
use crate::context::host::SealState as _;

thread_local! {
    static SEALER: Sealer = Sealer::of(&["a key of the fuzz targets", "an older key"]);
    static ROUND: Cell<u32> = const { Cell::new(0) };
}

/// Opens any bytes as sealed state, raw and encoded; nothing opens. Seals the bytes, opens them, and fails
/// to open what differs by a bit, in another place or for another request.
///
/// # Panics
/// If forged state opens, or own state does not.
pub fn seal(bytes: &[u8]) {
    SEALER.with(|sealer| {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(sealer.open(&text, b"bound"), None, "forged state opens");
        assert_eq!(sealer.open(&URL_SAFE_NO_PAD.encode(bytes), b"bound"), None, "forged");
        let (kind, content) = selected(bytes, u8::MAX);
        let sealed = sealer.seal(content, b"bound").expect("there is a key");
        assert_eq!(sealer.open(&sealed, b"bound").as_deref(), Some(content));
        assert_eq!(sealer.open(&sealed, b"bounds"), None, "another request");
        let mut forged = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        let round = ROUND.get();
        ROUND.set(round.wrapping_add(1));
        let place = (round as usize).wrapping_mul(31) % forged.len();
        forged[place] ^= 1 << (kind % 8);
        assert_eq!(sealer.open(&URL_SAFE_NO_PAD.encode(&forged), b"bound"), None, "byte {place}");
        forged.truncate(place);
        assert_eq!(sealer.open(&URL_SAFE_NO_PAD.encode(&forged), b"bound"), None, "cut");
    });
}
