//! Command line arguments: options are removed by name, positional arguments in order, and none may
//! be left over.

use crate::Result;

/// Arguments that are not consumed yet.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn from_env() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Removes the next positional argument.
    pub(crate) fn word(&mut self) -> Option<String> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    /// Removes `--name`; returns `true` if it was given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| argument != name);
        self.0.len() < before
    }

    /// Removes `--name VALUE` or `--name=VALUE`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        let Some(at) = self.0.iter().position(|a| a == name || a.starts_with(&joined)) else {
            return Ok(None);
        };
        let argument = self.0.remove(at);
        if let Some(value) = argument.strip_prefix(&joined) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.0.len() {
            return Err(format!("`{name}` wants a value").into());
        }
        Ok(Some(self.0.remove(at)))
    }

    /// Returns the remaining positional arguments.
    ///
    /// # Errors
    /// If one of them is an unknown option.
    pub(crate) fn rest(self) -> Result<Vec<String>> {
        match self.0.iter().find(|argument| argument.starts_with('-')) {
            Some(option) => Err(format!("unknown option `{option}`").into()),
            None => Ok(self.0),
        }
    }

    /// Returns an error if an argument is left over.
    pub(crate) fn finish(self) -> Result<()> {
        match self.0.first() {
            Some(extra) => Err(format!("unexpected argument `{extra}`").into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn options_may_stand_anywhere() {
        let mut given = arguments("server --revision 1 --url=http://a --fast");
        assert_eq!(given.value("--revision").unwrap().as_deref(), Some("1"));
        assert_eq!(given.value("--url").unwrap().as_deref(), Some("http://a"));
        assert!(given.flag("--fast"));
        assert!(!given.flag("--fast"));
        assert_eq!(given.word().as_deref(), Some("server"));
        given.finish().unwrap();
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        assert!(arguments("--revision").value("--revision").is_err());
    }

    #[test]
    fn leftover_arguments_are_an_error() {
        assert!(arguments("extra").finish().is_err());
        assert!(arguments("stdio --wat").rest().is_err());
        assert_eq!(arguments("stdio http").rest().unwrap(), ["stdio", "http"]);
    }
}
