//! Words that resemble a word: its other forms, longer and shorter words, and misspelt ones.

use super::index::{Term, ToolIndex};

/// Maximum number of terms that resemble one word.
const MAX_TERMS: usize = 16;

/// Minimum length of a word that has other forms, and maximum length of the endings in which they differ.
const MIN_FORM: usize = 5;
const MAX_ENDING: usize = 3;

/// Minimum length of a beginning in bytes.
const MIN_BEGINNING: usize = 3;

/// Minimum length of a word in bytes that may be misspelt.
const MIN_MISSPELT: usize = 4;

/// Minimum length of the end of a word that is a word itself, and of a beginning that two words share.
const MIN_END: usize = 5;
const MIN_SHARED: usize = 5;

/// Finds the other forms of a word, in any language that has endings: those that share at least two thirds
/// of it, and differ in a short ending only. Examples are `print` and `printer`, `Rechnung` and
/// `Rechnungen`.
pub(super) fn forms<'a>(index: &'a ToolIndex, stem: &str) -> Vec<&'a Term> {
    let length = stem.chars().count();
    if length < MIN_FORM {
        return Vec::new();
    }
    let root: String = stem.chars().take((length * 2).div_ceil(3)).collect();
    let is_form = |other: &str| {
        let shared =
            stem.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
        let longer = other.chars().count();
        let ends = [length - shared, longer - shared];
        longer >= MIN_FORM && longer * 2 <= shared * 3 && ends.iter().all(|end| *end <= MAX_ENDING)
    };
    let stems = index.beginning_with(&root);
    let found = stems.filter(|(other, _)| *other != stem && is_form(other)).take(MAX_TERMS);
    found.map(|(_, term)| term).collect()
}

/// Finds the words that an unknown one is similar to. These are the first that exist of: words that begin
/// with it, its other forms, words from which one letter differs, words that end with it, the longest word
/// that it begins or ends with, and words with which it shares a long beginning.
pub(super) fn similar<'a>(index: &'a ToolIndex, stem: &str) -> Vec<&'a Term> {
    if stem.len() < MIN_BEGINNING {
        return Vec::new();
    }
    let longer = |text: &str| -> Vec<&'a Term> {
        index.beginning_with(text).take(MAX_TERMS).map(|(_, term)| term).collect()
    };
    let cuts = |least: usize| {
        let cuts = stem.char_indices().map(|(cut, _)| cut);
        cuts.filter(move |cut| *cut >= least)
    };
    let all = |fits: &dyn Fn(&str) -> bool| -> Vec<&'a Term> {
        let stems = index.beginning_with("").filter(|(other, _)| fits(other));
        stems.take(MAX_TERMS).map(|(_, term)| term).collect()
    };
    let mut found = longer(stem);
    if found.is_empty() {
        found = forms(index, stem);
    }
    if found.is_empty() && stem.len() >= MIN_MISSPELT {
        found = all(&|other| is_misspelt(stem, other));
    }
    if found.is_empty() && stem.len() > MIN_BEGINNING {
        found = all(&|other| other.ends_with(stem));
    }
    if found.is_empty() {
        found.extend(cuts(MIN_BEGINNING + 1).rev().find_map(|cut| index.find(&stem[..cut])));
    }
    if found.is_empty() {
        let mut ends = cuts(1).take_while(|cut| stem.len() - cut >= MIN_END);
        found.extend(ends.find_map(|cut| index.find(&stem[cut..])));
    }
    if found.is_empty() {
        let least = MIN_SHARED.max(stem.len() * 2 / 3);
        let mut shared = cuts(least).rev().map(|cut| longer(&stem[..cut]));
        found = shared.find(|found| !found.is_empty()).unwrap_or_default();
    }
    found
}

/// `true` if one letter is missing, added or another one, or two neighbours are exchanged.
fn is_misspelt(one: &str, other: &str) -> bool {
    // The error is not at both ends. Most words are excluded here.
    let ends = |word: &str| (word.bytes().next(), word.bytes().next_back());
    let ((one_begin, one_end), (other_begin, other_end)) = (ends(one), ends(other));
    if one_begin != other_begin && one_end != other_end {
        return false;
    }
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let same: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
    let (one, other) = (&one[same..], &other[same..]);
    let (mut one_left, mut other_left) = (one.chars(), other.chars());
    let (one_first, other_first) = (one_left.next(), other_left.next());
    let (one_rest, other_rest) = (one_left.as_str(), other_left.as_str());
    one_rest == other_rest
        || one_rest == other
        || one == other_rest
        || (one_left.next() == other_first
            && other_left.next() == one_first
            && one_left.as_str() == other_left.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_misspelt;

    #[test]
    fn one_letter_may_differ() {
        for word in ["delte", "deletee", "delate", "deltee", "edlete", "elete", "xdelete", "delet"]
        {
            assert!(is_misspelt(word, "delete") && is_misspelt("delete", word), "{word}");
        }
        assert!(is_misspelt("погда", "погода"));
        for word in ["", "dlte", "delated", "eleted", "create", "deeltee"] {
            assert!(!is_misspelt(word, "delete") && !is_misspelt("delete", word), "{word}");
        }
    }
}
