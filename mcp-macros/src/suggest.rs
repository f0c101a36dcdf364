//! "Did you mean": finds the known word that is nearest to a misspelled one.

/// The candidate nearest to `wanted`, if it is near enough to be a typo.
pub(crate) fn nearest<'a>(wanted: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let allowed = (wanted.chars().count() / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (distance(&normalized(wanted), &normalized(candidate)), *candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
        .or_else(|| by_prefix(wanted, candidates))
}

/// The longest candidate that is a prefix of `wanted`, or has it as a prefix. `minimum` finds
/// `min`, and `desc` finds `description`.
fn by_prefix<'a>(wanted: &str, candidates: &[&'a str]) -> Option<&'a str> {
    const MIN_PREFIX: usize = 3;
    let wanted = normalized(wanted);
    let alike = |candidate: &&&str| {
        let candidate = normalized(candidate);
        candidate.len().min(wanted.len()) >= MIN_PREFIX
            && (wanted.starts_with(&candidate) || candidate.starts_with(&wanted))
    };
    candidates.iter().filter(alike).max_by_key(|candidate| candidate.len()).copied()
}

/// ``unknown key `readonly`; did you mean `read_only`? …``
pub(crate) fn unknown_key(wanted: &str, known: &[&str]) -> String {
    let all = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    match nearest(wanted, known) {
        Some(key) => format!("unknown key `{wanted}`; did you mean `{key}`? (the keys are {all})"),
        None => format!("unknown key `{wanted}`; the keys are {all}"),
    }
}

/// Normalizes a word: `readOnly`, `readonly` and `read_only` are equal.
fn normalized(word: &str) -> Vec<char> {
    word.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect()
}

/// Edit distance: insertions, removals, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let replaced = row[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &str, expected: Option<&str>) {
        let known = ["name", "title", "read_only", "idempotent", "open_world", "open"];
        assert_eq!(nearest(wanted, &known), expected, "{wanted}");
    }

    #[test]
    fn slips_find_their_word() {
        check("readonly", Some("read_only"));
        check("readOnly", Some("read_only"));
        check("idempotant", Some("idempotent"));
        check("tilte", Some("title"));
        check("titel", Some("title"));
        check("titles", Some("title"));
        check("opn", Some("open"));
    }

    #[test]
    fn words_that_begin_alike_are_found() {
        check("descr", None);
        check("idempotentHint", Some("idempotent"));
        check("readOnlyHint", Some("read_only"));
        let of_arg = ["min", "max", "min_len", "max_len", "description"];
        assert_eq!(nearest("minimum", &of_arg), Some("min"));
        assert_eq!(nearest("maxLength", &of_arg), Some("max_len"));
        assert_eq!(nearest("desc", &of_arg), Some("description"));
        assert_eq!(nearest("ma", &of_arg), Some("max"));
        assert_eq!(nearest("ge", &of_arg), None);
    }

    #[test]
    fn other_words_find_nothing() {
        check("colour", None);
        check("", None);
    }
}
