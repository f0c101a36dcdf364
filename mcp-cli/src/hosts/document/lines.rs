//! Ends of lines.

/// Gives a changed text, whose lines end with `\n`, the ends of lines of the original. Lines at the start and
/// at the end that are the same keep theirs; those between take the ends of most of the others.
pub(super) fn restore_endings(original: &str, changed: &str) -> String {
    let count = original.matches("\r\n").count();
    if count == 0 {
        return changed.to_owned();
    }
    let before: Vec<_> = original.split_inclusive('\n').collect();
    let after: Vec<_> = changed.split_inclusive('\n').collect();
    let same = |(old, new): &(&&str, &&str)| bare(old) == bare(new);
    let first = before.iter().zip(&after).take_while(same).count();
    let rest = before.len().min(after.len()) - first;
    let last = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(same).count();
    let is_windows = count * 2 >= original.matches('\n').count();
    let mut text = String::with_capacity(original.len().max(changed.len()));
    for (at, line) in after.iter().enumerate() {
        let old = match at {
            _ if at < first => before.get(at),
            _ if at >= after.len() - last => before.get(before.len() + at - after.len()),
            _ => None,
        };
        match old {
            Some(old) => text.push_str(old),
            None if is_windows && line.ends_with('\n') => {
                text.push_str(bare(line));
                text.push_str("\r\n");
            }
            None => text.push_str(line),
        }
    }
    text
}

fn bare(line: &str) -> &str {
    line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line))
}
