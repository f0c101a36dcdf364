//! Access policies in TOML.

use crate::policy::Policy;

/// Reads any bytes as a policy. A refusal names a line of the text.
///
/// # Panics
/// If it does not.
pub fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = Policy::from_toml(&text) {
        let message = error.to_string();
        assert!(!message.is_empty());
        let line = message.split("line ").nth(1).and_then(|rest| {
            rest.split(|character: char| !character.is_ascii_digit()).next()?.parse::<usize>().ok()
        });
        let lines = text.split('\n').count();
        assert!(line.is_none_or(|line| (1..=lines).contains(&line)), "{message} of {lines} lines");
    }
}
