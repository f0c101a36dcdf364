//! English words that ask for the same thing. The table is general: it knows no product and no server.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::stem::stem;

/// Groups of words with one meaning. A word may be in several groups.
const GROUPS: &[&str] = &[
    // Actions.
    "create add make new insert generate compose open establish register build",
    "delete remove erase drop destroy discard purge clear trash wipe",
    "list show display enumerate view browse overview all every which",
    "get fetch read retrieve show view load obtain lookup detail inspect give tell",
    "search find query lookup locate look seek discover filter",
    "update edit modify change alter amend adjust revise patch set correct",
    "send deliver dispatch submit transmit sent",
    "post publish write send share",
    "write save store persist put record",
    "start launch run execute begin trigger invoke perform",
    "stop halt end terminate kill abort shutdown",
    "cancel abort revoke withdraw undo",
    "revert undo rollback restore",
    "copy duplicate clone replicate",
    "move transfer relocate migrate shift",
    "rename relabel",
    "upload put store import",
    "download fetch export pull",
    "merge combine join unite",
    "split divide separate",
    "compare diff difference versus",
    "schedule plan book arrange reserve",
    "postpone reschedule delay defer",
    "assign allocate delegate",
    "approve accept confirm allow permit grant authorize",
    "reject decline deny refuse",
    "close finish complete resolve end done",
    "block ban suspend freeze lock disable deactivate",
    "enable activate unlock unblock",
    "count number total amount many",
    "calculate compute evaluate",
    "convert transform exchange turn",
    "summarize summary digest recap outline",
    "analyze analysis examine inspect evaluate investigate study",
    "check verify validate test ensure",
    "monitor watch track observe follow",
    "notify inform alert remind tell",
    "reply respond answer",
    "attach append include add",
    "configure configuration config set setting preference option",
    "subscribe subscription follow",
    "log history journal trail audit record",
    "refund reimburse repay return",
    "pay payment charge",
    "buy purchase order",
    "deploy release rollout ship publish",
    "login authenticate authentication auth signin",
    // Things.
    "file document doc",
    "folder directory dir",
    "user person people member account human",
    "employee staff worker personnel",
    "customer client buyer",
    "contact person people",
    "issue ticket bug problem defect",
    "task todo job item",
    "message note text",
    "comment remark annotation",
    "email mail message",
    "image picture photo",
    "video movie film clip",
    "music song track audio",
    "screenshot capture snapshot",
    "repository repo",
    "event meeting appointment",
    "calendar agenda schedule",
    "price cost fee rate",
    "invoice bill",
    "payment transaction transfer",
    "product item article goods",
    "website site webpage page",
    "url link address",
    "phone telephone call",
    "error failure exception crash fault problem",
    "password secret credential",
    "location place position where",
    "database db",
    "row record entry",
    "label tag category",
    "group team",
    "channel room",
    "alert alarm warning notification",
    "chart graph diagram plot",
    "report statement",
    "version release revision",
    "server machine host instance",
    "article post blog",
    "money balance fund",
    "trip travel journey",
    "shipment parcel package delivery",
    "current latest now today recent",
    "time clock hour date when",
    "information info detail",
    "environment env",
    "administrator admin",
    "application app program",
    "parameter param argument",
    "identifier id",
    "organization org company",
    "production prod",
    "library lib",
    "metric statistic stat",
    "contract agreement",
    "permission access role right",
    "review feedback rating",
    "news headline",
    "stock share equity",
    "discount coupon voucher",
    "deal opportunity",
    "branch fork",
];

/// Phrases of several words, and the word that they stand for.
const PHRASES: &[(&str, &str)] = &[
    ("get rid of", "delete"),
    ("throw away", "delete"),
    ("throw out", "delete"),
    ("take away", "remove"),
    ("look up", "get"),
    ("find out", "get"),
    ("look for", "search"),
    ("set up", "create"),
    ("sign up", "register"),
    ("put in", "add"),
    ("bring up", "show"),
    ("shut down", "stop"),
    ("turn off", "disable"),
    ("switch off", "disable"),
    ("turn on", "enable"),
    ("switch on", "enable"),
    ("kick off", "start"),
    ("carry out", "run"),
    ("call off", "cancel"),
    ("roll back", "revert"),
    ("hand over", "assign"),
    ("put off", "postpone"),
    ("write down", "write"),
    ("log in", "login"),
    ("sign in", "login"),
    ("back up", "backup"),
    ("how many", "count"),
    ("how much", "price"),
    ("keep an eye on", "monitor"),
];

/// Words without a meaning of their own in a question.
const STOP_WORDS: &str = "a about an and any are as at be been being but by can could d did do does for \
    from had has have he her here him his i if in into is it its just let like ll m me my need of on or \
    our out please re s she should so some something t than that the their them then there these they \
    this those to too up us ve want was we were what will with would you your";

static GROUPS_OF: LazyLock<HashMap<String, Vec<usize>>> = LazyLock::new(|| {
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, words) in stems().iter().enumerate() {
        for word in words {
            groups.entry(word.clone()).or_default().push(index);
        }
    }
    groups
});

fn stems() -> &'static [Vec<String>] {
    static STEMS: LazyLock<Vec<Vec<String>>> =
        LazyLock::new(|| GROUPS.iter().map(|words| words.split(' ').map(stem).collect()).collect());
    &STEMS
}

/// Returns the stems of the words that mean the same as a stem, without the stem itself.
pub(super) fn synonyms(of: &str) -> impl Iterator<Item = &'static str> {
    let groups = GROUPS_OF.get(of).map_or(&[][..], Vec::as_slice);
    let words = groups.iter().flat_map(|group| &stems()[*group]).map(String::as_str);
    words.filter(move |word| *word != of)
}

/// Finds the phrase that a text begins with. Returns the number of its words, and what it stands for.
pub(super) fn phrase(words: &[&str]) -> Option<(usize, &'static str)> {
    PHRASES.iter().find_map(|(phrase, word)| {
        let length = phrase.split(' ').count();
        let begin = words.get(..length)?;
        phrase.split(' ').eq(begin.iter().copied()).then_some((length, *word))
    })
}

/// `true` for a word that is left out of questions.
pub(super) fn is_stop_word(word: &str) -> bool {
    static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut words: Vec<_> = STOP_WORDS.split_ascii_whitespace().collect();
        words.sort_unstable();
        words
    });
    WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_stop_word, phrase, synonyms};
    use crate::agent::search::stem::stem;

    #[test]
    fn forms_of_words_have_synonyms() {
        for (word, other) in
            [("removing", "delete"), ("bills", "invoice"), ("repo", "repositories")]
        {
            let other = stem(other);
            assert!(synonyms(&stem(word)).any(|word| word == other), "{word}: {other}");
        }
        assert_eq!(synonyms("weather").count(), 0);
    }

    #[test]
    fn phrases_stand_for_words() {
        assert_eq!(phrase(&["get", "rid", "of", "it"]), Some((3, "delete")));
        assert_eq!(phrase(&["get", "rid"]), None);
        assert!(is_stop_word("the") && !is_stop_word("list"));
    }
}
