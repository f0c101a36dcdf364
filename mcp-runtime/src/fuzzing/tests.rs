//! The committed corpora, run through their targets.

use std::fs;
use std::path::{Path, PathBuf};

/// Most files, and most bytes, of one corpus.
const MAX_FILES: usize = 300;
const MAX_BYTES: usize = 300 << 10;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

/// Runs each file of a corpus through its target.
fn run(target: &str, body: fn(&[u8])) {
    let folder = corpus(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!("the corpus {} cannot be read: {error}", folder.display());
    });
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        files += 1;
        bytes += input.len();
        let run = std::panic::catch_unwind(|| body(&input));
        assert!(run.is_ok(), "the target {target} fails with {}", path.display());
    }
    assert!(files > 0, "the corpus of {target} is empty");
    assert!(files <= MAX_FILES && bytes <= MAX_BYTES, "{target}: {files} files, {bytes} bytes");
}

/// Makes a test of each target, which some features contain.
macro_rules! corpora {
    ($($(#[$features:meta])? $target:ident;)*) => {$(
        #[test]
        $(#[$features])?
        fn $target() {
            run(stringify!($target), super::$target);
        })*

        const TARGETS: &[&str] = &[$(stringify!($target)),*];
    };
}

corpora! {
    admission;
    #[cfg(feature = "providers")] answers;
    arguments;
    cursors;
    envelope;
    #[cfg(feature = "auth-server")] guard;
    #[cfg(all(feature = "client-http", feature = "http"))] headers;
    json_text;
    #[cfg(feature = "auth-server")] jwt;
    #[cfg(feature = "auth-client")] oauth;
    #[cfg(feature = "policy")] policy;
    protocol;
    #[cfg(feature = "providers")] schemas;
    seal;
    #[cfg(all(feature = "client-http", feature = "http"))] sse;
    tasks;
    uri_templates;
}

#[test]
fn every_corpus_has_a_target_and_every_target_a_program() {
    let names = |folder: &str| -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let (corpora, programs) = (names("corpus"), names("fuzz_targets"));
    assert_eq!(corpora, programs);
    // The targets of the command line program are in its own tests.
    let known = |name: &String| TARGETS.contains(&name.as_str()) || name.starts_with("cli_");
    assert!(corpora.iter().all(known), "{corpora:?}");
    assert!(TARGETS.iter().all(|target| corpora.iter().any(|name| name == target)));
}
