//! Imports of a crate's modules, read from its sources: `use` trees and paths in code, with
//! re-exports followed to the module that defines an item.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Path of a module or item, without `crate`.
pub(crate) type ModulePath = Vec<String>;

/// A module without its tests, comments and strings.
struct Module {
    file: PathBuf,
    code: String,
    defined: BTreeSet<String>,
    /// Names that its `use` items bring into scope, and what they stand for.
    imported: BTreeMap<String, ModulePath>,
    /// Everything that it names in other modules.
    named: Vec<ModulePath>,
}

/// One import of a module from another.
pub(crate) struct Import {
    pub(crate) from: ModulePath,
    pub(crate) to: ModulePath,
    pub(crate) file: PathBuf,
    /// The imported item as it is written.
    pub(crate) item: String,
}

/// The modules of a crate and their imports.
pub(crate) struct Imports {
    modules: BTreeMap<ModulePath, Module>,
}

impl Imports {
    /// Reads the sources below a folder.
    pub(crate) fn of(source: &Path) -> Self {
        let mut modules = BTreeMap::new();
        read_folder(source, source, &mut modules);
        let known: BTreeSet<ModulePath> = modules.keys().cloned().collect();
        for (path, module) in &mut modules {
            module.read_imports(path, &known);
        }
        Self { modules }
    }

    /// Every import between two different modules.
    pub(crate) fn all(&self) -> Vec<Import> {
        let mut found = Vec::new();
        for (from, module) in &self.modules {
            for named in &module.named {
                let Some(to) = self.resolve(named, &mut BTreeSet::new()) else { continue };
                if to != *from {
                    let (from, file) = (from.clone(), module.file.clone());
                    found.push(Import {
                        from,
                        to,
                        file,
                        item: format!("crate::{}", named.join("::")),
                    });
                }
            }
        }
        found
    }

    /// The module that defines an item. A module that only re-exports is looked through.
    fn resolve(&self, item: &[String], seen: &mut BTreeSet<ModulePath>) -> Option<ModulePath> {
        let length =
            (0..=item.len()).rev().find(|length| self.modules.contains_key(&item[..*length]))?;
        let (path, rest) = item.split_at(length);
        let module = &self.modules[path];
        let name = rest.iter().find(|name| *name != "self" && *name != "*");
        let Some(name) = name.filter(|name| !module.defined.contains(*name)) else {
            return Some(path.to_vec());
        };
        match module.imported.get(name) {
            Some(target) if seen.insert(item.to_vec()) => self.resolve(target, seen),
            _ => Some(path.to_vec()),
        }
    }

    /// Modules that define nothing and only re-export belong to no circle.
    pub(crate) fn is_facade(&self, path: &[String]) -> bool {
        self.modules[path].defined.is_empty()
    }
}

fn read_folder(root: &Path, folder: &Path, found: &mut BTreeMap<ModulePath, Module>) {
    for entry in fs::read_dir(folder).expect("a folder of the crate can be read") {
        let file = entry.expect("an entry can be read").path();
        if file.is_dir() {
            read_folder(root, &file, found);
            continue;
        }
        let relative = file.strip_prefix(root).expect("it lies below").with_extension("");
        let mut path: ModulePath =
            relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.last().is_some_and(|name| ["mod", "lib", "main"].contains(&&**name)) {
            path.pop();
        }
        if file.extension().is_none_or(|extension| extension != "rs")
            || path.last().is_some_and(|name| name == "tests" || name == "models")
        {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source can be read");
        let text = text.split_once("\n#[cfg(test)]\nmod tests").map_or(&*text, |(code, _)| code);
        let code = without_comments_and_strings(text);
        let defined = definitions(&code);
        let (imported, named) = (BTreeMap::new(), Vec::new());
        found.insert(path, Module { file, code, defined, imported, named });
    }
}

impl Module {
    fn read_imports(&mut self, path: &[String], known: &BTreeSet<ModulePath>) {
        let code = std::mem::take(&mut self.code);
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let Some((before, tree)) = use_tree(statement) else {
                rest.push_str(statement);
                continue;
            };
            rest.push_str(before);
            for (mut names, alias) in expand(tree) {
                if names.last().is_some_and(|name| name == "self") {
                    names.pop();
                }
                let Some(target) = absolute(path, &names, known) else { continue };
                if let Some(name) = alias.or_else(|| target.last().cloned()) {
                    self.imported.insert(name, target.clone());
                }
                self.named.push(target);
            }
        }
        for names in paths_in_code(&rest) {
            self.named.extend(absolute(path, &names, known));
        }
    }
}

/// The tree of a `use` item at the end of a statement, and the code before it.
fn use_tree(statement: &str) -> Option<(&str, &str)> {
    let body = statement.strip_suffix(';')?;
    let at = body.rfind("use ")?;
    let line = body[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let visibility = body[line..at].trim();
    let is_item = visibility.is_empty() || visibility == "pub" || visibility.starts_with("pub(");
    is_item.then(|| (&body[..line], &body[at + 4..]))
}

/// Every path of a `use` tree, with the name that it is renamed to.
fn expand(tree: &str) -> Vec<(Vec<String>, Option<String>)> {
    let tree = tree.trim();
    let names = |text: &str| -> Vec<String> {
        text.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let Some((prefix, group)) = tree.split_once('{') else {
        return match tree.split_once(" as ") {
            Some((path, alias)) => vec![(names(path), Some(alias.trim().to_owned()))],
            None => vec![(names(tree), None)],
        };
    };
    let prefix = names(prefix);
    let inner = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut start, mut parts) = (0usize, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(expand).map(|(path, alias)| ([prefix.clone(), path].concat(), alias)).collect()
}

/// Paths in code that begin with `crate`, `super` or `self`.
fn paths_in_code(code: &str) -> Vec<Vec<String>> {
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    code.split(|letter: char| !is_path(letter))
        .map(|path| path.split("::").map(str::to_owned).collect::<Vec<_>>())
        .filter(|names| names.len() > 1 && ["crate", "super", "self"].contains(&&*names[0]))
        .map(|names| names.into_iter().filter(|name| !name.is_empty()).collect())
        .collect()
}

/// A path from the root of the crate; `None` if it leads out of it.
fn absolute(
    module: &[String],
    names: &[String],
    known: &BTreeSet<ModulePath>,
) -> Option<ModulePath> {
    let first = names.first()?;
    match &**first {
        "crate" => Some(names[1..].to_vec()),
        "self" => Some([module, &names[1..]].concat()),
        "super" => {
            let up = names.iter().take_while(|name| *name == "super").count();
            let base = module.len().checked_sub(up)?;
            Some([&module[..base], &names[up..]].concat())
        }
        _ => {
            let child = [module, std::slice::from_ref(first)].concat();
            known.contains(&child).then(|| [module, names].concat())
        }
    }
}

fn definitions(code: &str) -> BTreeSet<String> {
    const ITEMS: [&str; 8] =
        ["struct", "enum", "trait", "type", "fn", "const", "static", "macro_rules!"];
    let words: Vec<&str> = code.split_whitespace().collect();
    let names = words.windows(2).filter(|pair| ITEMS.contains(&pair[0])).map(|pair| {
        let end = pair[1].find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        pair[1][..end.unwrap_or(pair[1].len())].to_owned()
    });
    names.filter(|name| !name.is_empty()).collect()
}

fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let mut letters = line.chars().peekable();
        let mut in_string = false;
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if in_string => drop(letters.next()),
                '"' => in_string = !in_string,
                '/' if !in_string && letters.peek() == Some(&'/') => break,
                _ if in_string => {}
                _ => code.push(letter),
            }
        }
        code.push('\n');
    }
    code
}
