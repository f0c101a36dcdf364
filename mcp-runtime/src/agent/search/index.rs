//! Index of the words of tools, ranked by BM25 over several fields.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::rank::{self, Concept};
use super::related;
use super::stem::stem;
use super::text::{Field, words_of};
use crate::providers::{ToolId, ToolSet};

/// Index in which tools are found by what they do.
///
/// The words of a query are looked up in the names, titles and descriptions of the tools and of their
/// arguments. Matches in names count more than those in descriptions, and rare words more than frequent
/// ones (BM25F). Endings of English words, accents, and the style of names (`getWeather`, `get-weather`)
/// do not matter; common English verbs and nouns find their synonyms as well. In all languages, a word is
/// found by forms that differ in a short ending, and one that no tool contains by its beginning or with one
/// letter that is wrong. A word of descriptions leads to the names that it
/// goes with: if "outage" is explained where incidents are created, it finds the other tools for incidents.
///
/// The same tools and query give the same result. No model and no network is involved.
///
/// # Example
/// ```
/// use mcp_runtime::agent::ToolIndex;
/// use mcp_runtime::protocol::Tool;
/// use mcp_runtime::providers::ToolSet;
/// use mcp_runtime::schema::Schema;
///
/// let tool = |name: &str, description: &str| {
///     let schema = Schema::parse(r#"{ "type": "object" }"#).unwrap();
///     Tool::new(name, schema).description(description)
/// };
/// let tools = ToolSet::default()
///     .server("github", [tool("create_issue", "Report a bug."), tool("list_branches", "List branches.")])
///     .server("slack", [tool("postMessage", "Write to a channel.")]);
///
/// let found = ToolIndex::new(&tools).search("send a message on Slack", 5);
/// assert_eq!(found[0].tool.tool, "postMessage");
/// ```
#[derive(Clone, Debug)]
pub struct ToolIndex {
    tools: Vec<ToolId>,
    /// Stems in alphabetical order, with their places in `terms`.
    vocabulary: BTreeMap<Box<str>, usize>,
    terms: Vec<Term>,
}

/// Tool that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// Tool.
    pub tool: ToolId,
    /// Score, greater than 0. It is comparable within one search only.
    pub score: f64,
}

/// Stem, and the tools that contain it.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    /// Weight of the term: greater for a term that few tools contain.
    pub(super) rarity: f64,
    /// Tools in their order, with the share of the rarity that they get.
    pub(super) tools: Vec<(u32, f64)>,
    /// Terms of the names that this term goes with, and how often it does, up to 1.
    pub(super) names: Vec<(usize, f64)>,
}

/// Saturation: the weight beyond which further occurrences count little (`k1` of BM25). It is small beside
/// the weight of a name, so that a service is not found better because descriptions repeat its name.
const SATURATION: f64 = 1.2;

/// Occurrences of the stems of one tool.
type Counts = BTreeMap<String, [f64; Field::COUNT]>;

impl ToolIndex {
    /// Creates the index of a set.
    pub fn new(set: &ToolSet) -> Self {
        let (mut tools, mut all) = (Vec::new(), Vec::new());
        for (id, tool) in set.iter() {
            tools.push(id.clone());
            all.push(counts(words_of(id, tool)));
        }
        let lengths: Vec<_> = all.iter().map(lengths).collect();
        let mut averages = [0.0; Field::COUNT];
        for length in &lengths {
            for (average, length) in averages.iter_mut().zip(length) {
                *average += length / lengths.len() as f64;
            }
        }
        let mut index = Self { tools, vocabulary: BTreeMap::new(), terms: Vec::new() };
        let mut names = Vec::new();
        for (tool, (counts, lengths)) in (0..).zip(all.into_iter().zip(&lengths)) {
            let mut name = Vec::new();
            for (stem, counts) in counts {
                let weight = weight(&counts, lengths, &averages);
                let share = weight / (SATURATION + weight);
                let term = index.term(stem);
                index.terms[term].tools.push((tool, share));
                if counts[Field::Name as usize] + counts[Field::Server as usize] > 0.0 {
                    name.push(term);
                }
            }
            names.push(name);
        }
        let total = index.tools.len() as f64;
        for term in &mut index.terms {
            let count = term.tools.len() as f64;
            term.rarity = (1.0 + (total - count + 0.5) / (count + 0.5)).ln();
        }
        related::relate(&mut index.terms, &names);
        index
    }

    /// Returns the place of a term, which is added if it is new.
    fn term(&mut self, stem: String) -> usize {
        let next = self.terms.len();
        let place = *self.vocabulary.entry(stem.into()).or_insert(next);
        if place == next {
            self.terms.push(Term::default());
        }
        place
    }

    /// Finds the tools that fit a query best, the best first. Tools with the same score are in the order
    /// of the set. Tools that have no word in common with the query are not found.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Found> {
        let scores = rank::scores(self, &Concept::of_query(self, query));
        let mut found: Vec<_> =
            scores.into_iter().enumerate().filter(|(_, score)| *score > 0.0).collect();
        // The sort is stable.
        found.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        found.truncate(limit);
        let found = found.into_iter();
        found.map(|(place, score)| Found { tool: self.tools[place].clone(), score }).collect()
    }

    /// Returns the number of tools.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// `true` if there are no tools.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    pub(super) fn find(&self, stem: &str) -> Option<&Term> {
        self.vocabulary.get(stem).map(|place| &self.terms[*place])
    }

    /// Returns the stems that begin with a text, in alphabetical order, with their terms.
    pub(super) fn beginning_with<'a>(
        &'a self,
        text: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Term)> {
        let from = (Bound::Included(text), Bound::Unbounded);
        let stems = self.vocabulary.range::<str, _>(from);
        let stems = stems.take_while(move |(stem, _)| stem.starts_with(text));
        stems.map(|(stem, place)| (&**stem, &self.terms[*place]))
    }

    pub(super) fn at(&self, place: usize) -> &Term {
        &self.terms[place]
    }
}

fn counts(words: Vec<(Field, super::words::Word)>) -> Counts {
    let mut counts = Counts::new();
    for (field, word) in words {
        for text in std::iter::once(&word.whole).chain(&word.parts) {
            counts.entry(stem(text)).or_default()[field as usize] += 1.0;
        }
    }
    counts
}

fn lengths(counts: &Counts) -> [f64; Field::COUNT] {
    let mut lengths = [0.0; Field::COUNT];
    for counts in counts.values() {
        for (length, count) in lengths.iter_mut().zip(counts) {
            *length += count;
        }
    }
    lengths
}

/// Weighs the occurrences of a stem: by field, and less in a field that is longer than the average.
fn weight(
    counts: &[f64; Field::COUNT],
    lengths: &[f64; Field::COUNT],
    averages: &[f64; Field::COUNT],
) -> f64 {
    let mut sum = 0.0;
    for field in Field::ALL {
        let place = field as usize;
        if counts[place] > 0.0 {
            let relative = lengths[place] / averages[place];
            let norm = 1.0 + field.length_part() * (relative - 1.0);
            sum += field.weight() * counts[place] / norm;
        }
    }
    sum
}
