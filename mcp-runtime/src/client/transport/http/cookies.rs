//! Cookies of one server, in bounded memory. Balancers choose a server by them.
//!
//! Specification: [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};

/// Largest number of cookies that are kept. The oldest make room.
const MAX_COOKIES: usize = 50;

/// Longest cookie that is kept, in bytes.
const MAX_COOKIE: usize = 4096;

/// The cookies that a server has set.
#[derive(Debug, Default)]
pub(super) struct CookieJar(Mutex<Vec<Cookie>>);

/// A cookie for the host of its server.
#[derive(Debug)]
struct Cookie {
    name: String,
    /// Name and value as they are sent.
    pair: String,
    path: String,
    is_secure: bool,
    expires: Option<SystemTime>,
}

impl CookieJar {
    fn cookies(&self) -> MutexGuard<'_, Vec<Cookie>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if there is no cookie.
    pub(super) fn is_empty(&self) -> bool {
        self.cookies().is_empty()
    }

    /// Stores the cookies of a response.
    pub(super) fn store(&self, url: &Url, headers: &HeaderMap) {
        let mut set = headers.get_all(SET_COOKIE).iter().peekable();
        if set.peek().is_none() {
            return;
        }
        let now = SystemTime::now();
        let mut cookies = self.cookies();
        let set = set.filter_map(|header| header.to_str().ok());
        for new in set.filter_map(|text| Cookie::parse(text, url, now)) {
            cookies.retain(|old| old.name != new.name || old.path != new.path);
            if new.expires.is_some_and(|expires| expires <= now) {
                continue;
            }
            if cookies.len() == MAX_COOKIES {
                cookies.remove(0);
            }
            cookies.push(new);
        }
    }

    /// Adds the cookies for a URL to headers, behind those that are there.
    pub(super) fn add(&self, url: &Url, headers: &mut HeaderMap) {
        let now = SystemTime::now();
        let mut cookies = self.cookies();
        cookies.retain(|cookie| cookie.expires.is_none_or(|expires| expires > now));
        let mut sent: Vec<&Cookie> = cookies.iter().filter(|cookie| cookie.is_for(url)).collect();
        if sent.is_empty() {
            return;
        }
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let given = headers.get(COOKIE).and_then(|given| given.to_str().ok()).map(str::to_owned);
        let pairs = given.into_iter().chain(sent.iter().map(|cookie| cookie.pair.clone()));
        let pairs = pairs.collect::<Vec<_>>().join("; ");
        if let Ok(mut value) = HeaderValue::from_str(&pairs) {
            value.set_sensitive(true);
            headers.insert(COOKIE, value);
        }
    }
}

impl Cookie {
    /// Parses a header. `None` for what is no cookie, or one for another host.
    fn parse(text: &str, url: &Url, now: SystemTime) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || text.len() > MAX_COOKIE {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            pair: format!("{name}={value}"),
            path: default_path(url.path()).to_owned(),
            is_secure: false,
            expires: None,
        };
        let mut max_age = None;
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match attribute.trim().to_ascii_lowercase().as_str() {
                "domain" if !is_domain_of(value, url) => return None,
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "secure" => cookie.is_secure = true,
                "expires" => cookie.expires = date(value),
                "max-age" => max_age = value.parse::<i64>().ok(),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            let lifetime = Duration::from_secs(seconds.try_into().unwrap_or(0));
            // A time that cannot be represented never comes.
            cookie.expires = now.checked_add(lifetime);
        }
        Some(cookie)
    }

    fn is_for(&self, url: &Url) -> bool {
        let is_path = url.path().strip_prefix(&self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        });
        is_path && (!self.is_secure || url.scheme() == "https")
    }
}

/// Returns the path of a cookie that states none: the directory of the URL.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(last) => &path[..last],
    }
}

/// Returns `true` if a domain is the host of a URL or contains it.
fn is_domain_of(domain: &str, url: &Url) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase();
    let host = url.host_str().unwrap_or_default();
    let is_above = || {
        url.domain().is_some() && host.strip_suffix(&domain).is_some_and(|sub| sub.ends_with('.'))
    };
    domain.is_empty() || host == domain || is_above()
}

/// Parses a date of HTTP, or the older form with hyphens.
fn date(text: &str) -> Option<SystemTime> {
    let parse = |text: &str| httpdate::parse_http_date(text).ok();
    parse(text).or_else(|| parse(&text.replace('-', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(jar: &CookieJar, url: &str, cookies: &[&str]) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        jar.store(&Url::parse(url).unwrap(), &headers);
    }

    fn sent(jar: &CookieJar, url: &str) -> String {
        let mut headers = HeaderMap::new();
        jar.add(&Url::parse(url).unwrap(), &mut headers);
        headers.get(COOKIE).map_or("", |value| value.to_str().unwrap()).to_owned()
    }

    const URL: &str = "http://example.com/a/mcp";

    fn check(cookies: &[&str], url: &str, expected: &str) {
        let jar = CookieJar::default();
        set(&jar, URL, cookies);
        assert_eq!(sent(&jar, url), expected, "{cookies:?} {url}");
    }

    #[test]
    fn cookies_are_sent_to_their_path() {
        check(&["a=1"], URL, "a=1");
        check(&["a=1"], "http://example.com/a", "a=1");
        check(&["a=1"], "http://example.com/ab", "");
        check(&["a=1"], "http://example.com/", "");
        check(&["a=1; Path=/"], "http://example.com/", "a=1");
        check(&["a=1; path=/b/"], "http://example.com/b/c", "a=1");
        check(&["a=1; path=nonsense"], URL, "a=1");
        check(
            &["a=1; Path=/", "b=2; Path=/a", "c=3; HttpOnly; SameSite=Lax"],
            URL,
            "b=2; c=3; a=1",
        );
        check(&[" a = x=y ; Path=/"], URL, "a=x=y");
        check(&["a=\"1\""], URL, "a=\"1\"");
        for invalid in ["", "a", "=1", ";", "; Path=/"] {
            check(&[invalid], URL, "");
        }
    }

    #[test]
    fn cookies_belong_to_their_host() {
        check(&["a=1; Domain=example.com"], URL, "a=1");
        check(&["a=1; Domain=.EXAMPLE.com"], URL, "a=1");
        check(&["a=1; Domain="], URL, "a=1");
        check(&["a=1; Domain=www.example.com"], URL, "");
        check(&["a=1; Domain=ple.com"], URL, "");
        check(&["a=1; Domain=other.com"], URL, "");
        check(&["a=1; Secure"], URL, "");
        check(&["a=1; Secure"], "https://example.com/a/mcp", "a=1");
        let jar = CookieJar::default();
        set(&jar, "http://127.0.0.1/mcp", &["a=1; Domain=0.0.1", "b=2; Domain=127.0.0.1"]);
        assert_eq!(sent(&jar, "http://127.0.0.1/mcp"), "b=2");
    }

    #[test]
    fn cookies_are_replaced_and_expire() {
        check(&["a=1", "a=2"], URL, "a=2");
        check(&["a=1", "a=2; Path=/"], URL, "a=1; a=2");
        for gone in [
            "a=; Max-Age=0",
            "a=; max-age=-5",
            "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "a=; expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "a=; Expires=Sat, 01 Jan 2200 00:00:00 GMT; Max-Age=0",
        ] {
            check(&["a=1", gone], URL, "");
        }
        for kept in [
            "a=1; Max-Age=60",
            "a=1; Max-Age=9223372036854775807",
            "a=1; Expires=Sat, 01 Jan 2200 00:00:00 GMT",
            "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",
            "a=1; Expires=nonsense",
            "a=1; Max-Age=nonsense",
        ] {
            check(&[kept], URL, "a=1");
        }
    }

    #[test]
    fn cookies_follow_those_that_the_user_has_given() {
        let jar = CookieJar::default();
        assert!(jar.is_empty());
        set(&jar, URL, &["a=1"]);
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("own=0"));
        jar.add(&Url::parse(URL).unwrap(), &mut headers);
        assert_eq!(headers[COOKIE], "own=0; a=1");
    }

    #[test]
    fn a_server_cannot_fill_the_jar() {
        let jar = CookieJar::default();
        for number in 0..1000 {
            set(&jar, URL, &[&format!("a{number}=1")]);
        }
        set(&jar, URL, &[&format!("long={}", "x".repeat(MAX_COOKIE))]);
        assert_eq!(jar.cookies().len(), MAX_COOKIES);
        assert_eq!(jar.cookies()[0].name, "a950");
    }
}
