//! Texts of a server, for a terminal.

/// Returns a text without characters that a terminal acts on, such as the start of an escape sequence.
/// Lines stay lines.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|character| if acts(character) { '\u{fffd}' } else { character }).collect()
}

/// Returns `true` for control characters, and for those that turn the direction of the text.
fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || character.is_control() && !matches!(character, '\n' | '\t')
}
