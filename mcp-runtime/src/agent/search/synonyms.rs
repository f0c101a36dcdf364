//! English words that ask for the same thing. The table is general: it knows no product and no server.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::stem::stem;

/// Groups of words with one meaning. A word may be in several groups.
const GROUPS: &[&str] = &[
    // Actions.
    "create add make new insert generate compose establish register build",
    "delete remove erase drop destroy discard purge clear trash wipe forget",
    "list show display enumerate view browse overview all every which",
    "get fetch read retrieve show view load obtain lookup detail inspect give tell",
    "search find query lookup locate look seek discover filter",
    "update edit modify change alter amend adjust revise patch set correct",
    "send deliver dispatch submit transmit sent",
    "post publish write send share",
    "write save store persist put record remember",
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
    "repeat again rerun echo",
    "multiple several",
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
    "user person people member account human individual participant",
    "attendee participant guest invitee",
    "employee staff worker personnel colleague coworker teammate",
    "member colleague teammate",
    "customer client buyer shopper consumer",
    "lead prospect",
    "contact person people",
    "company firm organization org business enterprise corporation",
    "seller vendor merchant supplier",
    "traveler passenger tourist",
    "applicant candidate",
    "subscriber follower fan",
    "author writer creator",
    "manager boss supervisor",
    "guest visitor",
    "teacher instructor trainer",
    "student pupil learner",
    "doctor physician",
    "issue ticket bug problem defect",
    "incident outage disruption breakdown",
    "error failure exception crash fault problem",
    "task todo job item assignment chore",
    "message note text post",
    "note memo",
    "comment remark annotation reply",
    "email mail message letter",
    "image picture photo",
    "video movie film clip",
    "music song track audio",
    "screenshot capture snapshot",
    "repository repo",
    "event meeting appointment",
    "calendar agenda schedule timetable roster rota",
    "vacation holiday leave absence",
    "vacancy opening position job",
    "training course workshop seminar",
    "flight plane aircraft",
    "hotel accommodation lodging",
    "luggage baggage",
    "itinerary route trip",
    "reservation booking",
    "price cost fee rate",
    "expense cost spending",
    "salary wage pay payroll",
    "invoice bill receipt",
    "quote quotation offer estimate",
    "payment transaction transfer",
    "order purchase",
    "product item article merchandise",
    "discount coupon voucher promotion",
    "deal opportunity sale",
    "inventory stock warehouse",
    "stock share equity",
    "shop store",
    "shipment parcel package delivery",
    "contract agreement",
    "review feedback rating",
    "website site webpage page",
    "url link address hyperlink",
    "shortcut alias",
    "webhook callback hook",
    "phone telephone call",
    "password secret credential",
    "permission access role right privilege",
    "location place position where",
    "database db",
    "row record entry",
    "label tag category",
    "group team",
    "channel room",
    "alert alarm warning notification",
    "sprint iteration",
    "maintenance downtime",
    "instruction guide manual runbook playbook",
    "chart graph diagram plot",
    "report statement",
    "version release revision",
    "server machine host instance",
    "article post blog",
    "news headline",
    "course class",
    "lesson lecture talk class",
    "assignment homework exercise",
    "announcement notice notification",
    "illness disease diagnosis sickness",
    "vaccination vaccine injection shot",
    "visit appointment",
    "allergy allergic",
    "heating heater thermostat",
    "rule routine automation",
    "playlist collection",
    "thumbnail preview",
    "bucket container storage",
    "budget spending",
    "loan credit",
    "exam test quiz",
    "grade mark score",
    "medicine medication drug prescription",
    "car vehicle automobile",
    "house home property apartment",
    "lamp light bulb",
    "money balance fund",
    "trip travel journey",
    "current latest now today recent",
    "time clock hour date when",
    "information info detail",
    "environment env",
    "administrator admin",
    "application app program",
    "parameter param argument",
    "identifier id",
    "production prod",
    "library lib",
    "metric statistic stat",
];

/// Phrases of several words, and the word that they stand for.
const PHRASES: &[(&str, &str)] = &[
    ("get rid of", "delete"),
    ("go away", "delete"),
    ("throw away", "delete"),
    ("throw out", "delete"),
    ("take away", "remove"),
    ("look up", "get"),
    ("find out", "get"),
    ("look for", "search"),
    ("where is", "search"),
    ("where are", "search"),
    ("is there", "search"),
    ("are there", "list"),
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
const STOP_WORDS: &str = "a able about after again also an and another any are as at be because been before being \
    between but by can could d did do does during each else for from had has have he hello help \
    her here hi him his i if in into is it its just know let like ll m may me might more much \
    must my need no nor not of off on one only or other our out over own please possible quite \
    rather re really s same shall she should since so some something such t than thank thanks \
    that the their them then there these they this those through to too tool tools under until \
    up upon us use used using ve very via want was we were what whether while who whom whose \
    will with within without would you your";

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
