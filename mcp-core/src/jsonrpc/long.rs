//! Positions of the long values of a frame.

/// Length from which a value is long, in bytes.
pub(super) const LONG: usize = 1024;

/// Positions of the long values of a frame, which the scanner has found.
///
/// A walk over a part of the frame skips them without looking at their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct LongValues(Vec<(usize, usize)>);

impl LongValues {
    /// Adds a value if it is long.
    #[inline]
    pub(super) fn add(&mut self, start: usize, end: usize) {
        if end - start >= LONG {
            self.0.push((start, end));
        }
    }

    /// Moves all positions, by what precedes the scanned text in its frame. `None` if there are none.
    pub(super) fn behind(mut self, offset: usize) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        for (start, end) in &mut self.0 {
            *start += offset;
            *end += offset;
        }
        // A value is found when it ends, after the values in it.
        self.0.sort_unstable();
        Some(self)
    }

    /// Returns the end of the long value that starts at a position.
    pub(super) fn end(&self, start: usize) -> Option<usize> {
        let found = self.0.binary_search_by_key(&start, |(start, _)| *start).ok()?;
        Some(self.0[found].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_found_by_their_start() {
        let mut values = LongValues::default();
        values.add(20, 20 + LONG);
        values.add(2000, 2000 + LONG - 1);
        values.add(10, 3000);
        let values = values.behind(3).unwrap();
        assert_eq!(values.end(13), Some(3003));
        assert_eq!(values.end(23), Some(23 + LONG));
        assert_eq!(values.end(2003), None);
        assert_eq!(LongValues::default().behind(3), None);
    }
}
