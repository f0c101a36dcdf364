//! Programs that log in with credentials of their own.

use std::time::Duration;

use super::Protected;
use crate::harness::Run;

#[test]
fn a_secret_goes_to_the_named_issuer_and_is_not_kept() {
    let server = Protected::start("machine");
    server.auth.client("robot", Some("hidden"));
    let login = |options: &[&str]| {
        let base = ["login", &server.url, "--machine", "--client-id", "robot"];
        let mut command = server.command(&[&base, options].concat());
        Run::of_command(command.env("SECRET", "hidden"))
    };
    let run = login(&["--client-secret-env", "SECRET"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("`--issuer URL` is missing"), "{run:?}");
    assert!(run.stderr.contains(server.auth.issuer()), "{run:?}");
    let run = login(&["--client-secret-env", "SECRET", "--issuer", "https://other.example"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(server.asked("/token"), 0);
    let issuer = server.auth.issuer().to_owned();
    for (options, message) in [
        (&["--issuer", &*issuer][..], "`--machine` needs"),
        (&["--client-secret-env", "NOT_SET", "--issuer", &issuer], "`NOT_SET` has no secret"),
        (&["--client-key", "/nonexistent", "--issuer", &issuer], "cannot read `/nonexistent`"),
    ] {
        let run = login(options);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(message), "{run:?}");
    }
    let run = login(&["--client-secret-env", "SECRET", "--issuer", &issuer]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stdout.contains("client    robot") && run.stdout.contains("is not renewed"),
        "{run:?}"
    );
    assert!(!server.tokens().contains("hidden"));
    assert_eq!(server.whoami().stdout, "robot read\n");

    server.auth.announced_lifetime(Duration::ZERO);
    login(&["--client-secret-env", "SECRET", "--issuer", &issuer]);
    let run = server.run(&["token", &server.url]);
    assert_eq!(run.code, Some(3), "{run:?}");
}
