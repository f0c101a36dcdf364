//! Links of all pages in Markdown: relative ones lead to a file, and to a heading of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{ROOT, report};

/// Folders of other authors' files, and of build products.
const SKIPPED: [&str; 5] = ["target", "node_modules", ".venv", ".git", "snapshots"];

/// Pages in Markdown, by their path in the workspace. `llms.txt` is one.
pub(super) fn pages() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    gather(Path::new(ROOT), &mut found);
    assert!(found.len() > 20, "only {} pages were found", found.len());
    found
}

fn gather(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            if !SKIPPED.iter().any(|name| path.ends_with(name)) {
                gather(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "md") || path.ends_with("llms.txt") {
            let text = fs::read_to_string(&path).expect("a page can be read");
            found.insert(path.strip_prefix(ROOT).expect("it lies below").to_owned(), text);
        }
    }
}

/// Lines of a page outside of code blocks, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    page.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        let marks = &start[..start.len() - start.trim_start_matches('`').len()];
        match fence {
            None if marks.len() >= 3 => fence = Some(marks),
            None => return Some((index + 1, line)),
            Some(open) if marks.len() >= open.len() && start.trim_end() == marks => fence = None,
            Some(_) => {}
        }
        None
    })
}

/// A line with blanks in place of its code, which contains no links.
fn without_code(line: &str) -> String {
    let mut code = false;
    // A backtick with more behind it opens code that contains backticks.
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        text.push_str(&rest[..start]);
        let (marks, behind) = rest[start..].split_at(run);
        let Some(end) = behind.find(marks) else {
            code = true;
            rest = behind;
            break;
        };
        text.push(' ');
        rest = &behind[end + run..];
    }
    if !code {
        text.push_str(rest);
    }
    text
}

/// Targets of the links of a line: `[text](target)`, `[text]: target`, `src="target"`.
fn targets(line: &str) -> Vec<String> {
    let line = without_code(line);
    let mut found = Vec::new();
    for (marker, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
        for part in line.split(marker).skip(1) {
            let target = part.split(end).next().unwrap_or_default();
            found.push(target.split_whitespace().next().unwrap_or_default().to_owned());
        }
    }
    if let Some((_, target)) = line.split_once("]: ").filter(|_| line.starts_with('[')) {
        found.push(target.trim().to_owned());
    }
    found
}

/// Anchors of the headings of a page, by the rule of GitHub: lower case, without punctuation, blanks as hyphens,
/// and a number behind those that repeat.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (_, line) in prose(page) {
        let level = line.len() - line.trim_start_matches('#').len();
        let Some(heading) = line[level..].strip_prefix(' ').filter(|_| (1..=6).contains(&level))
        else {
            continue;
        };
        let anchor = anchor(heading);
        let count = counts.entry(anchor.clone()).or_default();
        found.insert(match *count {
            0 => anchor,
            number => format!("{anchor}-{number}"),
        });
        *count += 1;
    }
    found
}

fn anchor(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading.trim();
    // Of a link, the text counts.
    while let Some((before, behind)) = rest.split_once("](") {
        text.push_str(before);
        rest = behind.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let kept = text.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    kept.collect::<String>().to_lowercase()
}

/// The path of a target, from the folder of its page, without `.` and `..`.
fn resolved(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(path)
}

/// The mistake in a link of a page, if there is one.
fn mistake(pages: &BTreeMap<PathBuf, String>, page: &Path, target: &str) -> Option<String> {
    let (path, fragment) = match target.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (target, None),
    };
    let folder = page.parent().unwrap_or(Path::new(""));
    let path = match path {
        "" => page.to_owned(),
        path => match resolved(folder, path) {
            Some(path) => path,
            None => return Some(format!("`{target}` leads out of the project")),
        },
    };
    if !Path::new(ROOT).join(&path).exists() {
        return Some(format!("`{target}`: there is no `{}`", path.display()));
    }
    let fragment = fragment?;
    let Some(text) = pages.get(&path) else {
        return Some(format!("`{target}`: `{}` is no page with headings", path.display()));
    };
    let anchors = anchors(text);
    (!anchors.contains(fragment)).then(|| {
        let known = anchors.into_iter().collect::<Vec<_>>().join(", ");
        format!("`{target}`: `{}` has no such heading; it has {known}", path.display())
    })
}

#[test]
fn relative_links_lead_to_a_file_and_a_heading() {
    let pages = pages();
    let mut faults = Vec::new();
    let mut count = 0;
    for (page, text) in &pages {
        for (number, line) in prose(text) {
            for target in targets(line) {
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                count += 1;
                if let Some(mistake) = mistake(&pages, page, &target) {
                    faults.push(format!("{}:{number}: {mistake}", page.display()));
                }
            }
        }
    }
    assert!(count > 100, "only {count} links were found");
    report(faults);
}

#[test]
fn anchors_follow_the_rule_of_github() {
    for (heading, expected) in [
        ("Gateways: servers behind a server", "gateways-servers-behind-a-server"),
        ("3, 4, 5. Calls, execution, results", "3-4-5-calls-execution-results"),
        ("Options of `#[tool]`", "options-of-tool"),
        ("`mcp_runtime`, and [a link](x.md)", "mcp_runtime-and-a-link"),
        ("The caller's scopes", "the-callers-scopes"),
    ] {
        assert_eq!(anchor(heading), expected);
    }
    let repeated = anchors("# Limits\n## Limits\n```text\n# no heading\n```\n");
    assert_eq!(repeated, BTreeSet::from(["limits".to_owned(), "limits-1".to_owned()]));
}

#[test]
fn links_in_code_are_none() {
    assert_eq!(targets("see `[a](b)` and [c](d.md#e \"title\")"), ["d.md#e"]);
    assert_eq!(targets("``[`a`](b)`` [c](d)"), ["d"]);
    assert_eq!(targets("[a]: b.md"), ["b.md"]);
    assert_eq!(targets("<img src=\"a.png\" alt=\"A\">"), ["a.png"]);
}
