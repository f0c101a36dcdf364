//! Rules of a policy: the first one that matches a request decides.

use std::sync::Arc;

use mcp_core::name::nearest;
use mcp_core::protocol::ToolAnnotations;

use super::Place;
use super::catalogue::{Catalogue, Named};
use super::condition::{Condition, Reading};
use super::glob::Glob;
use crate::component::policy::request::AccessRequest;
use crate::component::policy::{Decision, Verdict};
use crate::component::visibility::ComponentRef;
use crate::context::principal::Principal;
use crate::shorten::shorten;

/// Reason of a refusal that has none of its own.
const DENIED: &str = "the access policy does not allow it";

/// Checked rules, with the places of their patterns for messages about them.
pub(crate) struct Rules {
    /// Name of the file; empty for text without one.
    pub(super) source: String,
    pub(super) allows_by_default: bool,
    pub(super) rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
    Ask,
}

/// Components that a rule is about, by kind; `None` for none of the kind.
#[derive(Default)]
pub(super) struct Subjects {
    pub(super) tools: Option<Vec<(Glob, Place)>>,
    pub(super) resources: Option<Vec<(Glob, Place)>>,
    pub(super) prompts: Option<Vec<(Glob, Place)>>,
}

/// Callers that a rule is about. `None` stands for all of them.
#[derive(Default)]
pub(super) struct Callers {
    pub(super) subjects: Option<Vec<Glob>>,
    pub(super) issuers: Option<Vec<Glob>>,
    pub(super) clients: Option<Vec<Glob>>,
    pub(super) scopes: Vec<String>,
    pub(super) authenticated: Option<bool>,
}

/// Hints of tools that a rule is about.
#[derive(Default)]
pub(super) struct Hints {
    pub(super) read_only: Option<bool>,
    pub(super) destructive: Option<bool>,
    pub(super) idempotent: Option<bool>,
    pub(super) open_world: Option<bool>,
}

pub(super) struct Rule {
    pub(super) name: Arc<str>,
    pub(super) effect: Effect,
    pub(super) components: Subjects,
    pub(super) callers: Callers,
    pub(super) hints: Hints,
    pub(super) arguments: Vec<(String, Place, Condition)>,
    pub(super) reason: Option<String>,
    pub(super) question: Option<String>,
}

impl Rules {
    /// Decides on a request by the first rule that matches.
    pub(in crate::component::policy) fn decide(&self, request: &AccessRequest) -> Verdict {
        let Some(rule) = self.rules.iter().find(|rule| rule.matches(request)) else {
            let decision = match self.allows_by_default {
                true => Decision::Allow,
                false => Decision::Deny(DENIED.into()),
            };
            return Verdict { decision, rule: Some("default".into()) };
        };
        let decision = match rule.effect {
            Effect::Allow => Decision::Allow,
            Effect::Deny => Decision::Deny(rule.reason.clone().unwrap_or_else(|| DENIED.into())),
            Effect::Ask => Decision::Ask(rule.question(request)),
        };
        Verdict { decision, rule: Some(Arc::clone(&rule.name)) }
    }

    /// Compares names and patterns with the components of a server, and returns what matches nothing.
    pub(crate) fn check(&self, catalogue: &Catalogue) -> Vec<String> {
        let mut faults = Vec::new();
        for rule in &self.rules {
            rule.check(catalogue, &mut |place, fault| {
                faults.push(format!("{}: {fault}", place.within(&self.source)));
            });
        }
        faults
    }
}

impl Rule {
    fn matches(&self, request: &AccessRequest) -> bool {
        self.components.include(request)
            && self.callers.include(request)
            && self.hints.fit(request.component())
            && self.arguments.iter().all(|(name, _, condition)| {
                let reading = match self.effect {
                    Effect::Allow => Reading::Every,
                    Effect::Deny | Effect::Ask => Reading::Any,
                };
                condition.holds(request.arguments().get(name), reading)
            })
    }

    /// The question of the rule, with the arguments that it names in braces.
    fn question(&self, request: &AccessRequest) -> String {
        let Some(question) = &self.question else {
            return format!("Allow `{}`?", shorten(request.name()));
        };
        let mut text = String::with_capacity(question.len());
        let mut rest = &**question;
        while let Some((before, name, after)) = placeholder(rest) {
            text.push_str(before);
            match request.arguments().get(name) {
                Some(value) => text.push_str(&shorten(&value.to_string())),
                None if name == "name" => text.push_str(&shorten(request.name())),
                None => text.push_str("(none)"),
            }
            rest = after;
        }
        text + rest
    }

    fn check(&self, catalogue: &Catalogue, fault: &mut dyn FnMut(Place, String)) {
        let Subjects { tools, resources, prompts } = &self.components;
        let known_arguments: Vec<_> = [
            matched(tools, &catalogue.tools, "tool", fault),
            matched(prompts, &catalogue.prompts, "prompt", fault),
        ]
        .into_iter()
        .flatten()
        .collect();
        for (pattern, place) in resources.iter().flatten() {
            if !catalogue.has_resource(pattern) {
                let known = catalogue.resources.iter().chain(&catalogue.templates);
                let known = known.map(String::as_str);
                fault(*place, unmatched("resource", pattern, known));
            }
        }
        // Variables of templates have no list, and components of any kind may have any argument.
        if resources.is_some() || known_arguments.iter().any(|named| named.arguments.is_none()) {
            return;
        }
        let known = || known_arguments.iter().flat_map(|named| named.arguments.iter().flatten());
        for (argument, place, _) in &self.arguments {
            if !known_arguments.is_empty() && !known().any(|name| name == argument) {
                let message = match nearest(argument, known().map(String::as_str)) {
                    Some(nearest) => format!("; did you mean `{nearest}`?"),
                    None => String::new(),
                };
                let argument = shorten(argument);
                fault(
                    *place,
                    format!("no component of this rule has an argument `{argument}`{message}"),
                );
            }
        }
    }
}

/// The first name in braces: the text before it, the name, and the text behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// The components that patterns match. A pattern that matches none is a fault.
fn matched<'c>(
    patterns: &Option<Vec<(Glob, Place)>>,
    known: &'c [Named],
    noun: &str,
    fault: &mut dyn FnMut(Place, String),
) -> Vec<&'c Named> {
    let mut all = Vec::new();
    for (pattern, place) in patterns.iter().flatten() {
        let found: Vec<_> = known.iter().filter(|named| pattern.matches(&named.name)).collect();
        if found.is_empty() {
            let names = known.iter().map(|named| named.name.as_str());
            fault(*place, unmatched(noun, pattern, names));
        }
        all.extend(found);
    }
    all
}

fn unmatched<'a>(noun: &str, pattern: &Glob, known: impl Iterator<Item = &'a str>) -> String {
    let shown = shorten(pattern.as_str());
    if !pattern.is_literal() {
        return format!("the pattern `{shown}` matches no {noun} of the server");
    }
    match nearest(pattern.as_str(), known) {
        Some(nearest) => format!("unknown {noun} `{shown}`; did you mean `{nearest}`?"),
        None => format!("unknown {noun} `{shown}`"),
    }
}

impl Subjects {
    fn include(&self, request: &AccessRequest) -> bool {
        let Self { tools, resources, prompts } = self;
        if tools.is_none() && resources.is_none() && prompts.is_none() {
            return true;
        }
        let patterns = match request.component() {
            ComponentRef::Tool(_) => tools,
            ComponentRef::Resource(_) | ComponentRef::Template(_) => resources,
            ComponentRef::Prompt(_) => prompts,
        };
        patterns.iter().flatten().any(|(pattern, _)| pattern.matches(request.name()))
    }
}

impl Callers {
    fn include(&self, request: &AccessRequest) -> bool {
        let principal = request.principal();
        let is_one = |patterns: &Option<Vec<Glob>>, value: Option<&str>| {
            let matches = |value: &str| patterns.iter().flatten().any(|it| it.matches(value));
            patterns.is_none() || value.is_some_and(matches)
        };
        // The user of this machine has all scopes.
        let is_owner =
            *principal == Principal::ANONYMOUS && !request.context().exchange().origin.is_remote();
        is_one(&self.subjects, principal.subject())
            && is_one(&self.issuers, principal.issuer())
            && is_one(&self.clients, principal.client_id())
            && (is_owner || self.scopes.iter().all(|scope| principal.has_scope(scope)))
            && self.authenticated.is_none_or(|yes| yes == principal.subject().is_some())
    }
}

impl Hints {
    /// Compares the hints of a tool, with the defaults of the protocol for those it does not have.
    fn fit(&self, component: ComponentRef<'_>) -> bool {
        let Self { read_only, destructive, idempotent, open_world } = self;
        let wanted = [*read_only, *destructive, *idempotent, *open_world];
        if wanted.iter().all(Option::is_none) {
            return true;
        }
        let ComponentRef::Tool(tool) = component else { return false };
        let hint = |read: fn(&ToolAnnotations) -> Option<bool>, default: bool| {
            tool.annotations.as_ref().and_then(read).unwrap_or(default)
        };
        let is_read_only = hint(|hints| hints.read_only_hint, false);
        let found = [
            is_read_only,
            hint(|hints| hints.destructive_hint, true) && !is_read_only,
            hint(|hints| hints.idempotent_hint, false) || is_read_only,
            hint(|hints| hints.open_world_hint, true),
        ];
        wanted.iter().zip(found).all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == found))
    }
}
