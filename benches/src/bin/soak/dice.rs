//! Random numbers that a seed determines.

/// A generator of random numbers: `SplitMix64`.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A text of up to 4 KiB, with what has to be escaped.
    pub(crate) fn text(&mut self) -> String {
        const PIECES: [&str; 8] =
            ["plain text ", "\"", "\\", "\n", "\u{1}", "é", "\u{1f600}", "</script>\u{2028}"];
        let longest = 1 << self.below(12);
        let mut text = String::new();
        while (text.len() as u64) < longest {
            text.push_str(PIECES[self.below(8) as usize]);
        }
        text
    }
}
