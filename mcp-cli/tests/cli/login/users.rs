//! Users who log in: in a browser, on another device, and by hand.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Instant;

use mcp_tests::process::TEST_TIMEOUT;

use super::{Login, Protected};
use crate::harness::{ERAS, Run};

#[test]
fn a_tool_is_called_after_a_login() {
    let server = Protected::start("tool");
    let run = server.whoami();
    assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{run:?}");
    let advice = format!("`cargo mcp login --target {}` logs in", server.url);
    assert!(run.stderr.contains("requires a login") && run.stderr.contains(&advice), "{run:?}");

    let run = server.log_in(&[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.starts_with(&format!("logged in to {}\n", server.url)), "{run:?}");
    for shown in [server.auth.issuer(), "client    client-", "scopes    read", "and is renewed"] {
        assert!(run.stdout.contains(shown), "{shown}: {run:?}");
    }
    // The host of the authorization server is shown before its page.
    let host = format!(
        "The authorization server is {}. ",
        server.auth.issuer().trim_start_matches("http://")
    );
    let at = run.stderr.find(&host).unwrap_or_else(|| panic!("{run:?}"));
    assert!(at < run.stderr.find("/authorize?").unwrap(), "{run:?}");

    for era in ERAS {
        let run = server.run(&["call", "whoami", "--era", era, "--target", &server.url]);
        assert_eq!((run.code, &*run.stdout), (Some(0), "ada read\n"), "{run:?}");
    }
    let run = server.run(&["list", "--target", &server.url]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(server.asked("/authorize"), 1);
}

#[test]
fn the_browser_is_opened_by_default() {
    let server = Protected::start("browser");
    let (browser, opened) = (server.home.join("browser"), server.home.join("opened"));
    let script = format!("#!/bin/sh\necho \"$1\" > {0}.new\nmv {0}.new {0}\n", opened.display());
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = server.command(&["login", "--target", &server.url, "--json"]);
    let login = Login::of(command.env("BROWSER", &browser));
    let page = login.page();
    let deadline = Instant::now() + TEST_TIMEOUT;
    while !opened.exists() {
        assert!(Instant::now() < deadline, "the browser was not opened");
        std::thread::yield_now();
    }
    assert_eq!(fs::read_to_string(opened).unwrap().trim(), page);
    server.visit(&server.agree(&page));
    let run = login.finish();
    let document = run.json();
    assert_eq!(document["server"], *server.url, "{document}");
    assert_eq!(document["issuer"], server.auth.issuer(), "{document}");
    assert_eq!(document["scopes"], serde_json::json!(["read"]), "{document}");
    assert_eq!(document["store"], "file", "{document}");
    assert!(document["expiresAt"].is_u64() && document["isRenewable"] == true, "{document}");
}

#[test]
fn responses_that_are_not_of_this_login_change_nothing() {
    let server = Protected::start("state");
    let login = Login::start(&server, &[]);
    let redirect = server.agree(&login.page());
    let (address, query) = redirect.split_once('?').unwrap();
    for wrong in ["code=stolen&state=other", "error=access_denied", ""] {
        assert_eq!(server.visit(&format!("{address}?{wrong}")), 404);
    }
    assert_eq!(server.visit(&format!("{address}?{query}")), 200);
    assert_eq!(login.finish().code, Some(0));
}

#[test]
fn a_login_that_fails_stores_nothing() {
    let server = Protected::start("denied");
    server.auth.fail_next("/authorize", "access_denied");
    let run = server.log_in(&["--json"]);
    assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{run:?}");
    assert_eq!(run.error()["code"], "login_failed");
    assert!(run.error()["message"].as_str().unwrap().contains("access_denied"), "{run:?}");

    let run = server.run(&["login", &server.url, "--no-browser", "--timeout", "0.05"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("the user did not log in within 50ms"), "{run:?}");

    server.auth.metadata(|metadata| metadata["code_challenge_methods_supported"] = [""; 0].into());
    let run = server.run(&["login", &server.url, "--no-browser"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.stderr.contains("S256"), "{run:?}");

    server.auth.metadata(|metadata| {
        metadata["code_challenge_methods_supported"] = ["S256"].into();
        metadata["registration_endpoint"] = serde_json::Value::Null;
    });
    let run = server.run(&["login", &server.url, "--no-browser"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.stderr.contains("registers no clients") && run.stderr.contains("--client-id"),
        "{run:?}"
    );
    assert!(!server.config("logins.json").exists());
    assert_eq!(server.whoami().code, Some(3));
}

#[test]
fn a_registered_client_is_used() {
    let server = Protected::start("registered");
    server.auth.client("mine", None);
    let run = server.log_in(&["--client-id", "mine", "--scope", "diary"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("client    mine\n"), "{run:?}");
    assert_eq!(server.asked("/register"), 0);
    assert_eq!(server.whoami().stdout, "ada read diary\n");
}

#[test]
fn a_code_is_entered_on_another_device() {
    let server = Protected::start("device");
    let run = server.run(&["login", &server.url, "--device"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let expected = format!("Log in at {}/enter with the code WDJB-MJHT\n", server.auth.issuer());
    assert_eq!(run.stderr, expected);
    assert_eq!(server.whoami().stdout, "ada read\n");
}

#[test]
fn an_address_is_pasted() {
    let server = Protected::start("manual");
    let mut command = server.command(&["login", &server.url, "--manual"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stderr = mcp_tests::process::Captured::of(child.stderr.take().unwrap());
    let mut stdin = child.stdin.take().unwrap();
    let login = Login { child, stderr };
    let redirect = server.agree(&login.page());
    login.stderr.wait_for("paste the address");
    writeln!(stdin, " {redirect}").unwrap();
    assert_eq!(login.finish().code, Some(0));
    assert_eq!(server.whoami().stdout, "ada read\n");
}

#[test]
fn arguments_are_checked() {
    for (arguments, message) in [
        (&["login"][..], "the server is missing"),
        (&["token"], "the server is missing"),
        (&["logout"], "the server is missing"),
        (&["login", "https://a.example", "--target", "https://b.example"], "cannot be used with"),
        (&["login", "https://a.example", "--device", "--manual"], "cannot be used with"),
        (&["login", "https://a.example", "--scope", "a b"], "expected one scope"),
        (&["login", "https://a.example", "--machine"], "--client-id"),
        // The key is not stored, so tokens of a user would not be renewed.
        (&["login", "https://a.example", "--client-id", "a", "--client-key", "b"], "--machine"),
        (&["login", "http://a.example/mcp", "--store", "file"], "tokens are secret"),
        (&["logout", "--all", "https://a.example"], "cannot be used with"),
    ] {
        let run = Run::of(arguments);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains(message), "{message}: {run:?}");
    }
    let server = Protected::start("arguments");
    let file = server.home.join("mcp.json");
    let url = &server.url;
    let text =
        format!(r#"{{"mcpServers": {{"here": {{"command": "x"}}, "there": {{"url": "{url}"}}}}}}"#);
    fs::write(&file, text).unwrap();
    let target = |name: &str| format!("{}#{name}", file.display());
    let run = server.run(&["login", &file.display().to_string()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("has 2 servers") && run.stderr.contains("#there"), "{run:?}");
    let run = server.run(&["login", &target("here")]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("is a program, which takes no login"), "{run:?}");
    let only = server.home.join("only.json");
    fs::write(&only, format!(r#"{{"mcpServers": {{"there": {{"url": "{url}"}}}}}}"#)).unwrap();
    for target in [target("there"), only.display().to_string()] {
        let run = server.run(&["token", &target]);
        assert_eq!(run.code, Some(3), "{run:?}");
        assert!(run.stderr.contains(&format!("--target {url}`")), "{run:?}");
    }
}
