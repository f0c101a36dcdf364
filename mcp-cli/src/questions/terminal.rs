//! Prompts in the terminal.

#[cfg(feature = "models")]
use std::ffi::OsStr;
use std::io::IsTerminal as _;

#[cfg(feature = "models")]
use inquire::Editor;
use inquire::error::InquireError;
use inquire::validator::Validation;
use inquire::{MultiSelect, Select, Text};

/// The end of a prompt without an answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// The user has pressed Escape.
    Escape,
    /// The user has pressed Ctrl-C.
    Interrupt,
    /// The terminal does not work.
    Lost(String),
}

impl From<InquireError> for Stop {
    fn from(error: InquireError) -> Self {
        match error {
            InquireError::OperationCanceled => Self::Escape,
            InquireError::OperationInterrupted => Self::Interrupt,
            other => Self::Lost(other.to_string()),
        }
    }
}

/// `true` if the user can be asked: prompts are read from standard input and shown on standard error.
pub(super) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a text until it is valid.
pub(super) fn text(
    label: &str,
    help: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String> + Clone + 'static,
) -> Result<String, Stop> {
    let mut prompt = Text::new(label).with_help_message(help).with_validator(move |text: &str| {
        Ok(match check(text) {
            Ok(()) => Validation::Valid,
            Err(reason) => Validation::Invalid(reason.into()),
        })
    });
    if let Some(default) = default {
        prompt = prompt.with_default(default);
    }
    Ok(prompt.prompt()?)
}

/// Opens a text in the editor of the user. An editor that is not opened leaves it as it is.
#[cfg(feature = "models")]
pub(super) fn edit(label: &str, text: &str) -> Result<String, Stop> {
    let editor = ["VISUAL", "EDITOR"].iter().find_map(std::env::var_os);
    let editor = editor.and_then(|editor| editor.into_string().ok()).unwrap_or_default();
    let words: Vec<_> = editor.split_whitespace().map(OsStr::new).collect();
    let mut prompt = Editor::new(label).with_predefined_text(text).with_file_extension(".md");
    prompt = prompt.with_help_message("escape leaves the text as it is");
    if let [command, arguments @ ..] = &words[..] {
        prompt = prompt.with_editor_command(command).with_args(arguments);
    }
    let edited = prompt.prompt()?;
    let edited = edited.trim_end_matches('\n');
    Ok(if edited.is_empty() { text } else { edited }.to_owned())
}

/// Asks for one of several options, and returns its index.
pub(super) fn select(
    label: &str,
    help: &str,
    options: Vec<String>,
    start: usize,
) -> Result<usize, Stop> {
    let prompt = Select::new(label, options).with_help_message(help).with_starting_cursor(start);
    Ok(prompt.raw_prompt()?.index)
}

/// Asks for any of several options, until their number is valid, and returns their indices.
pub(super) fn select_many(
    label: &str,
    help: &str,
    options: Vec<String>,
    start: &[usize],
    check: impl Fn(usize) -> Result<(), String> + Clone + 'static,
) -> Result<Vec<usize>, Stop> {
    let prompt = MultiSelect::new(label, options)
        .with_help_message(help)
        .with_default(start)
        .with_validator(move |selected: &[inquire::list_option::ListOption<&String>]| {
            Ok(match check(selected.len()) {
                Ok(()) => Validation::Valid,
                Err(reason) => Validation::Invalid(reason.into()),
            })
        });
    Ok(prompt.raw_prompt()?.into_iter().map(|option| option.index).collect())
}
