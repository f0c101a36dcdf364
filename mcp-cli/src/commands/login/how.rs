//! The kind of a login, from the arguments.

use std::convert::Infallible;
use std::io::BufRead as _;

use mcp_runtime::client::auth::{
    Credentials, DeviceCode, Login, SigningKey, authorization_servers,
};
use mcp_runtime::client::reqwest::Url;
use owo_colors::OwoColorize as _;

use super::LoginArguments;
use crate::exit::Failure;
use crate::output::{one_line, plain, screen};

impl LoginArguments {
    /// The login that the arguments describe.
    pub(super) async fn login(&self, server: &str) -> Result<Login, Failure> {
        let credentials = self.credentials()?;
        let mut login = if self.device {
            Login::device().on_device_code(show_code)
        } else if self.manual {
            Login::manual(paste)
        } else {
            let opens = !self.no_browser;
            Login::browser().on_open(move |url| {
                open(url, opens);
                Ok::<_, Infallible>(())
            })
        };
        if let Some(credentials) = credentials {
            let issuer = self.issuer(server).await?;
            login = match self.machine {
                true => Login::client_credentials(issuer, credentials),
                false => login.registered(issuer, credentials),
            };
        } else if let Some(issuer) = &self.issuer {
            login = login.issuer(issuer);
        }
        if let Some(url) = &self.client_metadata_url {
            login = login.metadata_document(url);
        }
        if let Some(uri) = &self.redirect_uri {
            login = login.redirect_uri(uri);
        }
        if self.dpop {
            login = login.require_dpop();
        }
        if self.private_network {
            login = login.private_networks();
        }
        Ok(login
            .client_name("cargo mcp")
            .scopes(&self.scope)
            .timeout(self.timeout)
            .on_unregistered(|issuer| async move { Err::<Credentials, _>(unregistered(&issuer)) }))
    }

    /// The client that the arguments name.
    fn credentials(&self) -> Result<Option<Credentials>, Failure> {
        let Some(id) = self.client_id.as_deref() else { return Ok(None) };
        if let Some(name) = &self.client_secret_env {
            let secret = std::env::var(name).map_err(|_| {
                Failure::usage(format!("the environment variable `{name}` has no secret"))
            })?;
            return Ok(Some(Credentials::secret(id, secret)));
        }
        if let Some(path) = &self.client_key {
            let shown = path.display();
            let pem = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
            let key = SigningKey::from_pem(&pem)
                .map_err(|error| Failure::usage(format!("`{shown}`: {error}")))?;
            return Ok(Some(Credentials::private_key_jwt(id, key)));
        }
        if self.machine {
            let message = "`--machine` needs `--client-secret-env VARIABLE` or `--client-key FILE`";
            return Err(Failure::usage(message));
        }
        Ok(Some(Credentials::public(id)))
    }

    /// The authorization server of the client. A server must not choose which one receives a secret.
    async fn issuer(&self, server: &str) -> Result<String, Failure> {
        if let Some(issuer) = &self.issuer {
            return Ok(issuer.clone());
        }
        let named = authorization_servers(server).await;
        let has_secret = self.client_secret_env.is_some() || self.client_key.is_some();
        match named {
            Ok(issuers) if has_secret => {
                let message =
                    "`--issuer URL` is missing: the authorization server that receives the secret";
                let names: Vec<_> =
                    issuers.iter().map(|it| format!("`{}`", one_line(it))).collect();
                let note = format!("the server names {}; give it if you know it", names.join(", "));
                Err(Failure::usage(message).note(note))
            }
            Ok(issuers) => issuers.into_iter().next().ok_or_else(|| {
                Failure::usage("the server names no authorization server")
                    .note("`--issuer URL` does")
            }),
            Err(error) => {
                Err(Failure::of_login(&error).note("`--issuer URL` names the authorization server"))
            }
        }
    }
}

/// Parses a scope.
pub(super) fn scope(text: &str) -> Result<String, String> {
    // RFC 6749, section 3.3.
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    match !text.is_empty() && text.bytes().all(is_allowed) {
        true => Ok(text.to_owned()),
        false => {
            Err("expected one scope of visible ASCII; several are given one by one".to_owned())
        }
    }
}

fn unregistered(issuer: &str) -> String {
    let issuer = one_line(issuer);
    format!(
        "`{issuer}` registers no clients; register one there by hand, and name it with `--client-id`"
    )
}

/// Shows the host of a page and its URL, and opens it in the browser.
fn open(url: &str, opens: bool) {
    let host = Url::parse(url).ok().and_then(|url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    });
    let host = host.unwrap_or_else(|| "an unknown host".to_owned());
    let host = one_line(&host);
    screen::note(format!("The authorization server is {}. To log in, open", host.bold()));
    screen::note(format!("  {}", plain(url)));
    if !opens {
        return;
    }
    let url = url.to_owned();
    // Some browsers keep the program that starts them waiting.
    std::thread::spawn(move || {
        if let Err(reason) = webbrowser::open(&url) {
            screen::note(format!("the browser does not start ({reason}); open the URL by hand"));
        }
    });
}

fn show_code(code: &DeviceCode) {
    let url = one_line(&code.verification_uri);
    screen::note(format!("Log in at {url} with the code {}", one_line(&code.user_code).bold()));
}

/// Asks for the address to which a browser elsewhere was redirected.
async fn paste(url: String) -> std::io::Result<String> {
    open(&url, false);
    screen::note("Then paste the address of the page that does not load:");
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    read.await.map_err(std::io::Error::other)?
}
