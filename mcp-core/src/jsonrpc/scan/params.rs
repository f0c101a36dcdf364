//! Parameters, in which the scanner finds the members that the protocol reads.

use super::{Scan, Scanner};
use crate::jsonrpc::known::{KnownMeta, KnownParams};

impl<'a> Scanner<'a, '_> {
    /// Scans parameters, and finds those that the protocol reads.
    ///
    /// Nothing walks the parameters again for them, which saves a call of 2025-11-25 about 1,500 and one of
    /// 2026-07-28 about 5,500 instructions.
    pub(in crate::jsonrpc) fn params(&mut self, known: &mut KnownParams<'a>) -> Scan<()> {
        let start = self.at;
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.object(|scanner, name| {
            // Of several members `_meta`, the first one counts.
            if scanner.with_name(name, |name| name == b"_meta") && known.meta.object.is_none() {
                return scanner.meta(&mut known.meta);
            }
            let value = scanner.value()?;
            scanner.with_name(name, |name| known.put(name, value));
            Ok(())
        })?;
        self.long_values.add(start, self.at);
        Ok(())
    }

    /// Scans the value of `_meta`.
    fn meta(&mut self, known: &mut KnownMeta<'a>) -> Scan<()> {
        let start = self.at;
        let (nodes, depth) = (self.nodes_left, self.depth_left);
        let rest = self.text.get(start..).unwrap_or_default();
        if let Some((meta, used)) = self.last_meta.and_then(|last| last.find(rest, nodes, depth)) {
            *known = meta;
            self.nodes_left -= used;
            self.at += known.object.map_or(0, |object| object.as_str().len());
            return Ok(());
        }
        if self.peek() == Some(b'{') {
            self.object(|scanner, name| {
                let value = scanner.value()?;
                scanner.with_name(name, |name| known.put(name, value));
                Ok(())
            })?;
            self.long_values.add(start, self.at);
        } else {
            self.skip()?;
        }
        known.object = Some(self.raw(start));
        if let Some(last) = self.last_meta {
            last.store(known, nodes - self.nodes_left, depth);
        }
        Ok(())
    }
}
