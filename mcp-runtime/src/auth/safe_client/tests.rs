use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::resolver::Addresses;
use super::*;

/// Resolver with prepared answers, one a lookup; the last one is repeated.
struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    lookups: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |all: &&[&str]| all.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            lookups: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Scripted {
    fn lookup(&self, _: &str) -> Addresses {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        };
        Box::pin(async move { Ok(answer) })
    }
}

async fn fetch(client: &SafeClient, url: &str) -> Result<Value, FetchError> {
    client.get_json(&Url::parse(url).unwrap()).await
}

/// A server that answers every connection with the same bytes, and counts connections.
async fn answering(response: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    (port, connections)
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Spellings of addresses that no server may name, by which others were bypassed.
const REFUSED: [&str; 72] = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.255.255.254/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://a.b.localhost./",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://[::1]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2606:4700::5efe:10.0.0.1]/",
    "https://[2606:4700::200:5efe:127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[2001:2::1]/",
    "https://[2001:20::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.1/",
    "https://169.254.169.254/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://168.63.129.16/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://192.0.0.170/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
];

#[tokio::test]
async fn special_addresses_are_refused_in_every_spelling() {
    // A name that would be resolved would be found.
    let names = Scripted::new(&[&["8.8.8.8"]]);
    let client = SafeClient::resolving(Reach::Public, Arc::<Scripted>::clone(&names) as _).unwrap();
    for url in REFUSED {
        let refused = fetch(&client, url).await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{url}: {refused:?}");
    }
    for url in [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:application/json,1",
        "javascript:1",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "http://localhost.example.com/",
    ] {
        let refused = fetch(&client, url).await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{url}: {refused:?}");
    }
    assert_eq!(names.lookups.load(Ordering::Relaxed), 0);
    // Zone ids are no part of a URL.
    assert!(Url::parse("https://[fe80::1%25eth0]/").is_err());
}

#[test]
fn addresses_of_the_internet_are_allowed() {
    for address in [
        "8.8.8.8",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.0.1",
        "100.128.0.1",
        "9.255.0.1",
        "11.0.0.1",
        "192.0.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.0.1",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "2a00:1450::1",
        "2001:200::1",
    ] {
        assert_eq!(Reach::Public.check(address.parse().unwrap()), Ok(()), "{address}");
    }
    let loopback = Reach::LoopbackToo;
    assert_eq!(loopback.check("127.0.0.1".parse().unwrap()), Ok(()));
    assert_eq!(loopback.check("::1".parse().unwrap()), Ok(()));
    assert!(loopback.check("10.0.0.1".parse().unwrap()).is_err());
    assert!(loopback.check("169.254.169.254".parse().unwrap()).is_err());
}

#[test]
fn the_reach_follows_from_what_was_configured() {
    for (url, reach) in [
        ("http://localhost:1/mcp", Reach::LoopbackToo),
        ("http://127.0.0.1/", Reach::LoopbackToo),
        ("https://[::1]/", Reach::LoopbackToo),
        ("https://example.com/", Reach::Public),
        ("https://localhost.example.com/", Reach::Public),
        ("https://10.0.0.1/", Reach::Public),
    ] {
        assert_eq!(Reach::of(&Url::parse(url).unwrap()), reach, "{url}");
    }
}

#[tokio::test]
async fn a_name_is_refused_for_any_of_its_addresses() {
    for addresses in [
        &["127.0.0.1"][..],
        &["8.8.8.8", "127.0.0.1"],
        &["2606:4700::1111", "10.0.0.1"],
        &["169.254.169.254"],
        &["::ffff:8.8.8.8"],
        &["64:ff9b::808:808"],
    ] {
        let client = SafeClient::resolving(Reach::Public, Scripted::new(&[addresses])).unwrap();
        let refused = fetch(&client, "https://rebound.example.com/").await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{addresses:?}: {refused:?}");
    }
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_connected_to() {
    let (port, connections) = answering(ok("{\"a\":1}")).await;
    // The name rebinds after its first lookup.
    let names = Scripted::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client =
        SafeClient::resolving(Reach::LoopbackToo, Arc::<Scripted>::clone(&names) as _).unwrap();
    let url = format!("http://a.localhost:{port}/");
    assert_eq!(fetch(&client, &url).await.unwrap()["a"], 1);
    assert_eq!(names.lookups.load(Ordering::Relaxed), 1);
    let refused = fetch(&client, &url).await;
    assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{refused:?}");
    assert_eq!(connections.load(Ordering::Relaxed), 1);

    // A name of the machine itself leads nowhere else, because it is not encrypted.
    let client = SafeClient::resolving(Reach::LoopbackToo, Scripted::new(&[&["8.8.8.8"]])).unwrap();
    let refused = fetch(&client, &url).await;
    assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{refused:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (trap, trapped) = answering(ok("{}")).await;
    let location = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{trap}/\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n"
    );
    let (port, _) = answering(location).await;
    let client = SafeClient::new(Reach::LoopbackToo).unwrap();
    let refused = fetch(&client, &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(refused, Err(FetchError::Status(302, String::new())));
    assert_eq!(trapped.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn responses_are_limited() {
    let client = SafeClient::new(Reach::LoopbackToo).unwrap();
    let large = format!("\"{}\"", "x".repeat(MAX_SIZE));
    let (port, _) = answering(ok(&large)).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(fetch(&client, &url).await, Err(FetchError::TooLarge));
    // Without a length.
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{large}");
    let (port, _) = answering(endless).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(fetch(&client, &url).await, Err(FetchError::TooLarge));

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let hasty = SafeClient { timeout: Duration::from_millis(50), ..client.clone() };
    assert_eq!(fetch(&hasty, &url).await, Err(FetchError::TimedOut));

    for (body, text) in [("{", "no JSON"), ("[]x", "no JSON"), ("<html>", "no JSON")] {
        let (port, _) = answering(ok(body)).await;
        let error = fetch(&client, &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
        assert!(
            matches!(&error, FetchError::Malformed(reason) if reason.contains(text)),
            "{error}"
        );
    }
}
