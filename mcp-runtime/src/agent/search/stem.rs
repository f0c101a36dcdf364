//! Light stemming of English words: plural, past, `-ing`, and a few nouns of verbs.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Irregular forms of words that are common in names and questions, each behind its basic form.
const IRREGULAR: &str = "begin began begun, break broke broken, bring brought, build built, buy bought, \
    catch caught, choose chose chosen, draw drew drawn, drive drove driven, \
    eat ate eaten, fall fell fallen, feed fed, fly flew flown, forget forgot forgotten, \
    freeze froze frozen, get got gotten, give gave, grow grew grown, \
    hear heard, hide hid hidden, hold held, keep kept, know knew known, lead led, lend lent, \
    lose lost, meet met, pay paid, ride rode ridden, ring rang rung, rise rose risen, run ran, \
    say said, see saw seen, seek sought, sell sold, send sent, shake shook shaken, shoot shot, \
    sing sang sung, sleep slept, speak spoke spoken, spend spent, steal stole stolen, \
    swim swam swum, take took taken, teach taught, tell told, think thought, throw threw thrown, \
    wake woke woken, wear wore worn, win won, withdraw withdrew withdrawn, write wrote written, \
    child children, foot feet, half halves, index indices, knife knives, \
    matrix matrices, mouse mice, shelf shelves, vertex vertices, wife wives";

/// Removes the ending of a word in lower case. Words that are not ASCII stay as they are.
pub(super) fn stem(word: &str) -> String {
    let mut word = basic(word).to_owned();
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    singular(&mut word);
    let was_inflected = inflection(&mut word);
    noun_of_verb(&mut word);
    if was_inflected {
        undouble(&mut word);
    }
    if word.len() > 3 && word.ends_with('e') {
        word.pop();
    }
    // `organise` and `organize`.
    replace(&mut word, "is", 6, "iz");
    // `install` and `installing`, `cancel` and `cancelled`.
    replace(&mut word, "ll", 6, "l");
    word
}

/// Returns the basic form of an irregular one, or else the word itself.
fn basic(word: &str) -> &str {
    static FORMS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let groups = IRREGULAR.split(", ").filter_map(|group| group.split_once(' '));
        groups.flat_map(|(basic, forms)| forms.split(' ').map(move |form| (form, basic))).collect()
    });
    FORMS.get(word).copied().unwrap_or(word)
}

/// Replaces an ending of a word that is long enough.
fn replace(word: &mut String, ending: &str, min: usize, with: &str) -> bool {
    let fits = word.len() >= min && word.ends_with(ending);
    if fits {
        word.truncate(word.len() - ending.len());
        word.push_str(with);
    }
    fits
}

fn singular(word: &mut String) {
    if ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        return;
    }
    let endings = [("ies", 5, "y"), ("sses", 5, "ss"), ("xes", 4, "x"), ("ches", 5, "ch")];
    let others = [("shes", 5, "sh"), ("s", 4, "")];
    for (ending, min, with) in endings.into_iter().chain(others) {
        if replace(word, ending, min, with) {
            return;
        }
    }
}

/// Removes `-ing` and `-ed` behind a syllable.
fn inflection(word: &mut String) -> bool {
    if word.ends_with("eed") {
        return false;
    }
    if replace(word, "ied", 5, "y") {
        return true;
    }
    for ending in ["ing", "ed"] {
        let Some(rest) = word.strip_suffix(ending) else { continue };
        if rest.len() >= 3 && rest.bytes().any(|byte| b"aeiouy".contains(&byte)) {
            word.truncate(rest.len());
            return true;
        }
    }
    false
}

/// Converts `creation`, `verification`, `organization`, `deployment` and `attendance` into their verbs.
fn noun_of_verb(word: &mut String) {
    if replace(word, "ification", 11, "ify")
        || replace(word, "ization", 10, "ize")
        || replace(word, "isation", 10, "ize")
    {
        return;
    }
    if word.len() >= 8 && (word.ends_with("tion") || word.ends_with("sion")) {
        word.truncate(word.len() - 3);
    } else {
        let endings = ["ment", "ance", "ence"];
        let _ = endings.iter().any(|ending| replace(word, ending, 9, ""));
    }
}

/// Removes the second of two equal consonants, as in `planned`.
fn undouble(word: &mut String) {
    let bytes = word.as_bytes();
    if let [.., first, second] = bytes
        && first == second
        && b"bdfgmnprt".contains(second)
        && bytes.len() > 3
    {
        word.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[track_caller]
    fn same(words: &[&str]) {
        let stems: Vec<_> = words.iter().map(|word| stem(word)).collect();
        assert!(stems.iter().all(|stem| *stem == stems[0]), "{words:?}: {stems:?}");
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        same(&["file", "files"]);
        same(&["repository", "repositories"]);
        same(&["create", "creates", "created", "creating", "creation"]);
        same(&["delete", "deleting", "deletion"]);
        same(&["copy", "copies", "copied", "copying"]);
        same(&["box", "boxes"]);
        same(&["branch", "branches"]);
        same(&["address", "addresses"]);
        same(&["plan", "planned", "planning"]);
        same(&["install", "installing", "installed"]);
        same(&["cancel", "cancelled", "canceled", "cancelling"]);
        same(&["organise", "organize", "organising", "organization", "organisation"]);
        same(&["translate", "translation", "translating"]);
        same(&["verify", "verification", "verified"]);
        same(&["deploy", "deployment", "deployments"]);
        same(&["attend", "attendance"]);
        same(&["differ", "difference"]);
        same(&["send", "sent", "sending"]);
        same(&["write", "wrote", "written"]);
        same(&["index", "indexes", "indices"]);
        same(&["message", "messages"]);
        same(&["image", "images"]);
        same(&["note", "notes"]);
    }

    #[test]
    fn other_words_stay_apart() {
        for (one, other) in [
            ("string", "str"),
            ("document", "docu"),
            ("station", "state"),
            ("instance", "inst"),
            ("status", "statu"),
            ("thing", "th"),
            ("fill", "file"),
            ("analysis", "analysi"),
            ("größe", "größ"),
        ] {
            assert_ne!(stem(one), stem(other), "{one}, {other}");
        }
        assert_eq!(stem("s3"), "s3");
        assert_eq!(stem("get"), "get");
    }
}
