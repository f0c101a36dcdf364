//! Reading of a lock, with the line of each mistake.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{Component, FORMAT, Kind, Lock, Locks, Schemas, Tasks};
use crate::exit::{Exit, Failure};

/// Code of failures about the file.
const CODE: &str = "lock";

#[derive(Deserialize)]
struct Format {
    format: Spanned<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: u64,
    #[serde(default)]
    server: Server,
    #[serde(default)]
    component: Vec<Spanned<Entry>>,
    servers: Option<BTreeMap<String, Named>>,
}

/// A server of several.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    component: Vec<Spanned<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    kind: Kind,
    name: String,
    digest: String,
    mime_type: Option<String>,
    output: Option<String>,
    #[serde(default)]
    hints: BTreeMap<String, bool>,
    tasks: Option<Tasks>,
    #[serde(default)]
    required: BTreeMap<String, String>,
    #[serde(default)]
    optional: BTreeMap<String, String>,
    #[serde(default)]
    schema: Texts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    input: Option<Spanned<String>>,
    output: Option<Spanned<String>>,
}

/// A file that is read.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

/// Reads a lock.
pub(crate) fn read(path: &Path) -> Result<Locks, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let failure = Failure::new(Exit::Usage, CODE, format!("cannot read `{shown}`: {error}"));
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                failure.note("`cargo mcp lock` writes it; commit it afterwards")
            }
            _ => failure,
        }
    })?;
    read_text(path, &text)
}

/// Reads the text of a lock.
pub(crate) fn read_text(path: &Path, text: &str) -> Result<Locks, Failure> {
    Source { path, text }.read()
}

/// Returns the failure if a text is of a format that this program does not write.
pub(crate) fn refuse_newer(path: &Path, text: &str) -> Result<(), Failure> {
    match toml::from_str::<Format>(text) {
        Ok(found) => Source { path, text }.check_format(&found.format),
        // Another fault does not matter to a file that is written anew.
        Err(_) => Ok(()),
    }
}

impl Source<'_> {
    fn read(&self) -> Result<Locks, Failure> {
        // A newer format is recognised before its members, which may be unknown here.
        let found: Format = toml::from_str(self.text).map_err(|error| self.broken(&error))?;
        self.check_format(&found.format)?;
        let file: File = toml::from_str(self.text).map_err(|error| self.broken(&error))?;
        let Some(servers) = file.servers else {
            let Server { name, version } = file.server;
            return Ok(Locks::One(self.lock(name, version, file.component)?));
        };
        if let Some(entry) = file.component.first() {
            let message = "expected the component in a table of `servers`";
            return Err(self.failure(entry.span().start, message));
        }
        let locks = servers.into_iter().map(|(server, Named { name, version, component })| {
            Ok((server, self.lock(name, version, component)?))
        });
        locks.collect::<Result<_, Failure>>().map(Locks::Several)
    }

    fn lock(
        &self,
        name: Option<String>,
        version: Option<String>,
        entries: Vec<Spanned<Entry>>,
    ) -> Result<Lock, Failure> {
        let mut components: Vec<Component> = Vec::new();
        for entry in entries {
            let start = entry.span().start;
            let component = self.component(entry.into_inner())?;
            if components.iter().any(|it| it.key() == component.key()) {
                let (kind, name) = (component.kind.word(), &component.name);
                return Err(self.failure(start, &format!("the {kind} `{name}` stands there twice")));
            }
            components.push(component);
        }
        components.sort_by(|one, other| one.key().cmp(&other.key()));
        Ok(Lock { name, version, components })
    }

    fn check_format(&self, format: &Spanned<u64>) -> Result<(), Failure> {
        match format.get_ref() {
            &FORMAT => Ok(()),
            found => {
                let line = self.line(format.span().start);
                let message = format!(
                    "`{}`, line {line}: expected format {FORMAT}, got {found}",
                    self.path.display()
                );
                let note = "another version of cargo-mcp wrote the file; install that version, or a newer one";
                Err(Failure::new(Exit::Usage, CODE, message).note(note))
            }
        }
    }

    fn component(&self, entry: Entry) -> Result<Component, Failure> {
        let Texts { input, output } = entry.schema;
        let schemas = Schemas { input: self.schema(input)?, output: self.schema(output)? };
        Ok(Component {
            kind: entry.kind,
            name: entry.name,
            digest: entry.digest,
            mime_type: entry.mime_type,
            hints: entry.hints,
            tasks: entry.tasks,
            required: entry.required,
            optional: entry.optional,
            output: entry.output,
            schemas,
        })
    }

    fn schema(&self, text: Option<Spanned<String>>) -> Result<Option<Value>, Failure> {
        let Some(text) = text else { return Ok(None) };
        match serde_json::from_str(text.get_ref()) {
            Ok(schema @ (Value::Object(_) | Value::Bool(_))) => Ok(Some(schema)),
            Ok(_) => Err(self.failure(text.span().start, "expected a JSON schema, an object")),
            Err(error) => {
                let message = format!("expected a JSON schema, but it is not JSON: {error}");
                Err(self.failure(text.span().start, &message))
            }
        }
    }

    fn broken(&self, error: &toml::de::Error) -> Failure {
        self.failure(error.span().map_or(0, |span| span.start), error.message())
    }

    fn failure(&self, start: usize, message: &str) -> Failure {
        let (path, line) = (self.path.display(), self.line(start));
        Failure::new(Exit::Usage, CODE, format!("`{path}`, line {line}: {message}"))
            .note("restore the file from version control, or write it anew with `cargo mcp lock`")
    }

    fn line(&self, start: usize) -> usize {
        let before = self.text.as_bytes().get(..start).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}
