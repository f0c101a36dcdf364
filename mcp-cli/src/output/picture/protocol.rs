//! Protocols for images, and the terminals that have them.

use std::fmt::Write as _;

use super::format::{Format, Kind};

/// Maximum length of a part in kitty's protocol.
const MAX_PART: usize = 4096;

/// First version of Konsole with kitty's protocol, as `KONSOLE_VERSION` has it.
const KONSOLE_WITH_IMAGES: u32 = 22_04_00;

/// Protocol for images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// [Graphics protocol of kitty](https://sw.kovidgoyal.net/kitty/graphics-protocol/): PNG.
    Kitty,
    /// [Inline images of iTerm2](https://iterm2.com/documentation-images.html): PNG, JPEG and GIF.
    Iterm2,
}

impl Protocol {
    /// The protocol of the terminal, as far as environment variables name it. With `NO_COLOR` a terminal
    /// gets plain text, and multiplexers such as tmux do not pass images on.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name: &str| variable(name).unwrap_or_default();
        let term = variable("TERM");
        let is_nested = ["TMUX", "STY", "ZELLIJ"].iter().any(|it| !variable(it).is_empty());
        let is_multiplexer = term.starts_with("screen") || term.starts_with("tmux");
        if is_nested || is_multiplexer || term == "dumb" || !variable("NO_COLOR").is_empty() {
            return None;
        }
        let by_program = match &*variable("TERM_PROGRAM") {
            "ghostty" => Some(Self::Kitty),
            // Kitty's protocol is off by default there.
            "WezTerm" | "iTerm.app" => Some(Self::Iterm2),
            _ => None,
        };
        let by_term = || match &*term {
            "xterm-kitty" | "xterm-ghostty" => Some(Self::Kitty),
            _ => None,
        };
        let by_variable = || {
            let konsole = variable("KONSOLE_VERSION").parse::<u32>().unwrap_or_default();
            let is_kitty = !variable("KITTY_WINDOW_ID").is_empty();
            // It passes through SSH.
            let is_iterm2 = variable("LC_TERMINAL") == "iTerm2";
            match () {
                () if is_kitty || konsole >= KONSOLE_WITH_IMAGES => Some(Self::Kitty),
                () if is_iterm2 => Some(Self::Iterm2),
                () => None,
            }
        };
        by_program.or_else(by_term).or_else(by_variable)
    }

    /// Returns `true` if terminals show images of a format.
    pub(super) fn shows(self, format: &Format) -> bool {
        self == Self::Iterm2 || format.kind == Kind::Png
    }

    /// The text that shows an image, which is given in base64, and ends its line.
    pub(super) fn sequence(self, base64: &str, size: usize, columns: Option<u16>) -> String {
        let mut text = String::with_capacity(base64.len() + base64.len() / 256 + 64);
        // Writing to a string does not fail.
        let _ = match self {
            Self::Kitty => kitty(&mut text, base64, columns),
            // Images that are too wide are made smaller there.
            Self::Iterm2 => {
                writeln!(text, "\x1b]1337;File=inline=1;size={size}:{base64}\x07")
            }
        };
        text
    }
}

fn kitty(text: &mut String, base64: &str, columns: Option<u16>) -> std::fmt::Result {
    // Without answers of the terminal, which would be read as keys.
    text.push_str("\x1b_Ga=T,f=100,q=2");
    if let Some(columns) = columns {
        write!(text, ",c={columns}")?;
    }
    let mut rest = base64;
    loop {
        let (part, after) = rest.split_at(rest.len().min(MAX_PART));
        let more = u8::from(!after.is_empty());
        write!(text, ",m={more};{part}\x1b\\")?;
        if after.is_empty() {
            return writeln!(text);
        }
        text.push_str("\x1b_Gq=2");
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<Protocol> {
        let value = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        Protocol::of(value)
    }

    #[test]
    fn terminals_are_known_by_their_variables() {
        use Protocol::{Iterm2, Kitty};
        for (variables, protocol) in [
            (&[("TERM", "xterm-kitty")][..], Some(Kitty)),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Some(Kitty)),
            (&[("TERM", "xterm-ghostty")], Some(Kitty)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "ghostty")], Some(Kitty)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Some(Iterm2)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Some(Iterm2)),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Some(Iterm2)),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230805")], Some(Kitty)),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "210800")], None),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], None),
            (&[("TERM", "xterm-256color")], None),
            (&[], None),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], None),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "")], Some(Kitty)),
            (&[("TERM", "dumb"), ("KITTY_WINDOW_ID", "1")], None),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], None),
            (&[("TERM", "screen"), ("LC_TERMINAL", "iTerm2")], None),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], None),
        ] {
            assert_eq!(of(variables), protocol, "{variables:?}");
        }
    }

    #[test]
    fn images_are_sent_in_parts() {
        let short = Protocol::Kitty.sequence("AAAA", 3, None);
        assert_eq!(short, "\x1b_Ga=T,f=100,q=2,m=0;AAAA\x1b\\\n");
        let base64 = "B".repeat(MAX_PART + 4);
        let long = Protocol::Kitty.sequence(&base64, 3075, Some(80));
        let first = format!("\x1b_Ga=T,f=100,q=2,c=80,m=1;{}\x1b\\", "B".repeat(MAX_PART));
        assert_eq!(long, format!("{first}\x1b_Gq=2,m=0;BBBB\x1b\\\n"));
        let whole = "B".repeat(MAX_PART);
        assert_eq!(Protocol::Kitty.sequence(&whole, 3072, None).matches("\x1b_G").count(), 1);
        let inline = Protocol::Iterm2.sequence("AAAA", 3, Some(80));
        assert_eq!(inline, "\x1b]1337;File=inline=1;size=3:AAAA\x07\n");
    }
}
