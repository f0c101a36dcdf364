//! The `_meta` of a connection, recognized by its bytes when it comes again.

use std::sync::Mutex;

use super::known::KnownMeta;
use super::long::LONG;
use super::raw::Raw;

/// Length of the longest `_meta` that is stored, in bytes: one in which there are no long values, whose positions
/// the scanner would have to find.
const MAX_LENGTH: usize = LONG - 1;

/// The `_meta` of the last request of a connection.
///
/// A client of 2026-07-28 mostly sends the same one with every request. It is compared instead of scanned,
/// which saves about 2,000 instructions per call.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct LastMeta(Mutex<Stored>);

#[derive(Debug, Default)]
struct Stored {
    /// Text of the object; empty if there is none.
    text: String,
    /// Number of values in it.
    nodes: u32,
    /// Levels of nesting that were left for it.
    depth_left: u32,
    members: [Option<Position>; 4],
}

/// Position of a member in the text.
#[derive(Clone, Copy, Debug)]
struct Position {
    start: u16,
    end: u16,
}

impl LastMeta {
    /// Returns the `_meta` at the beginning of a text and the number of values in it, if it is the last one and
    /// within the limits that are left.
    #[inline]
    pub(super) fn find<'a>(
        &self,
        rest: &'a str,
        nodes_left: u32,
        depth_left: u32,
    ) -> Option<(KnownMeta<'a>, u32)> {
        // A thread that has the lock is that of another request, for which the same applies.
        let stored = self.0.try_lock().ok()?;
        let length = stored.text.len();
        let is_same = length > 0
            && rest.as_bytes().starts_with(stored.text.as_bytes())
            && stored.nodes <= nodes_left
            && stored.depth_left == depth_left;
        if !is_same {
            return None;
        }
        let object = rest.get(..length)?;
        let [protocol_version, client_capabilities, log_level, progress_token] =
            stored.members.map(|position| position.and_then(|position| position.of(object)));
        let object = Some(Raw::from_accepted(object));
        let known =
            KnownMeta { object, protocol_version, client_capabilities, log_level, progress_token };
        Some((known, stored.nodes))
    }

    /// Stores the `_meta` of a request: an object in which the scanner has found so many values when so many
    /// levels of nesting were left.
    pub(super) fn store(&self, known: &KnownMeta<'_>, nodes: u32, depth_left: u32) {
        let Some(object) = known.object.filter(|object| object.is_object()) else { return };
        let object = object.as_str();
        if object.len() > MAX_LENGTH {
            return;
        }
        let Ok(mut stored) = self.0.try_lock() else { return };
        stored.text.clear();
        stored.text.push_str(object);
        stored.nodes = nodes;
        stored.depth_left = depth_left;
        let members = [
            known.protocol_version,
            known.client_capabilities,
            known.log_level,
            known.progress_token,
        ];
        stored.members = members.map(|member| Position::within(object, member?));
    }
}

impl Position {
    /// The position of a part of a text.
    fn within(text: &str, part: Raw<'_>) -> Option<Self> {
        let part = part.as_str();
        let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        let end = start + part.len();
        Some(Self { start: u16::try_from(start).ok()?, end: u16::try_from(end).ok()? })
    }

    fn of(self, text: &str) -> Option<Raw<'_>> {
        text.get(self.start.into()..self.end.into()).map(Raw::from_accepted)
    }
}
