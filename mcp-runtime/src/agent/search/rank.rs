//! Queries: the terms that their words stand for, and the scores of tools.

use super::index::{Term, ToolIndex};
use super::stem::stem;
use super::synonyms::{is_stop_word, phrase, synonyms};
use super::words::{Word, words};

/// Word of a query, with all terms that it stands for. A tool is given the best of them.
pub(super) struct Concept<'a> {
    terms: Vec<Candidate<'a>>,
}

/// Term that stands for a word, with the part of its weight that counts.
struct Candidate<'a> {
    term: &'a Term,
    weight: f64,
}

/// Part of the weight that a synonym counts.
const SYNONYM: f64 = 0.6;

/// Part of the weight that a word counts of which only the beginning is the same.
const BEGINNING: f64 = 0.5;

/// Part of the weight of the parts of a compound that is found itself.
const PART: f64 = 0.5;

/// Minimum length of a beginning in bytes.
const MIN_BEGINNING: usize = 3;

/// Maximum number of words of a query. The others are not looked at.
const MAX_WORDS: usize = 64;

impl<'a> Concept<'a> {
    /// Finds the terms of a query.
    pub(super) fn of_query(index: &'a ToolIndex, query: &str) -> Vec<Self> {
        let mut words = words(query);
        words.truncate(MAX_WORDS);
        let mut builder = Builder { index, seen: Vec::new(), concepts: Vec::new() };
        let is_said = words.iter().any(|word| !is_stop_word(&word.whole));
        let surface: Vec<_> = words.iter().map(|word| &*word.whole).collect();
        let mut place = 0;
        while place < words.len() {
            if let Some((length, meaning)) = phrase(&surface[place..]) {
                builder.word(meaning, 1.0);
                place += length;
                continue;
            }
            let word = &words[place];
            if let Some(next) = words.get(place + 1) {
                builder.pair(word, next);
            }
            if !(is_said && is_stop_word(&word.whole)) {
                builder.compound(word);
            }
            place += 1;
        }
        builder.concepts
    }

    /// Creates the concept of a word.
    fn of_word(index: &'a ToolIndex, word: &str, weight: f64) -> Option<Self> {
        let stem = stem(word);
        let exact = index.find(&stem);
        let mut terms = Vec::new();
        terms.extend(exact.map(|term| (term, 1.0)));
        terms.extend(
            synonyms(&stem).filter_map(|stem| index.find(stem)).map(|term| (term, SYNONYM)),
        );
        if exact.is_none() {
            let known = completions(index, &stem);
            terms.extend(known.into_iter().map(|term| (term, BEGINNING)));
        }
        // Another word cannot be rarer than the one that was asked for.
        let most = exact.map_or(f64::INFINITY, |term| term.rarity);
        let terms = terms.into_iter();
        let terms = terms
            .map(|(term, part)| Candidate { term, weight: weight * part * term.rarity.min(most) });
        let terms: Vec<_> = terms.collect();
        (!terms.is_empty()).then_some(Self { terms })
    }
}

/// Finds the words that begin with an unknown one, or else the longest one that it begins with.
fn completions<'a>(index: &'a ToolIndex, stem: &str) -> Vec<&'a Term> {
    let is_long = stem.len() >= MIN_BEGINNING;
    let mut found: Vec<&Term> = Vec::new();
    if is_long {
        found.extend(index.beginning_with(stem));
    }
    let mut end = stem.len();
    while found.is_empty() && is_long && end > MIN_BEGINNING + 1 {
        end = stem.floor_char_boundary(end - 1);
        found.extend(index.find(&stem[..end]));
    }
    found
}

struct Builder<'a> {
    index: &'a ToolIndex,
    /// Stems that are looked up already.
    seen: Vec<String>,
    concepts: Vec<Concept<'a>>,
}

impl Builder<'_> {
    fn word(&mut self, word: &str, weight: f64) {
        if !self.is_new(word) {
            return;
        }
        self.concepts.extend(Concept::of_word(self.index, word, weight));
    }

    fn compound(&mut self, word: &Word) {
        let is_known = self.index.find(&stem(&word.whole)).is_some();
        if is_known || word.parts.is_empty() {
            self.word(&word.whole, 1.0);
        }
        for part in &word.parts {
            self.word(part, if is_known { PART } else { 1.0 });
        }
    }

    /// Looks up two words as one: `file system` finds `filesystem`, and two words of a name that follow
    /// each other.
    fn pair(&mut self, first: &Word, second: &Word) {
        let joined = format!("{}{}", first.whole, second.whole);
        if let Some(term) = self.index.find(&stem(&joined))
            && self.is_new(&joined)
        {
            self.concepts.push(Concept { terms: vec![Candidate { term, weight: term.rarity }] });
        }
    }

    fn is_new(&mut self, word: &str) -> bool {
        let stem = stem(word);
        let is_new = !self.seen.contains(&stem);
        if is_new {
            self.seen.push(stem);
        }
        is_new
    }
}

/// Adds up the scores of all tools.
pub(super) fn scores(index: &ToolIndex, concepts: &[Concept<'_>]) -> Vec<f64> {
    let mut scores = vec![0.0; index.len()];
    let mut best = vec![0.0_f64; index.len()];
    let mut touched = Vec::new();
    for concept in concepts {
        for candidate in &concept.terms {
            for (tool, share) in &candidate.term.tools {
                let place = *tool as usize;
                let score = candidate.weight * share;
                if best[place] == 0.0 {
                    touched.push(place);
                }
                best[place] = best[place].max(score);
            }
        }
        for place in touched.drain(..) {
            scores[place] += std::mem::take(&mut best[place]);
        }
    }
    scores
}
