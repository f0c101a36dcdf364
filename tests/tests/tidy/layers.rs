//! Folders of the runtime: each imports only from those below it, and no large circle forms inside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::imports::{Imports, ModulePath};
use super::{ROOT, report};

/// Folders and files of `mcp-runtime/src`, the highest first. What is not listed (the root, the
/// prelude, attributes) only re-exports.
const LAYERS: [&str; 23] = [
    "fuzzing",
    "testing",
    "agent",
    "providers",
    "proxy",
    "transport",
    "server",
    "component",
    "ask",
    "context",
    "client",
    "files",
    "auth",
    "constraint",
    "store",
    "durations",
    "clock",
    "error",
    "owned_task",
    "random_id",
    "read_json",
    "shorten",
    "sync",
];

/// Folders that import only from the bottom, and not from each other.
const APART: [&str; 2] = ["client", "files"];

/// The bottom: what knows no other folder.
const BOTTOM: [&str; 11] = [
    "auth",
    "constraint",
    "store",
    "durations",
    "clock",
    "error",
    "owned_task",
    "random_id",
    "read_json",
    "shorten",
    "sync",
];

/// The most files that may import each other in a circle.
const MAX_CIRCLE: usize = 10;

fn runtime() -> Imports {
    Imports::of(&Path::new(ROOT).join("mcp-runtime/src"))
}

fn layer(path: &[String]) -> Option<usize> {
    LAYERS.iter().position(|folder| path.first().is_some_and(|name| name == folder))
}

#[test]
fn folders_import_only_downwards() {
    let imports = runtime().all();
    assert!(imports.len() > 500, "only {} imports were found", imports.len());
    let mut faults = BTreeSet::new();
    for import in imports {
        let (Some(from), Some(to)) = (layer(&import.from), layer(&import.to)) else { continue };
        let leaves = to != from && !BOTTOM.contains(&LAYERS[to]);
        let stays_apart = APART.contains(&LAYERS[from]) && leaves;
        if to < from || stays_apart {
            faults.insert(format!(
                "{}: imports `{}` of {}/, which stands above {}/",
                import.file.strip_prefix(ROOT).unwrap_or(&import.file).display(),
                import.item,
                LAYERS[to],
                LAYERS[from]
            ));
        }
    }
    report(faults.into_iter().collect());
}

#[test]
fn every_folder_has_its_layer() {
    for entry in std::fs::read_dir(Path::new(ROOT).join("mcp-runtime/src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let only_re_exports = ["lib", "prelude", "macros", "__private"].contains(&&*name);
        assert!(only_re_exports || LAYERS.contains(&&*name), "`{name}` has no layer");
    }
}

#[test]
fn circles_of_imports_are_small() {
    let imports = runtime();
    let mut edges: BTreeMap<ModulePath, BTreeSet<ModulePath>> = BTreeMap::new();
    for import in imports.all() {
        if !imports.is_facade(&import.from) && !imports.is_facade(&import.to) {
            edges.entry(import.to.clone()).or_default();
            edges.entry(import.from).or_default().insert(import.to);
        }
    }
    let mut faults = Vec::new();
    for circle in circles(&edges).into_iter().filter(|circle| circle.len() > MAX_CIRCLE) {
        let files: Vec<_> = circle.iter().map(|path| path.join("/")).collect();
        faults.push(format!("{} files import each other: {}", files.len(), files.join(", ")));
    }
    report(faults);
}

/// Strongly connected components, by two searches in depth (Kosaraju).
fn circles(edges: &BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> Vec<Vec<ModulePath>> {
    let mut reversed: BTreeMap<ModulePath, BTreeSet<ModulePath>> = BTreeMap::new();
    for (from, targets) in edges {
        for to in targets {
            reversed.entry(to.clone()).or_default().insert(from.clone());
        }
    }
    let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
    for start in edges.keys() {
        visit(start, edges, &mut seen, &mut order);
    }
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for start in order.iter().rev() {
        let mut circle = Vec::new();
        visit(start, &reversed, &mut seen, &mut circle);
        if circle.len() > 1 {
            found.push(circle);
        }
    }
    found
}

/// Appends what can be reached and was not seen, each module after what it leads to.
fn visit(
    module: &ModulePath,
    edges: &BTreeMap<ModulePath, BTreeSet<ModulePath>>,
    seen: &mut BTreeSet<ModulePath>,
    order: &mut Vec<ModulePath>,
) {
    if seen.insert(module.clone()) {
        for next in edges.get(module).into_iter().flatten() {
            visit(next, edges, seen, order);
        }
        order.push(module.clone());
    }
}
