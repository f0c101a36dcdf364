//! Places of tokens, and outputs in which they do not appear.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Login, Protected};
use crate::harness::Run;

#[test]
fn only_the_user_reads_the_tokens() {
    let server = Protected::start("mode");
    server.log_in(&[]);
    let file = server.config("tokens.json");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file.clone()), mode(server.config(""))), (0o600, 0o700));
    let index = fs::read_to_string(server.config("logins.json")).unwrap();
    assert!(index.contains(&server.url) && !index.contains("refresh"), "{index}");

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in
        [&["token", &server.url][..], &["list", "--target", &server.url], &["login", &server.url]]
    {
        let run = server.run(arguments);
        assert_eq!((run.code, &*run.stdout), (Some(1), ""), "{run:?}");
        assert!(
            run.stderr.contains("others can read") && run.stderr.contains("chmod 600"),
            "{run:?}"
        );
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(server.whoami().code, Some(0));
}

#[test]
fn damaged_files_are_named_and_left_alone() {
    let server = Protected::start("damaged");
    server.log_in(&[]);
    for (name, text) in [("tokens.json", "[{\"hidden"), ("logins.json", "{\"logins\": [1]}")] {
        let path = server.config(name);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, text).unwrap();
        let mut commands = vec![
            vec!["token", &server.url],
            vec!["list", "--target", &server.url],
            vec!["login", &server.url],
        ];
        if name == "logins.json" {
            commands.push(vec!["logout", &server.url]);
        }
        for arguments in &commands {
            let run = server.run(arguments);
            assert_eq!((run.code, &*run.stdout), (Some(1), ""), "{run:?}");
            assert!(run.stderr.contains(name) && run.stderr.contains("remove"), "{run:?}");
            assert!(!run.stderr.contains("hidden"), "{run:?}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(server.whoami().code, Some(0));

    // A logout ends the login, and states which file still has its tokens.
    fs::write(server.config("tokens.json"), "[{\"hidden").unwrap();
    let run = server.run(&["logout", &server.url]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.ends_with("; the tokens were not removed\n"), "{run:?}");
    assert!(run.stderr.contains("tokens.json") && !run.stderr.contains("hidden"), "{run:?}");
    let run = server.run(&["logout", &server.url]);
    assert_eq!((run.code, run.stdout.starts_with("not logged in")), (Some(0), true), "{run:?}");
}

#[test]
fn a_place_that_cannot_be_locked_is_reported_before_the_login() {
    let server = Protected::start("place");
    fs::create_dir_all(server.config("tokens.json.renewal.lock")).unwrap();
    let run = server.run(&["login", &server.url, "--no-browser", "--timeout", "0.05"]);
    assert_eq!((run.code, server.asked("/register")), (Some(1), 0), "{run:?}");
    assert!(run.stderr.contains("nothing was stored"), "{run:?}");
}

#[test]
fn secrets_are_in_no_output_but_that_of_token() {
    let server = Protected::start("secrets");
    server.auth.client("mine", Some("my-own-secret"));
    let page = |options: &[&str]| {
        let mut command =
            server.command(&[&["login", &server.url, "--no-browser", "-v"], options].concat());
        let login = Login::of(command.env("SECRET", "my-own-secret"));
        server.visit(&server.agree(&login.page()));
        login.finish()
    };
    let client =
        ["--client-id", "mine", "--client-secret-env", "SECRET", "--issuer", server.auth.issuer()];
    let mut runs = vec![page(&[]), page(&client)];
    server.auth.announced_lifetime(std::time::Duration::ZERO);
    runs.push(page(&[]));
    runs.push(server.run(&["call", "whoami", "-v", "--target", &server.url]));
    let token = server.run(&["token", &server.url, "-v"]);
    let text = token.stdout.trim_end().to_owned();
    runs.push(Run { stdout: String::new(), ..token });
    server.auth.revoke_refresh_tokens();
    runs.push(server.run(&["read", "diary://today", "-v", "--target", &server.url]));
    server.log_in(&[]);
    runs.push(server.run(&["logout", &server.url, "-v"]));
    let signature = text.rsplit('.').next().unwrap();
    for run in &runs {
        // Names that the authorization server gives to its secrets.
        for secret in ["code-", "refresh-", "secret-", "my-own-secret", "eyJ", signature] {
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(!all.contains(secret), "{secret}: {run:?}");
        }
    }
    assert!(runs[3].stderr.contains("tools/call"), "messages are shown: {:?}", runs[3]);
}

/// The program on a system without a keyring.
#[cfg(target_os = "linux")]
fn without_keyring(server: &Protected, arguments: &[&str]) -> std::process::Command {
    let none = server.home.join("no-bus");
    let mut command = server.command(arguments);
    command.env_remove("CARGO_MCP_STORE").env("XDG_RUNTIME_DIR", &none);
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", none.display()));
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_without_a_keyring_has_a_file() {
    let server = Protected::start("keyring");
    let without = |options: &[&str]| {
        let arguments = [&["login", &server.url, "--no-browser"], options].concat();
        without_keyring(&server, &arguments)
    };
    let login = Login::of(&mut without(&[]));
    server.visit(&server.agree(&login.page()));
    let run = login.finish();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("has no keyring"), "{run:?}");
    assert!(run.stdout.contains("tokens.json"), "{run:?}");
    assert_eq!(server.whoami().stdout, "ada read\n");
    let run = Run::of_command(&mut without(&["--store", "keyring"]));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("no keyring that can be reached"), "{run:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_login_in_a_keyring_out_of_reach_is_replaced_and_removed() {
    let server = Protected::start("left");
    server.log_in(&[]);
    let index = server.config("logins.json");
    let read = || fs::read_to_string(&index).unwrap();
    fs::write(&index, read().replace("\"file\"", "\"keyring\"")).unwrap();
    let arguments = ["login", &server.url, "--no-browser", "--store", "file"];
    let login = Login::of(&mut without_keyring(&server, &arguments));
    server.visit(&server.agree(&login.page()));
    let run = login.finish();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("are still in the keyring of the system"), "{run:?}");
    assert!(!read().contains("keyring"));
    assert_eq!(server.whoami().stdout, "ada read\n");

    // Another login, which comes first.
    let mut logins: serde_json::Value = serde_json::from_str(&read()).unwrap();
    let mut first = logins["logins"][0].clone();
    first["server"] = "http://127.0.0.1:1/mcp".into();
    first["store"] = "keyring".into();
    logins["logins"].as_array_mut().unwrap().insert(0, first);
    fs::write(&index, logins.to_string()).unwrap();
    let run = Run::of_command(&mut without_keyring(&server, &["logout", "--all", "--json"]));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("are still in the keyring of the system"), "{run:?}");
    let outcomes: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    for (at, (has_tokens_left, is_revoked)) in [(true, false), (false, true)].iter().enumerate() {
        assert_eq!(outcomes[at]["hasTokensLeft"], *has_tokens_left, "{outcomes}");
        assert_eq!(outcomes[at]["isRevoked"], *is_revoked, "{outcomes}");
    }
    assert!(!server.tokens().contains("refresh"));
    assert_eq!(server.run(&["logout", "--all"]).stdout, "there are no logins\n");
}
