//! What peers have sent, in messages of ours: as much of it as helps to find it.

/// The beginning of a value.
pub(crate) fn shorten(text: &str) -> String {
    shorten_to(text, 80)
}

/// The beginning of a text that is at most so many characters long.
pub(crate) fn shorten_to(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shorten_to("äöü", 3), "äöü");
        assert_eq!(shorten_to("äöü", 2), "äö…");
        assert_eq!(shorten_to("", 0), "");
    }
}
