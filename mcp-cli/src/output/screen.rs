//! Standard error while a command runs: lines, a progress bar, and prompts that must not be written into.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mcp_runtime::protocol::ProgressParams;

use super::one_line;

/// Maximum number of lines that are held back while a prompt is shown; beyond it the newest are dropped.
const MAX_HELD: usize = 1000;

/// Steps of the bar.
const STEPS: u64 = 1000;

/// Time between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(120);

static SCREEN: Mutex<Screen> = Mutex::new(Screen { bar: None, prompt: None });

struct Screen {
    bar: Option<ProgressBar>,
    /// Lines that wait for the end of the prompt that is shown.
    prompt: Option<Vec<String>>,
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a line to standard error, above the progress bar.
pub(crate) fn note(line: impl Into<String>) {
    let (line, mut screen) = (line.into(), screen());
    let Screen { prompt, bar } = &mut *screen;
    match (prompt, bar) {
        (Some(held), _) if held.len() < MAX_HELD => held.push(line),
        (Some(_), _) => {}
        (None, Some(bar)) => bar.suspend(|| write(&line)),
        (None, None) => write(&line),
    }
}

/// Writes a line to standard error. A terminal that is gone, or a full disk, does not end the program.
pub(crate) fn write(line: impl Display) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Shows a bar of a part from 0 to 1, if standard error is a terminal.
pub(crate) fn bar(message: &str, part: f64) {
    let mut screen = screen();
    if screen.prompt.is_some() || !std::io::stderr().is_terminal() {
        return;
    }
    let bar = screen.bar.get_or_insert_with(|| ProgressBar::new(STEPS));
    if let Ok(style) = ProgressStyle::with_template("  {bar:24} {msg}") {
        bar.set_style(style.progress_chars("━━ "));
    }
    bar.set_position((part * STEPS as f64) as u64);
    bar.set_message(one_line(message));
}

/// Shows the progress of a request, if standard error is a terminal.
pub(crate) fn progress(report: &ProgressParams) {
    let mut screen = screen();
    if screen.prompt.is_some() || !std::io::stderr().is_terminal() {
        return;
    }
    let bar = screen.bar.get_or_insert_with(|| {
        let bar = ProgressBar::new(STEPS);
        bar.enable_steady_tick(TICK);
        bar
    });
    let message = one_line(report.message.as_deref().unwrap_or_default());
    let total = report.total.filter(|total| total.is_finite() && *total > 0.0);
    // Braces of the message are no placeholders, because it is not part of the template.
    let template = match total {
        Some(total) => {
            let part = (report.progress / total).clamp(0.0, 1.0);
            bar.set_position((part * STEPS as f64) as u64);
            bar.set_prefix(format!("{}/{total}", report.progress));
            "  {spinner} {msg} {bar:24} {prefix}  {elapsed}"
        }
        None => {
            bar.set_prefix(report.progress.to_string());
            "  {spinner} {msg} {prefix}  {elapsed}"
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━ "));
    }
    bar.set_message(message);
}

/// Shows the state of a task, if standard error is a terminal.
pub(crate) fn status(message: &str) {
    let mut screen = screen();
    if screen.prompt.is_some() || !std::io::stderr().is_terminal() {
        return;
    }
    let bar = screen.bar.get_or_insert_with(|| {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(TICK);
        bar
    });
    bar.set_message(one_line(message));
}

/// Removes the progress bar.
pub(crate) fn clear() {
    if let Some(bar) = screen().bar.take() {
        bar.finish_and_clear();
    }
}

/// Runs a prompt. Lines wait until it has ended.
pub(crate) fn prompt<T>(ask: impl FnOnce() -> T) -> T {
    clear();
    screen().prompt = Some(Vec::new());
    let answer = ask();
    let held = screen().prompt.take();
    held.into_iter().flatten().for_each(note);
    answer
}

/// Ends the prompt that is shown, if there is one, because the program ends.
pub(crate) fn release() {
    clear();
    if let Some(held) = screen().prompt.take() {
        let _ = crossterm::terminal::disable_raw_mode();
        write("");
        held.into_iter().for_each(note);
    }
}
