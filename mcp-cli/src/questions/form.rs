//! Forms.

use mcp_runtime::protocol::{ElicitAction, ElicitFormParams, ElicitResult};
use owo_colors::OwoColorize as _;
use serde_json::{Map, Value};

use super::field::Field;
use super::input_required;
use super::terminal::{self, Stop};
use crate::exit::Failure;
use crate::output::{plain, screen};

/// A form of a server.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) message: String,
    pub(super) fields: Vec<Field>,
}

/// The decision of the user about a form.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Change,
    Decline,
    Cancel,
}

impl Form {
    pub(super) fn of(params: &ElicitFormParams) -> Self {
        let fields = Field::all(&params.requested_schema.to_value());
        Self { message: params.message.clone(), fields }
    }

    /// Fields that need a value and have none.
    pub(super) fn missing<'a>(
        &'a self,
        given: &'a Map<String, Value>,
    ) -> impl Iterator<Item = &'a Field> {
        let needs = |field: &&Field| field.is_required && field.default().is_none();
        self.fields.iter().filter(needs).filter(|field| !given.contains_key(&field.name))
    }

    /// The failure for a form that has no answer.
    pub(super) fn unanswered(&self, given: &Map<String, Value>) -> Failure {
        let failure = input_required("asks for input", &plain(&self.message));
        let open = self.fields.iter().filter(|field| !given.contains_key(&field.name));
        let failure = open.fold(failure, |failure, field| failure.note(field.line()));
        match self.fields.first() {
            Some(field) => {
                let field = self.missing(given).next().unwrap_or(field);
                failure.note(format!("`--answer {}=VALUE` answers without a terminal", field.name))
            }
            None => failure,
        }
    }

    /// Asks the user. Values that are given already are not asked for.
    pub(super) fn ask(&self, given: &Map<String, Value>) -> Result<ElicitResult, Stop> {
        screen::write(format!("{} {}", "The server asks:".bold(), plain(&self.message)));
        let mut values = given.clone();
        loop {
            let mut step = self.fill(given, &mut values)?;
            if let Step::Send = step {
                step = self.review()?;
            }
            return Ok(match step {
                Step::Send => ElicitResult::accept(values),
                Step::Change => continue,
                Step::Decline => ElicitResult::new(ElicitAction::Decline),
                Step::Cancel => ElicitResult::new(ElicitAction::Cancel),
            });
        }
    }

    /// Asks for the fields, with their earlier values as defaults.
    fn fill(
        &self,
        given: &Map<String, Value>,
        values: &mut Map<String, Value>,
    ) -> Result<Step, Stop> {
        for field in self.fields.iter().filter(|field| !given.contains_key(&field.name)) {
            match field.ask(values.get(&field.name)) {
                Ok(Some(value)) => drop(values.insert(field.name.clone(), value)),
                Ok(None) => drop(values.remove(&field.name)),
                Err(Stop::Escape) => {
                    let steps =
                        [Step::Decline, Step::Cancel, Step::Change].map(|step| (step, step.name()));
                    return choose("No answer?", "escape cancels", &steps);
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(Step::Send)
    }

    fn review(&self) -> Result<Step, Stop> {
        if self.fields.is_empty() {
            let steps =
                [(Step::Send, "Accept"), (Step::Decline, "Decline"), (Step::Cancel, "Cancel")];
            return choose("Accept?", "there is nothing to fill in; escape cancels", &steps);
        }
        let steps = [Step::Send, Step::Change, Step::Decline, Step::Cancel];
        choose("Send the answer?", "escape cancels", &steps.map(|step| (step, step.name())))
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Change => "Change",
            Self::Decline => "Decline",
            Self::Cancel => "Cancel",
        }
    }
}

fn choose(label: &str, help: &str, steps: &[(Step, &str)]) -> Result<Step, Stop> {
    let names = steps.iter().map(|(_, name)| (*name).to_owned()).collect();
    match terminal::select(label, help, names, 0) {
        Ok(index) => Ok(steps.get(index).map_or(Step::Cancel, |(step, _)| *step)),
        Err(Stop::Escape) => Ok(Step::Cancel),
        Err(stop) => Err(stop),
    }
}
