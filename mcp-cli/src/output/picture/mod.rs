//! Images in terminals that show them: the graphics protocol of kitty, and inline images of iTerm2.
//!
//! A terminal gets the bytes of an image in base64 and numbers, so that nothing a server sends can be
//! an escape sequence. Data that does not begin as an image is not sent at all.

mod format;
mod protocol;

use std::io::IsTerminal as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use crossterm::terminal::{WindowSize, window_size};

pub(crate) use self::format::Format;
pub(crate) use self::protocol::Protocol;
use super::print_bytes;
use crate::exit::Failure;

/// Maximum size of an image that is shown.
const MAX_BYTES: usize = 8 << 20;

/// Width of a cell where the terminal does not report it.
const CELL_WIDTH: u32 = 8;

/// Arguments of commands that show images.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct PictureArguments {
    /// Shows no images. By default, kitty, Ghostty, WezTerm, iTerm2 and Konsole show them
    #[arg(long)]
    no_images: bool,
}

impl PictureArguments {
    /// Shows an image on standard output, and returns `false` if it cannot be shown.
    pub(crate) fn show(self, bytes: &[u8]) -> Result<bool, Failure> {
        let is_wanted = !self.no_images && bytes.len() <= MAX_BYTES;
        if !is_wanted || !std::io::stdout().is_terminal() {
            return Ok(false);
        }
        let Some(protocol) = Protocol::of(|name| std::env::var(name).ok()) else {
            return Ok(false);
        };
        let Some(picture) = Format::of(bytes).filter(|it| protocol.shows(it)) else {
            return Ok(false);
        };
        let columns = columns(picture.width, window_size().ok());
        let text = protocol.sequence(&STANDARD.encode(bytes), bytes.len(), columns);
        print_bytes(text.as_bytes())?;
        Ok(true)
    }
}

/// The number of columns of an image that is wider than its window.
fn columns(width: u32, window: Option<WindowSize>) -> Option<u16> {
    let window = window.filter(|it| it.columns > 0)?;
    let pixels = match window.width {
        0 => u32::from(window.columns) * CELL_WIDTH,
        pixels => pixels.into(),
    };
    (width > pixels).then_some(window.columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_images_fit_the_window() {
        let window = |columns, width| Some(WindowSize { rows: 40, columns, width, height: 0 });
        assert_eq!(columns(801, window(100, 800)), Some(100));
        assert_eq!(columns(800, window(100, 800)), None);
        assert_eq!(columns(641, window(80, 0)), Some(80), "the size in pixels is not known");
        assert_eq!(columns(640, window(80, 0)), None);
        assert_eq!(columns(9_000, window(0, 0)), None);
        assert_eq!(columns(9_000, None), None);
    }
}
