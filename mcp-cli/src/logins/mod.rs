//! Logins of this user: an index of servers, and the places where their tokens are kept.

mod tokens;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mcp_runtime::client::auth::secrecy::ExposeSecret as _;
use mcp_runtime::client::auth::{Login, StorageKey, StorageLock};
use mcp_runtime::client::reqwest::Url;
use serde::{Deserialize, Serialize};

pub(crate) use self::tokens::{Store, Tokens};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::hosts::places::Places;
use crate::output::shell::quoted;
use crate::output::{one_line, screen};
use crate::target::HttpServer;

/// The logins of a user. Their index has no secrets; it is read before tokens are looked for, so that a server
/// without a login opens no keyring.
pub(crate) struct Logins {
    directory: PathBuf,
}

/// A login at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// URL of the server.
    pub(crate) server: String,
    pub(crate) issuer: String,
    pub(crate) resource: String,
    pub(crate) store: Store,
    /// `true` if the authorization server may be in a private network.
    #[serde(default)]
    pub(crate) private_network: bool,
}

impl Entry {
    /// Returns `true` if the tokens of both are one value at one place.
    fn has_tokens_of(&self, other: &Self) -> bool {
        self.store == other.store && self.issuer == other.issuer && self.resource == other.resource
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Index {
    logins: Vec<Entry>,
}

impl Logins {
    pub(crate) fn of_user() -> Result<Self, Failure> {
        Ok(Self { directory: Places::of_process()?.config.join("cargo-mcp") })
    }

    fn index(&self) -> PathBuf {
        self.directory.join("logins.json")
    }

    /// Path of the file for tokens.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.join("tokens.json")
    }

    /// Name of a place for tokens.
    pub(crate) fn place(&self, store: Store) -> String {
        match store {
            Store::Keyring => "the keyring of the system".to_owned(),
            Store::File => self.file().display().to_string(),
        }
    }

    /// Opens a place for tokens.
    pub(crate) fn tokens(&self, store: Store) -> Tokens {
        match store {
            Store::Keyring => Tokens::keyring(self.directory.join("keyring.lock")),
            Store::File => Tokens::file(self.file()),
        }
    }

    /// All logins, by server.
    pub(crate) fn all(&self) -> Result<Vec<Entry>, Failure> {
        let path = self.index();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", path.display());
                return Err(Failure::new(Exit::Internal, "file", message));
            }
        };
        match serde_json::from_slice::<Index>(&text) {
            Ok(index) => Ok(index.logins),
            Err(error) => Err(damaged(&path, &error)),
        }
    }

    /// The login at a server.
    pub(crate) fn find(&self, server: &str) -> Result<Option<Entry>, Failure> {
        let server = canonical(server);
        Ok(self.all()?.into_iter().find(|entry| entry.server == server))
    }

    /// Adds a login in place of an earlier one, whose tokens are removed unless a login still uses them. If they
    /// cannot be removed, a note states where they are.
    pub(crate) async fn add(&self, mut entry: Entry) -> Result<(), Failure> {
        entry.server = canonical(&entry.server);
        let mut unused = Vec::new();
        self.change(|all| {
            unused.extend(all.extract_if(.., |other| other.server == entry.server));
            all.push(entry);
            unused.retain(|before| !all.iter().any(|used| used.has_tokens_of(before)));
        })
        .await?;
        for before in &unused {
            if let Err(failure) = self.forget(before).await {
                self.note_left(before, &failure);
            }
        }
        Ok(())
    }

    /// Shows where tokens are that could not be removed.
    pub(crate) fn note_left(&self, entry: &Entry, failure: &Failure) {
        let (server, place) = (one_line(&entry.server), self.place(entry.store));
        let reason = failure.message();
        screen::note(format!("former tokens of {server} are still in {place}: {reason}"));
    }

    /// Removes a login from the index.
    pub(crate) async fn remove(&self, server: &str) -> Result<(), Failure> {
        let server = canonical(server);
        self.change(|all| all.retain(|entry| entry.server != server)).await
    }

    /// Removes the tokens of a login, without the servers.
    pub(crate) async fn forget(&self, entry: &Entry) -> Result<(), Failure> {
        let key = StorageKey::tokens(&entry.issuer, &entry.resource);
        self.tokens(entry.store).forget(&key).await.map_err(|error| Failure::of_auth(&error))
    }

    async fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), Failure> {
        let lock = StorageLock::of_file(self.directory.join("logins.lock")).await;
        let _one_process = lock.map_err(|error| Failure::of_auth(&error))?;
        let mut index = Index { logins: self.all()? };
        change(&mut index.logins);
        index.logins.sort_by(|a, b| a.server.cmp(&b.server));
        let text = serde_json::to_string_pretty(&index)? + "\n";
        files::replace(&self.index(), text)
    }

    /// A client's use of a login: its tokens are renewed, and no user is asked.
    pub(crate) fn stored(&self, entry: &Entry) -> Login {
        let login = Login::stored().issuer(&entry.issuer).storage(self.tokens(entry.store));
        if entry.private_network { login.private_networks() } else { login }
    }
}

/// The stored login at a server, unless its requests are authorized in another way.
pub(crate) fn of_server(server: &HttpServer) -> Result<Option<Login>, Failure> {
    let mut names = server.headers.iter().map(|(name, _)| name);
    if names.any(|name| name.eq_ignore_ascii_case("authorization")) {
        return Ok(None);
    }
    // Without a home directory there are no logins, and that is no reason to fail.
    let Ok(logins) = Logins::of_user() else { return Ok(None) };
    Ok(logins.find(&server.url)?.map(|entry| logins.stored(&entry)))
}

/// Adds the access token of a stored login to the headers of requests that are not made by a client.
pub(crate) async fn authorize(server: &mut HttpServer) -> Result<(), Failure> {
    let Some(login) = of_server(server)? else { return Ok(()) };
    let token = login.access_token(&server.url).await;
    let token = token.map_err(|error| Failure::of_login(&error))?;
    let token = token.ok_or_else(|| Failure::not_logged_in(&server.url))?;
    if token.is_bound {
        let message =
            "the token of the login is bound to a key (DPoP), which this command cannot use";
        return Err(Failure::usage(message).note("`--bearer-env VARIABLE` sends another token"));
    }
    let value = format!("Bearer {}", token.token.expose_secret());
    server.headers.push(("Authorization".into(), value));
    Ok(())
}

/// The command that logs in to a server, as a shell reads it.
pub(crate) fn command(server: &str, scopes: &[String]) -> String {
    let mut command = format!("cargo mcp login --target {}", quoted(server));
    for scope in scopes {
        command.push_str(&format!(" --scope {}", quoted(scope)));
    }
    command
}

/// The same text for all ways to write a URL.
fn canonical(server: &str) -> String {
    Url::parse(server).map_or_else(|_| server.to_owned(), Into::into)
}

fn damaged(path: &Path, error: &serde_json::Error) -> Failure {
    let shown = path.display();
    let message = format!("`{shown}` is no list of logins: {error}");
    Failure::new(Exit::Internal, "invalid_file", message).note("remove the file, and log in again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_words_of_a_shell() {
        let scopes = ["files:read", "$(reboot)", "a'b"].map(str::to_owned);
        assert_eq!(
            command("https://example.com/mcp?a=1&b=2", &scopes),
            r"cargo mcp login --target 'https://example.com/mcp?a=1&b=2' --scope files:read --scope '$(reboot)' --scope 'a'\''b'"
        );
        assert_eq!(
            command("http://127.0.0.1:8/mcp", &[]),
            "cargo mcp login --target http://127.0.0.1:8/mcp"
        );
    }

    #[test]
    fn urls_have_one_form() {
        assert_eq!(canonical("HTTPS://Example.com:443/mcp"), "https://example.com/mcp");
        assert_eq!(canonical("https://example.com"), "https://example.com/");
    }
}
