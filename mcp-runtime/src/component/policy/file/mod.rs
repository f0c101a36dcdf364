//! Policies in the form of TOML.

pub(crate) mod catalogue;
mod condition;
mod glob;
pub(super) mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use self::condition::Condition;
use self::glob::Glob;
use self::rules::{Callers, Effect, Hints, Rule, Rules, Subjects};
use super::{Kind, Policy};

/// A mistake in a policy, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError(Box<str>);

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PolicyError {}

/// A place in the text of a policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(text: &str, position: usize) -> Self {
        let before = text.get(..position).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The place in a source, in the form of compilers.
    pub(super) fn within(self, source: &str) -> String {
        let Self { line, column } = self;
        match source {
            "" => format!("policy, line {line}, column {column}"),
            source => format!("{source}:{line}:{column}"),
        }
    }
}

impl Policy {
    /// Creates a policy from rules in TOML.
    ///
    /// The first rule that matches a request decides, and `default` decides on the rest. The page
    /// "Operations" of the documentation lists the keys of a rule.
    ///
    /// ```
    /// use mcp_runtime::policy::Policy;
    ///
    /// # fn main() -> Result<(), mcp_runtime::policy::PolicyError> {
    /// let policy = Policy::from_toml(
    ///     r#"
    ///     default = "deny"
    ///
    ///     [[rules]]
    ///     name = "support reads"
    ///     effect = "allow"
    ///     tools = ["read_*"]
    ///     subjects = ["*@support.example.com"]
    ///     "#,
    /// )?;
    /// # drop(policy);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first mistake, with its line and column: text that is not TOML, an unknown key or value, a rule
    /// without an effect. Names of components are compared with those of the server when it is built.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text, String::new())
    }

    /// Reads a policy from a file. See [`Policy::from_toml`].
    ///
    /// # Errors
    /// The reason why the file cannot be read, or the first mistake in it.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, PolicyError> {
        let path = path.as_ref();
        let source = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, source),
            Err(error) => Err(PolicyError(format!("{source}: cannot be read: {error}").into())),
        }
    }

    fn parse(text: &str, source: String) -> Result<Self, PolicyError> {
        let at = |position: usize, message: &str| {
            let place = Place::of(text, position).within(&source);
            PolicyError(format!("{place}: {message}").into())
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |Range { start, .. }| start);
            at(start, error.message())
        })?;
        let mut rules = Vec::new();
        for (index, rule) in file.rules.into_iter().enumerate() {
            let start = rule.span().start;
            let rule = rule.into_inner().checked(index, text);
            rules
                .push(rule.map_err(|(position, message)| at(position.unwrap_or(start), &message))?);
        }
        let allows_by_default = match file.default.get_ref() {
            EffectName::Allow => true,
            EffectName::Deny => false,
            EffectName::Ask => {
                return Err(at(file.default.span().start, "`default`: expected `allow` or `deny`"));
            }
        };
        Ok(Self(Kind::File(Arc::new(Rules { source, allows_by_default, rules }))))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Spanned<EffectName>,
    #[serde(default)]
    rules: Vec<Spanned<RuleText>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EffectName {
    Allow,
    Deny,
    Ask,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: Option<String>,
    effect: EffectName,
    tools: Option<Vec<Spanned<String>>>,
    resources: Option<Vec<Spanned<String>>>,
    prompts: Option<Vec<Spanned<String>>>,
    subjects: Option<Vec<String>>,
    issuers: Option<Vec<String>>,
    clients: Option<Vec<String>>,
    #[serde(default)]
    scopes: Vec<String>,
    authenticated: Option<bool>,
    read_only: Option<bool>,
    destructive: Option<bool>,
    idempotent: Option<bool>,
    open_world: Option<bool>,
    #[serde(default)]
    arguments: BTreeMap<Spanned<String>, Condition>,
    reason: Option<Spanned<String>>,
    question: Option<Spanned<String>>,
}

impl RuleText {
    /// Converts the rule.
    ///
    /// # Errors
    /// A mistake, and its position unless it is about the whole rule.
    fn checked(self, index: usize, text: &str) -> Result<Rule, (Option<usize>, String)> {
        let patterns = |patterns: Option<Vec<Spanned<String>>>| {
            let place = |pattern: &Spanned<String>| Place::of(text, pattern.span().start);
            let pattern = |it: Spanned<String>| (Glob::new(it.get_ref()), place(&it));
            patterns.map(|patterns| patterns.into_iter().map(pattern).collect::<Vec<_>>())
        };
        let globs = |globs: Option<Vec<String>>| {
            globs.map(|globs| globs.iter().map(|glob| Glob::new(glob)).collect::<Vec<_>>())
        };
        let effect = match self.effect {
            EffectName::Allow => Effect::Allow,
            EffectName::Deny => Effect::Deny,
            EffectName::Ask => Effect::Ask,
        };
        if let Some(reason) = self.reason.as_ref().filter(|_| effect != Effect::Deny) {
            let message = "`reason` is for rules with the effect `deny`";
            return Err((Some(reason.span().start), message.into()));
        }
        if let Some(question) = self.question.as_ref().filter(|_| effect != Effect::Ask) {
            let message = "`question` is for rules with the effect `ask`";
            return Err((Some(question.span().start), message.into()));
        }
        let mut arguments = Vec::new();
        for (name, condition) in self.arguments {
            let position = name.span().start;
            if condition.is_empty() {
                let message = "the condition is empty; write one of `equals`, `one_of`, `prefix`, \
                               `glob`, `min`, `max`, `present`";
                return Err((Some(position), message.into()));
            }
            if condition.is_contradictory() {
                return Err((Some(position), "no value satisfies this condition".into()));
            }
            arguments.push((name.into_inner(), Place::of(text, position), condition));
        }
        Ok(Rule {
            name: self.name.unwrap_or_else(|| format!("rule {}", index + 1)).into(),
            effect,
            components: Subjects {
                tools: patterns(self.tools),
                resources: patterns(self.resources),
                prompts: patterns(self.prompts),
            },
            callers: Callers {
                subjects: globs(self.subjects),
                issuers: globs(self.issuers),
                clients: globs(self.clients),
                scopes: self.scopes,
                authenticated: self.authenticated,
            },
            hints: Hints {
                read_only: self.read_only,
                destructive: self.destructive,
                idempotent: self.idempotent,
                open_world: self.open_world,
            },
            arguments,
            reason: self.reason.map(Spanned::into_inner),
            question: self.question.map(Spanned::into_inner),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    fn check(text: &str, expected: &str) {
        let error = Policy::from_toml(text).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn mistakes_have_places() {
        check("", "policy, line 1, column 1: missing field `default`");
        check(
            "default = \"ask\"",
            "policy, line 1, column 11: `default`: expected `allow` or `deny`",
        );
        let unknown = "unknown variant `permit`, expected one of `allow`, `deny`, `ask`";
        check("default = \"permit\"", &format!("policy, line 1, column 11: {unknown}"));
        let rule = |text: &str| format!("default = \"deny\"\n\n[[rules]]\n{text}\n");
        check(&rule("tools = [\"a\"]"), "policy, line 3, column 1: missing field `effect`");
        check(
            &rule("effect = \"ask\"\nreason = \"no\""),
            "policy, line 5, column 10: `reason` is for rules with the effect `deny`",
        );
        check(
            &rule("effect = \"deny\"\nquestion = \"no\""),
            "policy, line 5, column 12: `question` is for rules with the effect `ask`",
        );
        check(
            &rule("effect = \"deny\"\narguments.a = { min = 2, max = 1 }"),
            "policy, line 5, column 11: no value satisfies this condition",
        );
        check(
            &rule("effect = \"deny\"\narguments.a = { present = false, max = 1 }"),
            "policy, line 5, column 11: no value satisfies this condition",
        );
        let error = Policy::from_toml(&rule("effect = \"deny\"\ntool = [\"a\"]")).unwrap_err();
        let begins = "policy, line 5, column 1: unknown field `tool`, expected one of";
        assert!(error.to_string().starts_with(begins), "{error}");
        let error = Policy::from_toml(&rule("effect = \"deny\"\narguments.a = {}")).unwrap_err();
        assert!(error.to_string().contains("line 5, column 11: the condition is empty"), "{error}");
    }
}
