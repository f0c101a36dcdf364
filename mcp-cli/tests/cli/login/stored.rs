//! Stored logins: their use, renewal and end.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::Protected;
use crate::harness::Run;

#[test]
fn a_token_is_printed_and_works_elsewhere() {
    let server = Protected::start("token");
    let run = server.run(&["token", &server.url]);
    assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{run:?}");
    server.log_in(&[]);
    let run = server.run(&["token", &server.url]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    let token = run.stdout.trim_end();
    assert_eq!(server.auth.verify(token).unwrap().subject, "ada");
    let document = server.run(&["token", "--target", &server.url, "--json"]).json();
    assert_eq!(document["accessToken"], token, "{document}");
    assert_eq!(document["tokenType"], "Bearer", "{document}");

    // A header of the user takes precedence over the login.
    let call = ["call", "whoami", "--target", &server.url, "--bearer-env", "TOKEN"];
    let mut command = server.command(&call);
    let run = Run::of_command(command.env("TOKEN", "another"));
    assert_eq!(run.code, Some(3), "{run:?}");
    let run = Run::of_command(command.env("TOKEN", token));
    assert_eq!(run.stdout, "ada read\n", "{run:?}");
    let header = "authorization: Bearer another";
    let run = server.run(&["list", "--target", &server.url, "--header", header]);
    assert_eq!(run.code, Some(3), "{run:?}");
}

#[test]
fn a_token_that_expires_is_renewed() {
    let server = Protected::start("renewed");
    server.auth.announced_lifetime(Duration::ZERO);
    server.log_in(&[]);
    let before = server.tokens();
    server.auth.announced_lifetime(Duration::from_secs(3600));
    assert_eq!(server.whoami().stdout, "ada read\n");
    assert_ne!(server.tokens(), before, "the new refresh token is kept");
    assert_eq!(server.run(&["token", &server.url]).code, Some(0));
    assert_eq!(server.whoami().stdout, "ada read\n");
    assert_eq!((server.asked("/token"), server.asked("/authorize")), (2, 1));

    server.auth.announced_lifetime(Duration::ZERO);
    server.log_in(&["--scope", "diary"]);
    server.auth.revoke_refresh_tokens();
    let run = server.run(&["token", &server.url]);
    assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{run:?}");
    let advice =
        format!("`cargo mcp login --target {} --scope read --scope diary` logs in", server.url);
    assert!(run.stderr.contains(&advice), "{run:?}");
}

#[test]
fn a_server_that_asks_for_further_scopes_names_them() {
    let server = Protected::start("scopes");
    server.log_in(&[]);
    let read = ["read", "diary://today", "--target", &server.url];
    let run = server.run(&read);
    assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{run:?}");
    let advice =
        format!("`cargo mcp login --target {} --scope read --scope diary` logs in", server.url);
    assert!(run.stderr.contains(&advice), "{run:?}");
    let run = server.log_in(&["--scope", "read", "--scope", "diary"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(server.run(&read).stdout, "dear diary\n");

    // A token of the user's own is not exchanged.
    let token = server.auth.verify(server.run(&["token", &server.url]).stdout.trim_end());
    assert_eq!(token.unwrap().scopes, ["read", "diary"]);
    server.log_in(&[]);
    let token = server.run(&["token", &server.url]).stdout;
    let mut command = server.command(&[&read[..], &["--bearer-env", "TOKEN"]].concat());
    let run = Run::of_command(command.env("TOKEN", token.trim_end()));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("too few scopes") && run.stderr.contains("diary"), "{run:?}");
}

#[test]
fn an_authorization_server_out_of_reach_is_no_missing_login() {
    let server = Protected::start("unreachable");
    server.auth.announced_lifetime(Duration::ZERO);
    server.log_in(&[]);
    let check = |command: &[&str]| {
        let run = server.run(command);
        assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
        assert_eq!(run.error()["code"], "unreachable", "{run:?}");
    };
    let token = ["token", &server.url, "--json"];
    let call = ["call", "whoami", "--target", &server.url, "--json"];
    // A server error says nothing about the login, whatever the answer contains.
    for (status, answer) in [(500, json!("crashed")), (503, json!({ "error": "server_error" }))] {
        for command in [&token[..], &call] {
            server.auth.answer_next("/token", status, answer.clone());
            check(command);
        }
    }
    server.auth.metadata(|metadata| metadata["token_endpoint"] = json!("http://127.0.0.1:1/"));
    [&token[..], &call].into_iter().for_each(check);
    server.auth.metadata(|metadata| *metadata = json!([]));
    [&token[..], &call].into_iter().for_each(check);
}

#[test]
fn a_login_at_an_authorization_server_that_fails_is_no_refused_login() {
    let server = Protected::start("failing");
    let check = |run: Run, exit: i32| {
        assert_eq!((run.code, &*run.stdout), (Some(exit), ""), "{run:?}");
    };
    for (status, exit) in [(502, 4), (400, 3)] {
        server.auth.answer_next("/token", status, json!({}));
        check(server.log_in(&[]), exit);
        server.auth.answer_next("/device", status, json!({}));
        check(server.run(&["login", &server.url, "--device"]), exit);
    }
    let other = Protected::start("failing-registration");
    for (status, exit) in [(503, 4), (400, 3)] {
        other.auth.answer_next("/register", status, json!({}));
        check(other.run(&["login", &other.url, "--no-browser"]), exit);
    }
}

#[test]
fn processes_renew_a_token_once() {
    let server = Protected::start("processes");
    server.auth.announced_lifetime(Duration::ZERO);
    server.log_in(&[]);
    server.auth.announced_lifetime(Duration::from_secs(3600));
    let runs: Vec<_> = std::thread::scope(|scope| {
        let run = || server.run(&["token", &server.url]);
        let started: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(runs.iter().all(|run| run.code == Some(0) && run.stdout == runs[0].stdout), "{runs:?}");
    assert_eq!(server.asked("/token"), 2);
}

#[test]
fn a_logout_revokes_and_removes_the_tokens() {
    let server = Protected::start("logout");
    let run = server.run(&["logout", &server.url]);
    assert_eq!((run.code, &*run.stdout), (Some(0), &*format!("not logged in to {}\n", server.url)));
    server.log_in(&[]);
    let token = server.run(&["token", &server.url]).stdout;
    let run = server.run(&["logout", &server.url]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.ends_with("the tokens were revoked\n"), "{run:?}");
    assert_eq!(server.auth.verify(token.trim_end()), None);
    assert!(!server.tokens().contains("refresh"));
    assert_eq!(server.whoami().code, Some(3));

    server.log_in(&[]);
    server.auth.fail_next("/revoke", "invalid_client");
    let run = server.run(&["logout", "--all", "--json"]);
    let outcomes = run.json();
    assert_eq!(outcomes[0]["wasLoggedIn"], true, "{outcomes}");
    assert_eq!(outcomes[0]["isRevoked"], false, "{outcomes}");
    assert!(run.stderr.contains("were not revoked"), "{run:?}");
    assert!(!server.tokens().contains("refresh"));
    assert_eq!(server.run(&["logout", "--all"]).stdout, "there are no logins\n");
}

#[test]
fn tokens_of_an_earlier_login_do_not_stay() {
    let server = Protected::start("earlier");
    // The server had another identifier at the time of the login.
    let rename = || {
        for name in ["tokens.json", "logins.json"] {
            let text = fs::read_to_string(server.config(name)).unwrap();
            let resource = format!("\"resource\": \"{}\"", server.url);
            assert!(text.contains(&resource), "{text}");
            let renamed = format!("\"resource\": \"{}/earlier\"", server.url);
            fs::write(server.config(name), text.replace(&resource, &renamed)).unwrap();
        }
    };
    server.log_in(&[]);
    rename();
    assert_eq!(server.log_in(&[]).code, Some(0));
    assert!(!server.tokens().contains("earlier") && server.tokens().contains("refresh"));
    rename();
    let run = server.run(&["logout", &server.url]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    assert!(!server.tokens().contains("refresh"));
}
