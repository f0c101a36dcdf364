//! Queries: the terms that their words stand for, and the scores of tools.

use super::index::{Term, ToolIndex};
use super::similar::{forms, similar};
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

/// Part of the weight of two words that are one, beside the weight of each.
const PAIR: f64 = 0.5;

/// Part of the weight that a synonym counts.
const SYNONYM: f64 = 0.8;

/// Part of the weight that a similar word counts if the one that was asked for is not known.
const SIMILAR: f64 = 0.5;

/// Part of the weight that another form of a word counts, such as "printer" for "print".
const FORM: f64 = 0.6;

/// Part of the weight that a name counts which goes with the word in other tools.
const RELATED: f64 = 0.6;

/// Part of the weight of the parts of a compound that is found itself.
const PART: f64 = 0.5;

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
                builder.word(meaning, &[]);
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

    /// Creates the concept of a word and of its parts.
    fn of_word(index: &'a ToolIndex, word: &str, parts: &[String]) -> Option<Self> {
        let stem = stem(word);
        let exact = index.find(&stem);
        let mut terms = Vec::new();
        terms.extend(exact.map(|term| (term, 1.0)));
        let same: Vec<_> = synonyms(&stem).filter_map(|stem| index.find(stem)).collect();
        terms.extend(same.iter().map(|term| (*term, SYNONYM)));
        for (place, part) in exact.iter().flat_map(|term| &term.names) {
            terms.push((index.at(*place), RELATED * part));
        }
        for part in parts {
            terms.extend(index.find(&super::stem::stem(part)).map(|term| (term, PART)));
        }
        match exact {
            Some(_) => terms.extend(forms(index, &stem).into_iter().map(|term| (term, FORM))),
            None => terms.extend(similar(index, &stem).into_iter().map(|term| (term, SIMILAR))),
        }
        // Another word cannot be rarer than the one that was asked for. If that one is not known, no synonym
        // counts more than all of them do on average: an "overview" is a list more often than a view.
        let most = match exact {
            Some(term) => term.rarity,
            None if same.is_empty() => f64::INFINITY,
            None => same.iter().map(|term| term.rarity).sum::<f64>() / same.len() as f64,
        };
        let terms = terms.into_iter();
        let terms =
            terms.map(|(term, part)| Candidate { term, weight: part * term.rarity.min(most) });
        let terms: Vec<_> = terms.collect();
        (!terms.is_empty()).then_some(Self { terms })
    }
}

struct Builder<'a> {
    index: &'a ToolIndex,
    /// Stems that are looked up already.
    seen: Vec<String>,
    concepts: Vec<Concept<'a>>,
}

impl Builder<'_> {
    fn word(&mut self, word: &str, parts: &[String]) {
        if self.is_new(word) {
            self.concepts.extend(Concept::of_word(self.index, word, parts));
        }
    }

    /// Looks up a compound as a whole, or its parts if it is not known.
    fn compound(&mut self, word: &Word) {
        let is_known = self.index.find(&stem(&word.whole)).is_some();
        if is_known || word.parts.is_empty() {
            return self.word(&word.whole, &word.parts);
        }
        for part in &word.parts {
            self.word(part, &[]);
        }
    }

    /// Looks up two words as one: `file system` finds `filesystem`, and two words of a name that follow
    /// each other.
    fn pair(&mut self, first: &Word, second: &Word) {
        let joined = format!("{}{}", first.whole, second.whole);
        if let Some(term) = self.index.find(&stem(&joined))
            && self.is_new(&joined)
        {
            let weight = PAIR * term.rarity;
            self.concepts.push(Concept { terms: vec![Candidate { term, weight }] });
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
