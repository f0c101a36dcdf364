//! Texts of peers in messages: at most a line of them, without control characters.

/// Maximum number of characters of a peer's message, or of another text with its words.
const MAX_LINE: usize = 300;

/// Returns the beginning of a text, at most so many characters, on one line. A space replaces a line
/// break, and `\u{fffd}` any other character that a terminal would act on instead of showing it.
pub fn shorten_to(text: &str, characters: usize) -> String {
    let mut rest = text.chars();
    let mut shown: String = rest.by_ref().take(characters).map(visible).collect();
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns a text as one line of limited length.
pub fn line(text: &str) -> String {
    shorten_to(text, MAX_LINE)
}

/// Returns the end of a text as one line of limited length.
pub fn last_line(text: &str) -> String {
    let text = text.trim();
    let start = text.char_indices().rev().nth(MAX_LINE - 1).map_or(0, |(start, _)| start);
    let end = line(&text[start..]);
    if start > 0 { format!("…{end}") } else { end }
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        // These turn the direction of what follows.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        control if control.is_control() => '\u{fffd}',
        other => other,
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

    #[test]
    fn what_a_terminal_acts_on_is_replaced() {
        let hostile = "a\u{1b}[2J\u{9b}1m\nb\r\n\tc\u{0}\u{7f}\u{202e}d\u{2028}e";
        let shown = "a\u{fffd}[2J\u{fffd}1m b   c\u{fffd}\u{fffd}\u{fffd}d e";
        assert_eq!(line(hostile), shown);
        let long = "x\n".repeat(1 << 20);
        assert_eq!(line(&long).chars().count(), MAX_LINE + 1);
    }

    #[test]
    fn the_end_of_a_text_may_matter_more() {
        assert_eq!(last_line(" one\ntwo\n"), "one two");
        let long = format!("{}end", "ä".repeat(MAX_LINE));
        let shown = last_line(&long);
        assert!(shown.starts_with("…ä") && shown.ends_with("end"), "{shown}");
        assert_eq!(shown.chars().count(), MAX_LINE + 1);
    }
}
