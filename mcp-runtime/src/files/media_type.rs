//! Media types of files.

/// The media type of a file, by its name or else by its contents.
pub(super) fn of(path: &str, bytes: &[u8]) -> &'static str {
    by_name(path).unwrap_or(match text(bytes) {
        Some(_) => "text/plain",
        None => "application/octet-stream",
    })
}

/// The contents as text: UTF-8 without NUL.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.contains(&0) { None } else { std::str::from_utf8(bytes).ok() }
}

/// The media type of an unambiguous file extension.
pub(super) fn by_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    Some(match extension.to_ascii_lowercase().as_str() {
        "txt" | "log" | "rs" | "py" | "go" | "c" | "h" | "cpp" | "java" | "sh" => "text/plain",
        "md" | "markdown" => "text/markdown",
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "csv" => "text/csv",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "toml" => "application/toml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "wasm" => "application/wasm",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{by_name, of};

    #[test]
    fn names_and_contents() {
        assert_eq!(by_name("a/README.md"), Some("text/markdown"));
        assert_eq!(by_name("IMAGE.PNG"), Some("image/png"));
        assert_eq!(by_name("a.b/c"), None);
        assert_eq!(by_name(".json"), None);
        assert_eq!(of("LICENSE", b"text"), "text/plain");
        assert_eq!(of("x.bin", b"te\0xt"), "application/octet-stream");
        assert_eq!(of("x", b"\xFF"), "application/octet-stream");
    }
}
