//! Names of servers, which begin the names of their tools.

use std::collections::HashSet;

/// Maximum number of characters of a name that a server gives itself.
const MAX_LENGTH: usize = 32;

/// Name of a server before it is made unique.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Name that the user chose.
    Chosen(String),
    /// Name that the server gives itself, if any.
    Stated(Option<String>),
}

/// Makes names unique. A single server that has no chosen name has none.
pub(super) fn unique(wanted: &[Wanted]) -> Vec<Option<String>> {
    if let [Wanted::Stated(_)] = wanted {
        return vec![None];
    }
    // Chosen names go first, so that no server takes one from another.
    let mut names = vec![None; wanted.len()];
    let mut taken = HashSet::new();
    for chosen in [true, false] {
        for (name, wanted) in names.iter_mut().zip(wanted) {
            let base = match wanted {
                Wanted::Chosen(name) if chosen => name.clone(),
                Wanted::Stated(name) if !chosen => plain(name.as_deref().unwrap_or_default()),
                _ => continue,
            };
            let numbered = (2..).map(|number: u32| format!("{base}-{number}"));
            let free =
                std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
            let free = free.unwrap_or(base);
            taken.insert(free.clone());
            *name = Some(free);
        }
    }
    names
}

/// Returns a name of a server in plain characters, because it is shown to people who approve.
fn plain(name: &str) -> String {
    let allow = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character,
        _ => '_',
    };
    let name: String = name.chars().take(MAX_LENGTH).map(allow).collect();
    match name.trim_matches('_') {
        "" => "server".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, unique};

    fn check(wanted: &[Wanted], expected: &[Option<&str>]) {
        let names = unique(wanted);
        let names: Vec<_> = names.iter().map(Option::as_deref).collect();
        assert_eq!(names, expected);
    }

    fn stated(name: &str) -> Wanted {
        Wanted::Stated(Some(name.to_owned()))
    }

    fn chosen(name: &str) -> Wanted {
        Wanted::Chosen(name.to_owned())
    }

    #[test]
    fn a_single_server_needs_no_name() {
        check(&[], &[]);
        check(&[stated("files")], &[None]);
        check(&[chosen("files")], &[Some("files")]);
    }

    #[test]
    fn names_are_unique_and_chosen_ones_stay() {
        check(
            &[stated("files"), chosen("files"), stated("files"), chosen("files")],
            &[Some("files-3"), Some("files"), Some("files-4"), Some("files-2")],
        );
    }

    #[test]
    fn stated_names_are_plain_and_short() {
        check(
            &[
                stated("a b\u{1b}[2J"),
                Wanted::Stated(None),
                stated("日本"),
                stated(&"x".repeat(99)),
            ],
            &[Some("a_b__2J"), Some("server"), Some("server-2"), Some(&*"x".repeat(32))],
        );
    }
}
