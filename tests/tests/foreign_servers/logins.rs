//! The example `http_auth`, and logins to it, with `oidc-provider` as the authorization server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mcp_runtime::client::auth::{AuthErrorKind, Credentials, Login, SigningKey};
use mcp_runtime::client::{Client, Error};
use mcp_tests::process::{Captured, binary, example};
use serde_json::{Value, json};

use crate::{Served, free_port, node, text};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/typescript");

/// Secret of the clients without a user.
const SECRET: &str = "a: 100% +secret/&=";

/// Options of the authorization server: with DPoP and nonces, and without.
const KINDS: [(&[&str], &str); 2] = [(&[], "DPoP"), (&["--bearer"], "Bearer")];

fn script(name: &str) -> PathBuf {
    Path::new(SCRIPTS).join(name)
}

/// The authorization server, and the example.
struct Site {
    issuer: String,
    url: String,
    _servers: [Served; 2],
}

impl Site {
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new(node());
        command.arg(script("authorization_server.mjs")).args(options);
        let mut issuing = Served(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let output = Captured::of(issuing.0.stdout.take().unwrap()).wait_for("http://");
        let issuer = output.lines().find(|line| line.starts_with("http://")).unwrap().to_owned();

        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(example("http_auth"));
        command.args([&address, &issuer]).stdin(Stdio::null()).stdout(Stdio::null());
        let mut notes = Served(command.stderr(Stdio::piped()).spawn().unwrap());
        Captured::of(notes.0.stderr.take().unwrap()).wait_for("serving MCP at");
        let url = format!("http://{address}/mcp");
        Self { issuer, url, _servers: [issuing, notes] }
    }

    /// Fetches a page of the authorization server.
    fn page(&self, path: &str) -> String {
        let mut response = ureq::get(format!("{}{path}", self.issuer)).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    }

    /// Members of all tokens that were issued.
    fn issued<const N: usize>(&self, members: [&str; N]) -> Vec<[String; N]> {
        let issued: Vec<Value> = serde_json::from_str(&self.page("/issued")).unwrap();
        let member = |token: &Value, name| token[name].as_str().unwrap_or_default().to_owned();
        issued.iter().map(|token| members.map(|name| member(token, name))).collect()
    }

    /// Requests a token for a client without a user.
    fn token(&self, robot: &str, resource: Option<&str>, scope: &str) -> String {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", robot),
            ("client_secret", SECRET),
        ];
        form.extend(resource.map(|resource| ("resource", resource)));
        form.extend((!scope.is_empty()).then_some(("scope", scope)));
        let mut response = ureq::post(format!("{}/token", self.issuer)).send_form(form).unwrap();
        let response: Value =
            serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        response["access_token"].as_str().unwrap().to_owned()
    }

    /// Calls a tool. Returns the status, the challenge and the text of the response.
    fn call(&self, url: &str, tool: &str, token: Option<&str>) -> (u16, String, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "0" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "name": tool, "arguments": arguments(tool), "_meta": meta });
        let message =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let mut request = agent
            .post(url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(message.to_string()).unwrap();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.map_or("", |challenge| challenge.to_str().unwrap()).to_owned();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), challenge, text)
    }

    async fn connect(&self, login: Login) -> Result<Client, Error> {
        Client::http(&self.url).login(login).connect().await
    }
}

/// Starts a browser that follows the redirects of the authorization server.
fn browser(url: &str) -> Command {
    let mut command = Command::new(node());
    command.arg(script("browser.mjs")).arg(url);
    command
}

/// A login with such a browser.
fn headless(name: &str) -> Login {
    Login::headless(|url| async move {
        let visit = tokio::task::spawn_blocking(move || browser(&url).output());
        let visited = visit.await.map_err(|error| error.to_string())?;
        let visited = visited.map_err(|error| error.to_string())?;
        match visited.status.success() {
            true => Ok(String::from_utf8_lossy(&visited.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&visited.stderr).into_owned()),
        }
    })
    .client_name(name)
}

async fn tools(client: &Client) -> Vec<String> {
    client.tools().all().await.unwrap().into_iter().map(|tool| tool.name).collect()
}

/// Arguments of a tool of the example.
fn arguments(tool: &str) -> Value {
    if tool == "write" { json!({ "text": "tea" }) } else { json!({}) }
}

async fn call(client: &Client, tool: &str) -> String {
    text(&client.call(tool, arguments(tool)).await.unwrap())
}

#[test]
#[ignore = "needs what tests/interop/run.sh installs"]
fn our_server_accepts_tokens_of_every_algorithm() {
    let site = Site::start(&[]);
    for algorithm in ["RS256", "ES256", "ES384", "EdDSA"] {
        let robot = format!("robot-{algorithm}");
        let token = site.token(&robot, Some(&site.url), "notes:read notes:write");
        let (status, _, answer) = site.call(&site.url, "whoami", Some(&token));
        assert_eq!(status, 200, "{robot}: {answer}");
        assert!(answer.contains(&format!("{robot} may notes:read, notes:write")), "{answer}");
    }
}

#[test]
#[ignore = "needs what tests/interop/run.sh installs"]
fn our_server_refuses_other_tokens() {
    let site = Site::start(&[]);
    let (own, other) = (Some(site.url.as_str()), "http://127.0.0.1:1/mcp");
    let read = site.token("robot-post", own, "notes:read");
    let (rest, signature) = read.rsplit_once('.').unwrap();
    let forged = format!("{rest}.{}", signature.chars().rev().collect::<String>());
    let invalid = "error=\"invalid_token\"";
    let insufficient = "error=\"insufficient_scope\"";
    for (what, token, tool, status, challenge) in [
        ("none", None, "read", 401, "scope=\"notes:read\""),
        (
            "another audience",
            Some(site.token("robot-post", Some(other), "notes:read")),
            "read",
            401,
            invalid,
        ),
        ("expired", Some(site.token("robot-late", own, "notes:read")), "read", 401, invalid),
        ("opaque", Some(site.token("robot-post", None, "")), "read", 401, invalid),
        ("another signature", Some(forged), "read", 401, invalid),
        ("no scope", Some(site.token("robot-post", own, "")), "read", 403, "scope=\"notes:read\""),
        ("no scope", Some(site.token("robot-post", own, "")), "read", 403, insufficient),
        ("one scope", Some(read.clone()), "write", 403, "scope=\"notes:read notes:write\""),
        ("one scope", Some(read.clone()), "write", 403, insufficient),
    ] {
        let (got, challenged, answer) = site.call(&site.url, tool, token.as_deref());
        assert_eq!(got, status, "{what}: {answer}");
        assert!(challenged.contains(challenge), "{what}: {challenged}");
        let metadata = format!(
            "resource_metadata=\"{}\"",
            site.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        );
        assert!(challenged.contains(&metadata), "{what}: {challenged}");
    }
    assert_eq!(site.call(&site.url, "read", Some(&read)).0, 200);
    let in_query = format!("{}?access_token={read}", site.url);
    assert_eq!(site.call(&in_query, "read", None).0, 401);
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_user_logs_in_and_again_for_a_further_scope() {
    for (options, kind) in KINDS {
        let site = Site::start(options);
        let client = site.connect(headless("interop")).await.unwrap();
        assert_eq!(tools(&client).await, ["read", "whoami"]);
        assert_eq!(call(&client, "whoami").await, "ada may notes:read");
        assert_eq!(call(&client, "write").await, "there are 1 notes");
        assert_eq!(tools(&client).await, ["read", "write", "whoami"]);
        assert_eq!(call(&client, "read").await, "[\"ada: tea\"]");
        let grant = |scope: &str| ["authorization_code", kind, &site.url, scope].map(str::to_owned);
        let issued = site.issued(["grant", "type", "resource", "scope"]);
        assert_eq!(issued, [grant("notes:read"), grant("notes:read notes:write")]);
        // The client is registered once.
        let ids = site.issued(["id"]);
        assert_eq!(ids[0], ids[1]);
        client.close().await;
    }
}

/// The authorization server revokes all tokens of a login if a refresh token is used twice.
#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn tokens_that_expire_are_renewed_with_rotation() {
    for (options, kind) in KINDS {
        let site = Site::start(options);
        // The authorization server announces that the tokens of this client expire at once.
        let client = site.connect(headless("hasty")).await.unwrap();
        let calls: Vec<_> = (0..5)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { call(&client, "whoami").await })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), "ada may notes:read");
        }
        for _ in 0..3 {
            assert_eq!(call(&client, "whoami").await, "ada may notes:read");
        }
        let issued = site.issued(["grant", "type", "resource"]);
        let grant = |name: &str| [name, kind, &site.url].map(str::to_owned);
        assert_eq!(issued[0], grant("authorization_code"));
        assert!(issued.len() > 3, "{issued:?}");
        assert!(issued[1..].iter().all(|token| *token == grant("refresh_token")), "{issued:?}");
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_program_logs_in_with_its_own_credentials() {
    for (options, kind) in KINDS {
        let site = Site::start(options);
        let key = || SigningKey::from_pem(&site.page("/key")).unwrap();
        for (robot, credentials) in [
            ("robot-basic", Credentials::secret("robot-basic", SECRET)),
            ("robot-post", Credentials::secret("robot-post", SECRET).client_secret_post()),
            ("robot-key", Credentials::private_key_jwt("robot-key", key())),
        ] {
            let login = Login::client_credentials(&site.issuer, credentials);
            let client =
                site.connect(login).await.unwrap_or_else(|error| panic!("{robot}: {error}"));
            assert_eq!(call(&client, "whoami").await, format!("{robot} may notes:read"));
            assert!(call(&client, "write").await.starts_with("there are"));
            client.close().await;
        }
        let issued = site.issued(["client", "grant", "type"]);
        let expected = ["robot-basic", "robot-post", "robot-key"]
            .map(|robot| [robot, "client_credentials", kind].map(str::to_owned));
        // Two for each: the second one has both scopes.
        assert_eq!(
            issued,
            expected.iter().flat_map(|one| [one.clone(), one.clone()]).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_user_logs_in_on_another_device() {
    for (options, kind) in KINDS {
        let site = Site::start(options);
        let login = Login::device().on_device_code(|code| {
            let page = code.verification_uri_complete.as_deref().unwrap();
            assert!(browser(page).output().unwrap().status.success());
        });
        let client = site.connect(login.client_name("device")).await.unwrap();
        assert_eq!(call(&client, "whoami").await, "ada may notes:read");
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        assert_eq!(site.issued(["grant", "type"]), [[grant, kind].map(str::to_owned)]);
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_login_that_the_user_denies_fails() {
    let site = Site::start(&[]);
    let Err(Error::Auth(error)) = site.connect(headless("unwelcome")).await else {
        panic!("the login succeeded");
    };
    assert_eq!(error.code.as_deref(), Some("access_denied"), "{error}");
    assert_eq!(error.kind, AuthErrorKind::Authorization, "{error}");
}

#[test]
#[ignore = "needs what tests/interop/run.sh installs"]
fn the_example_logs_in_with_a_browser() {
    let site = Site::start(&[]);
    let home = std::env::temp_dir().join(format!("mcp-interop-login-{}", std::process::id()));
    let browser = [node().as_os_str(), script("browser.mjs").as_os_str(), "--visit".as_ref()]
        .join(" ".as_ref());
    let login = |arguments: &[&str], browser: &std::ffi::OsStr| {
        let mut command = Command::new(example("login"));
        command.arg(&site.url).args(arguments).env("HOME", &home).env("BROWSER", browser);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(login(&[], &browser), "read\nwhoami\n");
    // Another process uses the stored token. A login would fail.
    let none = "false".as_ref();
    assert_eq!(login(&["whoami"], none), "ada may notes:read\n");
    assert_eq!(login(&["write", r#"{"text":"tea"}"#], &browser), "there are 1 notes\n");
    assert_eq!(login(&[], none), "read\nwrite\nwhoami\n");
    std::fs::remove_dir_all(home).unwrap();
    assert_eq!(site.issued(["grant"]).len(), 2);
}

#[test]
#[ignore = "needs what tests/interop/run.sh installs"]
fn the_command_line_logs_in_with_a_browser() {
    for (options, kind) in KINDS {
        let site = Site::start(options);
        let home = std::env::temp_dir().join(format!("mcp-interop-{kind}-{}", std::process::id()));
        let browser = [node().as_os_str(), script("browser.mjs").as_os_str(), "--visit".as_ref()]
            .join(" ".as_ref());
        let run = |arguments: &[&str]| {
            let mut command = Command::new(binary("cargo-mcp"));
            command.arg("mcp").args(arguments).args(["--target", &site.url]);
            command.env("HOME", &home).env("XDG_CONFIG_HOME", &home).env("BROWSER", &browser);
            let output = command.env("CARGO_MCP_STORE", "file").output().unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            (output.status.code(), text(output.stdout), text(output.stderr))
        };
        assert_eq!(run(&["call", "whoami"]).0, Some(3));
        let (code, stdout, stderr) = run(&["login"]);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert_eq!(run(&["call", "whoami"]).1, "ada may notes:read\n");
        let (code, stdout, stderr) = run(&["login", "--scope", "notes:write"]);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert_eq!(run(&["call", "write", "text=tea"]).1, "there are 1 notes\n");
        let (code, stdout, stderr) = run(&["token"]);
        assert_eq!((code, stdout.lines().count()), (Some(0), 1), "{stderr}");
        assert_eq!(kind == "DPoP", stderr.contains("bound to a key"), "{stderr}");
        let (code, stdout, stderr) = run(&["logout"]);
        assert!(code == Some(0) && stdout.contains("were revoked"), "{stdout}{stderr}");
        assert_eq!(run(&["call", "whoami"]).0, Some(3));
        std::fs::remove_dir_all(home).unwrap();
    }
}
