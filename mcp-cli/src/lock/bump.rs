//! Versions that fit a change, by the rules of Cargo.

use semver::{Prerelease, Version};
use serde::Serialize;

use super::change::Severity;

/// Part of a version to increase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bump {
    Patch,
    Minor,
    Major,
}

impl Bump {
    /// The part to increase for a change. Below 1.0, each part counts for the one to its left; in 0.0.z,
    /// there is only the last.
    pub(crate) fn of(severity: Severity, locked: Option<&Version>) -> Self {
        let (major, minor) = locked.map_or((1, 0), |version| (version.major, version.minor));
        match (severity, major, minor) {
            (_, 0, 0) | (Severity::Cosmetic, ..) => Self::Patch,
            (Severity::Compatible, 0, _) => Self::Patch,
            (Severity::Compatible, ..) => Self::Minor,
            (Severity::Breaking, 0, _) => Self::Minor,
            (Severity::Breaking, ..) => Self::Major,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// The next version. A pre-release makes no promise, so that the next one is enough.
    pub(crate) fn next(self, version: &Version) -> Version {
        let Version { major, minor, patch, .. } = *version;
        if !version.pre.is_empty() {
            let pre = Prerelease::new(&format!("{}.1", version.pre));
            let next = Version::new(major, minor, patch);
            return pre.map_or(next.clone(), |pre| Version { pre, ..next });
        }
        match self {
            Self::Patch => Version::new(major, minor, patch.saturating_add(1)),
            Self::Minor => Version::new(major, minor.saturating_add(1), 0),
            Self::Major => Version::new(major.saturating_add(1), 0, 0),
        }
    }

    /// `true` if a server has increased its version by enough.
    pub(crate) fn is_enough(self, locked: &Version, server: &Version) -> bool {
        match locked.pre.is_empty() {
            true => server.cmp_precedence(&self.next(locked)).is_ge(),
            false => server.cmp_precedence(locked).is_gt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_the_rules_of_cargo() {
        use Severity::{Breaking, Compatible, Cosmetic};
        for (locked, severity, bump, next) in [
            ("1.2.3", Breaking, "major", "2.0.0"),
            ("1.2.3", Compatible, "minor", "1.3.0"),
            ("1.2.3", Cosmetic, "patch", "1.2.4"),
            ("0.2.3", Breaking, "minor", "0.3.0"),
            ("0.2.3", Compatible, "patch", "0.2.4"),
            ("0.2.3", Cosmetic, "patch", "0.2.4"),
            ("0.0.3", Breaking, "patch", "0.0.4"),
            ("0.0.3", Compatible, "patch", "0.0.4"),
            ("18446744073709551615.0.0", Breaking, "major", "18446744073709551615.0.0"),
        ] {
            let locked = Version::parse(locked).unwrap();
            let found = Bump::of(severity, Some(&locked));
            assert_eq!((found.word(), &*found.next(&locked).to_string()), (bump, next), "{locked}");
        }
    }

    #[test]
    fn a_version_is_enough_from_the_next_one_on() {
        let is_enough = |locked, server| {
            let (locked, server) = (Version::parse(locked), Version::parse(server));
            let locked = locked.unwrap();
            Bump::of(Severity::Breaking, Some(&locked)).is_enough(&locked, &server.unwrap())
        };
        assert!(is_enough("1.2.3", "2.0.0") && is_enough("1.2.3", "3.1.0"));
        assert!(!is_enough("1.2.3", "1.3.0") && !is_enough("1.2.3", "2.0.0-rc.1"));
        assert!(is_enough("0.2.3", "0.3.0") && !is_enough("0.2.3", "0.2.4"));
        assert!(is_enough("2.0.0-rc.1", "2.0.0-rc.2") && is_enough("2.0.0-rc.1", "2.0.0"));
        assert!(!is_enough("2.0.0-rc.1", "2.0.0-rc.1"));
    }
}
