//! Recursion of definitions, which some providers restrict.

use super::NotStrict;
use super::convert::Converter;
use super::out::{Form, Out};
use super::rules::Dialect;

impl Converter<'_> {
    /// Restricts recursion to what the dialect accepts.
    pub(super) fn restrict_recursion(&mut self) {
        match self.dialect {
            Dialect::AnthropicStrict => self.refuse_recursion(),
            Dialect::Gemini => self.free_recursion(),
            _ => {}
        }
    }

    fn refuse_recursion(&mut self) {
        let cycles = self.cycles();
        for (number, definition) in self.definitions.iter().enumerate() {
            if cycles.is_recursive(number) {
                let path = definition.at.clone();
                let reason = "the schema refers to itself".to_owned();
                self.reasons.push(NotStrict { path, reason });
                return;
            }
        }
    }

    /// Makes the properties optional that lead back to a definition, which Gemini requires.
    fn free_recursion(&mut self) {
        let cycles = self.cycles();
        for number in 0..self.definitions.len() {
            let Some(mut schema) = self.definitions[number].schema.take() else { continue };
            let mut freed = Freed {
                component: cycles.components[number],
                cycles: &cycles,
                dropped: Vec::new(),
            };
            if cycles.is_recursive(number) && freed.visit(&mut schema, false) {
                freed.open(&mut schema);
            }
            let dropped = freed.dropped;
            self.definitions[number].schema = Some(schema);
            dropped.into_iter().for_each(|at| self.drop_at(at));
        }
    }

    fn cycles(&self) -> Cycles {
        let mut edges = Vec::new();
        for definition in &self.definitions {
            let mut targets = Vec::new();
            let mut open: Vec<&Out> = definition.schema.iter().collect();
            while let Some(schema) = open.pop() {
                if let Form::Reference { definition, .. } = schema.form {
                    targets.push(definition);
                }
                open.extend(schema.children());
            }
            edges.push(targets);
        }
        Cycles::of(&edges)
    }
}

/// Removal of recursion outside of optional properties.
struct Freed<'c> {
    component: usize,
    cycles: &'c Cycles,
    dropped: Vec<String>,
}

impl Freed<'_> {
    /// Makes properties optional; returns `true` if a reference is left outside of all properties.
    fn visit(&mut self, schema: &mut Out, free: bool) -> bool {
        match &mut schema.form {
            Form::Reference { definition, .. } => !free && self.leads_back(*definition),
            Form::Union { branches, .. } => {
                branches.iter_mut().fold(false, |left, branch| self.visit(branch, free) | left)
            }
            Form::Array(array) => {
                let items = array.prefix.iter_mut().chain(&mut array.items);
                items.fold(false, |left, item| self.visit(item, free) | left)
            }
            Form::Object(object) => {
                let mut is_freed = false;
                for property in &mut object.properties {
                    let free = free || !property.required;
                    if self.visit(&mut property.schema, free) {
                        property.required = false;
                        property.schema.note.sentence("Required.".to_owned());
                        is_freed = true;
                    }
                }
                if is_freed {
                    self.dropped.extend(object.required_at.iter().cloned());
                }
                match &mut object.additional {
                    // The properties of a map are optional.
                    super::out::Additional::Schema(schema) => self.visit(schema, true),
                    _ => false,
                }
            }
            Form::Never | Form::Leaf(_) => false,
        }
    }

    /// Accepts any value in place of the references that are left.
    fn open(&mut self, schema: &mut Out) {
        match &mut schema.form {
            Form::Reference { definition, at } if self.leads_back(*definition) => {
                let sentence = "The same form again.".to_owned();
                self.dropped.push(at.clone());
                schema.note.sentence(sentence);
                schema.form = Out::any().form;
            }
            Form::Union { branches, .. } => {
                branches.iter_mut().for_each(|branch| self.open(branch))
            }
            Form::Array(array) => {
                array.prefix.iter_mut().chain(&mut array.items).for_each(|item| self.open(item));
            }
            _ => {}
        }
    }

    fn leads_back(&self, definition: usize) -> bool {
        self.cycles.components[definition] == self.component
    }
}

/// Strongly connected components of definitions.
struct Cycles {
    components: Vec<usize>,
    recursive: Vec<bool>,
}

impl Cycles {
    fn is_recursive(&self, number: usize) -> bool {
        self.recursive[number]
    }

    /// Two searches in depth (Kosaraju).
    fn of(edges: &[Vec<usize>]) -> Self {
        let count = edges.len();
        let mut reversed = vec![Vec::new(); count];
        for (from, targets) in edges.iter().enumerate() {
            for target in targets {
                reversed[*target].push(from);
            }
        }
        let mut order = Vec::new();
        let mut seen = vec![false; count];
        for start in 0..count {
            walk(start, edges, &mut seen, &mut |number| order.push(number));
        }
        let mut components = vec![0; count];
        let mut sizes = vec![0; count];
        let mut seen = vec![false; count];
        for start in order.into_iter().rev() {
            walk(start, &reversed, &mut seen, &mut |number| {
                components[number] = start;
                sizes[start] += 1;
            });
        }
        let recursive = (0..count)
            .map(|number| sizes[components[number]] > 1 || edges[number].contains(&number));
        let recursive = recursive.collect();
        Self { components, recursive }
    }
}

/// Calls a function for what can be reached, after all that can be reached from it.
fn walk(start: usize, edges: &[Vec<usize>], seen: &mut [bool], after: &mut dyn FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((number, next)) = path.last_mut() {
        match edges[*number].get(*next) {
            Some(target) => {
                *next += 1;
                let target = *target;
                if !std::mem::replace(&mut seen[target], true) {
                    path.push((target, 0));
                }
            }
            None => {
                after(*number);
                path.pop();
            }
        }
    }
}
