use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Entry, File, Root};

/// A directory `inside` with files, next to a file `secret.txt`. Removed on drop.
struct Fixture {
    outer: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let outer = std::env::temp_dir().join(format!("files-{}-{number}", std::process::id()));
        fs::create_dir_all(outer.join("inside/sub/deep")).unwrap();
        fs::create_dir(outer.join("inside-too")).unwrap();
        fs::write(outer.join("secret.txt"), "secret").unwrap();
        fs::write(outer.join("inside-too/secret.txt"), "secret").unwrap();
        fs::write(outer.join("inside/a.txt"), "hello").unwrap();
        fs::write(outer.join("inside/sub/b.json"), "{}").unwrap();
        fs::write(outer.join("inside/sub/deep/ö c.bin"), [0, 255]).unwrap();
        Self { outer }
    }

    fn root(&self) -> Root {
        Root::open(self.outer.join("inside")).unwrap()
    }

    #[cfg(unix)]
    fn link(&self, target: &str, name: &str) {
        let target = target.replace("OUTER", self.outer.to_str().unwrap());
        std::os::unix::fs::symlink(target, self.outer.join("inside").join(name)).unwrap();
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.outer);
    }
}

async fn read(root: &Root, path: &str) -> Option<File> {
    root.read(path).await.unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test]
async fn files_below_are_read() {
    let fixture = Fixture::new();
    let root = fixture.root();
    let text = read(&root, "a.txt").await.unwrap();
    assert_eq!((text.text(), text.media_type()), (Some("hello"), "text/plain"));
    let json = read(&root, "sub/b.json").await.unwrap();
    assert_eq!((json.text(), json.media_type()), (Some("{}"), "application/json"));
    let bytes = read(&root, "sub/deep/ö c.bin").await.unwrap();
    assert_eq!((bytes.text(), bytes.bytes()), (None, &[0, 255][..]));
    assert_eq!(
        serde_json::to_value(bytes.into_contents("file:///x")).unwrap(),
        serde_json::json!({
            "uri": "file:///x", "mimeType": "application/octet-stream", "blob": "AP8="
        })
    );
    assert_eq!(
        serde_json::to_value(text.into_contents("file:///a.txt")).unwrap(),
        serde_json::json!({ "uri": "file:///a.txt", "mimeType": "text/plain", "text": "hello" })
    );
}

#[tokio::test]
async fn no_path_leads_out() {
    let fixture = Fixture::new();
    let root = fixture.root();
    let secret = fixture.outer.join("secret.txt");
    let absolute = fixture.outer.join("inside/a.txt");
    for path in [
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../a.txt",
        "./../secret.txt",
        "..",
        "../inside-too/secret.txt",
        "..\\secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "\\\\host\\share",
        secret.to_str().unwrap(),
        absolute.to_str().unwrap(),
        "a.txt\0.png",
        "a.txt/",
        "a.txt/../a.txt",
        "a.txt/x",
        "",
        ".",
        "sub",
        "missing",
        "missing/a.txt",
        &"long".repeat(2000),
        &"a/".repeat(4000),
    ] {
        assert_eq!(read(&root, path).await, None, "{path}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_out() {
    let fixture = Fixture::new();
    let root = fixture.root();
    fixture.link("a.txt", "good");
    fixture.link("sub", "good-dir");
    fixture.link("../secret.txt", "relative");
    fixture.link("OUTER/secret.txt", "absolute");
    fixture.link("OUTER/inside/a.txt", "absolute-inside");
    fixture.link("..", "up");
    fixture.link("/", "slash");
    fixture.link("/proc/self/root", "magic");
    fixture.link("relative", "twice");
    fixture.link("loop", "loop");
    assert_eq!(read(&root, "good").await.unwrap().text(), Some("hello"));
    assert_eq!(read(&root, "good-dir/b.json").await.unwrap().text(), Some("{}"));
    for path in [
        "relative",
        "absolute",
        "absolute-inside",
        "up/secret.txt",
        "slash/etc/passwd",
        "magic/etc/passwd",
        "twice",
        "loop",
    ] {
        assert_eq!(read(&root, path).await, None, "{path}");
    }
    let found: Vec<_> = root.files().await.unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(found, ["a.txt", "sub/b.json", "sub/deep/ö c.bin"]);
}

/// A `Root` stays bound to the opened directory when the path is replaced.
#[cfg(unix)]
#[tokio::test]
async fn replacing_the_directory_changes_nothing() {
    let fixture = Fixture::new();
    let root = fixture.root();
    fs::rename(fixture.outer.join("inside"), fixture.outer.join("moved")).unwrap();
    std::os::unix::fs::symlink(&fixture.outer, fixture.outer.join("inside")).unwrap();
    assert_eq!(read(&root, "secret.txt").await, None);
    assert_eq!(read(&root, "a.txt").await.unwrap().text(), Some("hello"));
}

/// Opening a pipe without a writer must not block the thread.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pipe_is_no_file() {
    let fixture = Fixture::new();
    let path = fixture.outer.join("inside/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let root = fixture.root();
    assert_eq!(read(&root, "pipe").await, None);
    assert!(root.files().await.unwrap().iter().all(|file| file.path != "pipe"));
}

#[tokio::test]
async fn large_files_are_refused() {
    let fixture = Fixture::new();
    let root = fixture.root().max_file_size(4);
    let error = root.read("a.txt").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(error.to_string(), "the file is larger than 4 bytes");
    let root = root.max_file_size(5);
    assert_eq!(read(&root, "a.txt").await.unwrap().into_bytes(), b"hello");
}

#[tokio::test]
async fn files_are_found() {
    let fixture = Fixture::new();
    let found = fixture.root().files().await.unwrap();
    let found: Vec<_> =
        found.iter().map(|file| (file.path.as_str(), file.size, file.media_type)).collect();
    assert_eq!(
        found,
        [
            ("a.txt", 5, Some("text/plain")),
            ("sub/b.json", 2, Some("application/json")),
            ("sub/deep/ö c.bin", 2, None),
        ]
    );
}

async fn entries(root: &Root, path: &str) -> Option<Vec<String>> {
    let entries = root.entries(path).await.unwrap_or_else(|error| panic!("{path}: {error}"))?;
    let told = |entry: Entry| match entry {
        Entry::File(file) => format!("{} {}", file.path, file.size),
        Entry::Directory(path) => format!("{path}/"),
    };
    Some(entries.into_iter().map(told).collect())
}

#[tokio::test]
async fn directories_are_listed_one_by_one() {
    let fixture = Fixture::new();
    let root = fixture.root();
    let check = async |path: &str, expected: &[&str]| {
        let expected = expected.iter().map(|&entry| entry.to_owned()).collect();
        assert_eq!(entries(&root, path).await, Some(expected), "{path}");
    };
    check("", &["a.txt 5", "sub/"]).await;
    check("sub", &["sub/b.json 2", "sub/deep/"]).await;
    check("sub/deep", &["sub/deep/ö c.bin 2"]).await;
    fs::create_dir(fixture.outer.join("inside/empty")).unwrap();
    check("empty", &[]).await;
    for path in ["a.txt", "missing", "..", "../inside-too", "sub/", "/", ".", "./sub", "sub//deep"]
    {
        assert_eq!(entries(&root, path).await, None, "{path}");
    }
    let link = root.entries("").await.unwrap().unwrap().pop().unwrap().into_link("x:sub");
    assert_eq!((link.name.as_str(), link.mime_type.as_deref()), ("sub", Some("inode/directory")));
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_listed_and_lead_nowhere() {
    let fixture = Fixture::new();
    let root = fixture.root();
    fixture.link("../inside-too", "out");
    fixture.link("a.txt", "good");
    assert_eq!(entries(&root, "out").await, None);
    let expected = ["a.txt 5", "sub/"].map(str::to_owned).to_vec();
    assert_eq!(entries(&root, "").await, Some(expected));
}

#[test]
fn only_a_directory_is_a_root() {
    let fixture = Fixture::new();
    assert!(Root::open(fixture.outer.join("secret.txt")).is_err());
    assert!(Root::open(fixture.outer.join("missing")).is_err());
}
