//! Answers of the command line.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::form::Form;
use crate::exit::Failure;
use crate::input::{Form as Written, Pair};

/// Answers by the names of fields. Each question takes the next answer to a field; the last one is for
/// all further questions.
#[derive(Debug)]
pub(super) struct Answers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Answers in their order.
    queues: BTreeMap<String, VecDeque<Answer>>,
    /// Questions that were answered with the last answers.
    answered: BTreeSet<String>,
}

#[derive(Clone, Debug)]
enum Answer {
    Text(String),
    Json(Value),
}

impl Answers {
    pub(super) fn new(pairs: &[Pair]) -> Result<Self, Failure> {
        let mut state = State::default();
        for pair in pairs {
            let Pair { name, form } = pair;
            let answer = match form {
                Written::Json(text) => {
                    Answer::Json(serde_json::from_str(text).map_err(|error| {
                        Failure::usage(format!(
                            "answer `{name}`: expected JSON after `:=`: {error}"
                        ))
                    })?)
                }
                Written::Text(_) | Written::File(_) => {
                    Answer::Text(pair.text()?.unwrap_or_default())
                }
            };
            state.queues.entry(name.clone()).or_default().push_back(answer);
        }
        Ok(Self(Mutex::new(state)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).queues.is_empty()
    }

    /// The answers to a form. A form that is asked once more gets none, unless there are further answers:
    /// the same answer would be refused again.
    pub(super) fn for_form(&self, form: &Form) -> Result<Map<String, Value>, Failure> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { queues, answered } = &mut *state;
        let names = form.fields.iter().map(|field| field.name.as_str());
        let key = format!("{:?} {:?}", form.message, names.collect::<Vec<_>>());
        let has_next = form
            .fields
            .iter()
            .any(|field| queues.get(&field.name).is_some_and(|queue| queue.len() > 1));
        if !has_next && !answered.insert(key) {
            return Ok(Map::new());
        }
        let mut values = Map::new();
        for field in &form.fields {
            let Some(queue) = queues.get_mut(&field.name) else { continue };
            let answer = match queue.len() {
                0 | 1 => queue.front().cloned(),
                _ => queue.pop_front(),
            };
            let value = match answer {
                None => continue,
                Some(Answer::Json(value)) => Ok(value),
                Some(Answer::Text(text)) => field.parse(&text),
            };
            let value = value.map_err(|reason| {
                let message = format!("answer `{}`: {reason}", field.name);
                Failure::usage(message).note(field.line())
            })?;
            values.insert(field.name.clone(), value);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use mcp_runtime::protocol::ElicitFormParams;
    use mcp_runtime::schema::Schema;
    use serde_json::json;

    use super::*;

    fn form(message: &str) -> Form {
        let schema = json!({ "properties": { "n": { "type": "integer", "maximum": 9 } } });
        Form::of(&ElicitFormParams::new(message, Schema::from_value(&schema).unwrap()))
    }

    fn answers(pairs: &[&str]) -> Answers {
        let pairs: Vec<Pair> = pairs.iter().map(|pair| pair.parse().unwrap()).collect();
        Answers::new(&pairs).unwrap()
    }

    #[test]
    fn each_question_takes_the_next_answer() {
        let answers = answers(&["n=1", "n:=2", "other=3"]);
        let next = |message| json!(answers.for_form(&form(message)).unwrap());
        assert_eq!(next("first"), json!({ "n": 1 }));
        assert_eq!(next("second"), json!({ "n": 2 }));
        assert_eq!(next("third"), json!({ "n": 2 }), "the last answer stays");
        assert_eq!(next("third"), json!({}), "the same question has refused it");
    }

    #[test]
    fn an_answer_that_does_not_fit_is_a_wrong_argument() {
        for (pair, part) in [("n=x", "expected an integer"), ("n=10", "at most 9, got 10")] {
            let failure = answers(&[pair]).for_form(&form("first")).unwrap_err();
            assert!(format!("{failure:?}").contains(part), "{failure:?}");
        }
    }
}
