//! Metadata of OAuth, and challenges.

use reqwest::Url;
use serde_json::Value;

use crate::auth::challenge::Challenge;
use crate::auth::metadata::{AuthorizationServer, ProtectedResource, canonical_resource, covers};

/// Reads any bytes as metadata of an authorization server and of a resource, as the header
/// `WWW-Authenticate`, and as the URL of a server.
///
/// # Panics
/// If what is read is not what the text says, or differs once it is written and read again.
pub fn oauth(bytes: &[u8]) {
    if let Ok(found) = AuthorizationServer::parse(bytes) {
        let value: Value = serde_json::from_slice(bytes).expect("what is accepted is JSON");
        assert_eq!(value["issuer"], *found.issuer);
        let text = serde_json::to_vec(&found).unwrap();
        let mut again = AuthorizationServer::parse(&text).unwrap();
        again.faults = found.faults.clone();
        assert_eq!(again, found);
    }
    if let Ok(found) = ProtectedResource::parse(bytes) {
        let value: Value = serde_json::from_slice(bytes).expect("what is accepted is JSON");
        assert_eq!(value["resource"], *found.resource);
        let text = serde_json::to_vec(&found).unwrap();
        let mut again = ProtectedResource::parse(&text).unwrap();
        again.faults = found.faults.clone();
        assert_eq!(again, found);
    }
    let text = String::from_utf8_lossy(bytes);
    challenges(&text);
    resource(&text);
}

fn challenges(header: &str) {
    for challenge in Challenge::parse(header) {
        assert!(header.contains(challenge.scheme()));
        // Credentials and parameters together are no challenge of the RFC, and not written as one.
        if challenge.has_credentials() {
            continue;
        }
        let written = challenge.to_string();
        assert!(written.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{written:?}");
        let read = Challenge::parse(&written);
        assert_eq!(read.len(), 1, "{written:?}");
        assert_eq!(read[0].to_string(), written);
    }
}

fn resource(text: &str) {
    let Ok(server) = Url::parse(text) else { return };
    let canonical = canonical_resource(&server);
    let Ok(resource) = Url::parse(&canonical) else { panic!("{canonical} of {server} is no URL") };
    assert_eq!(canonical_resource(&resource), canonical);
    if server.origin().is_tuple() {
        assert!(covers(&resource, &server), "{canonical} does not cover {server}");
    }
}
