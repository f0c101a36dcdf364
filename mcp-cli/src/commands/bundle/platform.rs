//! Platforms of bundles, and the format of their programs.

use std::process::Command;

use crate::exit::Failure;

/// A platform that hosts of bundles run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Darwin,
    Linux,
    Win32,
}

impl Platform {
    /// The platform of a target, such as `aarch64-apple-darwin`.
    pub(super) fn of_triple(triple: &str) -> Result<Self, Failure> {
        let has = |part: &str| triple.split('-').any(|it| it == part);
        match triple {
            _ if has("darwin") => Ok(Self::Darwin),
            _ if has("windows") => Ok(Self::Win32),
            _ if has("linux") => Ok(Self::Linux),
            _ => Err(Failure::usage(format!("there are no bundles for `{triple}`"))
                .note("expected a target of Linux, macOS or Windows, such as")
                .note(
                    "`x86_64-unknown-linux-gnu`, `aarch64-apple-darwin`, `x86_64-pc-windows-msvc`",
                )),
        }
    }

    /// The platform of a program by its first bytes; `None` for a script.
    fn of_program(bytes: &[u8]) -> Option<Self> {
        const MACH_O: [[u8; 4]; 3] =
            [[0xcf, 0xfa, 0xed, 0xfe], [0xce, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]];
        match bytes {
            [0x7f, b'E', b'L', b'F', ..] => Some(Self::Linux),
            [b'M', b'Z', ..] => Some(Self::Win32),
            [a, b, c, d, ..] if MACH_O.contains(&[*a, *b, *c, *d]) => Some(Self::Darwin),
            _ => None,
        }
    }

    /// # Errors
    /// If a program is one of another platform.
    pub(super) fn check_program(self, bytes: &[u8], triple: &str) -> Result<(), Failure> {
        match Self::of_program(bytes) {
            Some(platform) if platform != self => {
                let (got, expected) = (platform.word(), self.word());
                Err(Failure::usage(format!(
                    "expected a program for {expected} (`{triple}`), got one for {got}"
                ))
                .note("`--target-triple` names the target, if Cargo's configuration has another"))
            }
            _ => Ok(()),
        }
    }

    /// Name in the manifest of a bundle.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Darwin => "darwin",
            Self::Linux => "linux",
            Self::Win32 => "win32",
        }
    }

    /// Ending of the names of programs.
    pub(super) fn suffix(self) -> &'static str {
        if self == Self::Win32 { ".exe" } else { "" }
    }
}

/// Target of this machine.
pub(super) fn host_triple() -> Result<String, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let text =
        text.map_err(|error| Failure::unreachable(format!("cannot start rustc: {error}")))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| {
        Failure::unreachable("`rustc -vV` names no host").note("name one with `--target-triple`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_a_platform() {
        for (triple, platform) in [
            ("x86_64-unknown-linux-musl", Platform::Linux),
            ("aarch64-apple-darwin", Platform::Darwin),
            ("x86_64-pc-windows-gnu", Platform::Win32),
        ] {
            assert_eq!(Platform::of_triple(triple).ok(), Some(platform));
        }
        for triple in ["wasm32-wasip1", "aarch64-apple-ios", "x86_64-unknown-freebsd", "linux64"] {
            assert!(Platform::of_triple(triple).is_err(), "{triple}");
        }
    }

    #[test]
    fn programs_have_a_platform() {
        assert_eq!(Platform::of_program(b"\x7fELF\x02"), Some(Platform::Linux));
        assert_eq!(Platform::of_program(b"MZ\x90"), Some(Platform::Win32));
        assert_eq!(Platform::of_program(&[0xcf, 0xfa, 0xed, 0xfe, 7]), Some(Platform::Darwin));
        assert_eq!(Platform::of_program(b"#!/bin/sh"), None);
        assert!(Platform::Win32.check_program(b"\x7fELF", "x86_64-pc-windows-gnu").is_err());
    }
}
