//! The arguments that [`Server::run`](crate::Server::run) reads.

use crate::error::Error;
#[cfg(feature = "http")]
use crate::transport::http::HttpConfig;
use crate::transport::listen_address::listen_address;

/// Transport that the command line selects.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selected {
    Stdio,
    Http(HttpOptions),
    Help,
}

/// Options of a server over HTTP.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HttpOptions {
    pub(super) address: String,
    public_hosts: Vec<String>,
    allowed_origins: Vec<String>,
}

/// An option with a value.
#[derive(Clone, Copy)]
struct ValueOption {
    name: &'static str,
    /// Description of a missing value.
    expected: &'static str,
}

const HTTP: ValueOption =
    ValueOption { name: "--http", expected: "an address, such as --http 127.0.0.1:8000" };
const PUBLIC_HOST: ValueOption = ValueOption {
    name: "--public-host",
    expected: "a host, such as --public-host mcp.example.com",
};
const ALLOW_ORIGIN: ValueOption = ValueOption {
    name: "--allow-origin",
    expected: "an origin, such as --allow-origin https://app.example.com",
};

impl Selected {
    /// Reads the options of `Server::run`, and leaves everything else to the program.
    ///
    /// # Errors
    /// [`Error::Arguments`] if an option has no value or needs `--http` beside it, or if the address
    /// has no port.
    pub(super) fn read(arguments: impl Iterator<Item = String>) -> Result<Self, Error> {
        let mut arguments = arguments.peekable();
        let mut http = HttpOptions::default();
        let mut address = None;
        while let Some(argument) = arguments.next() {
            if argument == "--help" || argument == "-h" {
                return Ok(Self::Help);
            }
            let mut next = || arguments.next_if(|next| !next.starts_with('-'));
            if let Some(value) = HTTP.value(&argument, &mut next)? {
                address.get_or_insert(value);
            } else if let Some(value) = PUBLIC_HOST.value(&argument, &mut next)? {
                http.public_hosts.extend(entries(&value));
            } else if let Some(value) = ALLOW_ORIGIN.value(&argument, &mut next)? {
                http.allowed_origins.extend(entries(&value));
            }
        }
        let needs_http = |option: ValueOption| {
            let name = option.name;
            Error::arguments(format!(
                "{name}: expected an address beside it, such as --http 127.0.0.1:8000"
            ))
        };
        match address {
            Some(address) => {
                let address = listen_address(&address)
                    .map_err(|message| Error::arguments(format!("--http: {message}")))?
                    .into_owned();
                Ok(Self::Http(HttpOptions { address, ..http }))
            }
            None if !http.public_hosts.is_empty() => Err(needs_http(PUBLIC_HOST)),
            None if !http.allowed_origins.is_empty() => Err(needs_http(ALLOW_ORIGIN)),
            None => Ok(Self::Stdio),
        }
    }
}

impl ValueOption {
    /// Returns the value if `argument` is this option, as `--name value` or `--name=value`.
    fn value(
        self,
        argument: &str,
        next: &mut impl FnMut() -> Option<String>,
    ) -> Result<Option<String>, Error> {
        let value = match argument.strip_prefix(self.name) {
            Some("") => next(),
            Some(rest) => match rest.strip_prefix('=') {
                Some(value) => Some(value.to_owned()),
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let value = value.filter(|value| !value.is_empty());
        let Self { name, expected } = self;
        value.map(Some).ok_or_else(|| Error::arguments(format!("{name}: expected {expected}")))
    }
}

/// Entries of a list that is separated by commas.
fn entries(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned)
}

#[cfg(feature = "http")]
impl HttpOptions {
    /// Adds these options, and those of the environment, to the configuration of the program.
    pub(super) fn added_to(&self, config: HttpConfig) -> HttpConfig {
        let variable = |name| std::env::var(name).unwrap_or_default();
        self.add(config, &variable("MCP_PUBLIC_HOSTS"), &variable("MCP_ALLOWED_ORIGINS"))
    }

    fn add(&self, mut config: HttpConfig, hosts: &str, origins: &str) -> HttpConfig {
        config.public_hosts.extend(self.public_hosts.iter().cloned().chain(entries(hosts)));
        let origins: Vec<_> =
            self.allowed_origins.iter().cloned().chain(entries(origins)).collect();
        // Pages of other origins need both.
        config.cors |= !origins.is_empty();
        config.allowed_origins.extend(origins);
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &str) -> Result<Selected, Error> {
        Selected::read(arguments.split_whitespace().map(str::to_owned))
    }

    fn http(address: &str, public_hosts: &[&str], allowed_origins: &[&str]) -> Selected {
        let owned = |list: &[&str]| list.iter().map(|&entry| entry.to_owned()).collect();
        Selected::Http(HttpOptions {
            address: address.into(),
            public_hosts: owned(public_hosts),
            allowed_origins: owned(allowed_origins),
        })
    }

    fn check(arguments: &str, expected: Selected) {
        assert_eq!(read(arguments).unwrap(), expected, "{arguments}");
    }

    fn check_error(arguments: &str, expected: &str) {
        let error = read(arguments).unwrap_err().to_string();
        assert!(error.contains(expected), "{arguments}: {error}");
    }

    #[test]
    fn only_the_arguments_of_run_are_read() {
        check("", Selected::Stdio);
        check("--db app.db -v", Selected::Stdio);
        check("--https --public-hosts x", Selected::Stdio);
        check("--db app.db --http 127.0.0.1:0", http("127.0.0.1:0", &[], &[]));
        check("--http=[::1]:80", http("[::1]:80", &[], &[]));
        check("--http :8000", http("127.0.0.1:8000", &[], &[]));
        check("--http=8000", http("127.0.0.1:8000", &[], &[]));
        check("--help", Selected::Help);
    }

    #[test]
    fn hosts_and_origins_are_lists() {
        check(
            "--public-host a.example --http :1 --public-host=b.example,c.example:1 \
             --allow-origin https://a.example",
            http("127.0.0.1:1", &["a.example", "b.example", "c.example:1"], &["https://a.example"]),
        );
    }

    #[test]
    fn a_missing_value_is_an_error() {
        check_error("--http", "such as --http 127.0.0.1:8000");
        check_error("--http=", "such as --http 127.0.0.1:8000");
        check_error("--http localhost", "--http: expected a port after the host");
        check_error("--http :x", "expected a port from 0 to 65535");
        check_error("--http --help", "--http: expected an address");
        check_error("--http :1 --public-host", "such as --public-host mcp.example.com");
        check_error("--http :1 --allow-origin --x", "--allow-origin https://app.example.com");
        check_error("--public-host a.example", "--http 127.0.0.1:8000");
        check_error("--allow-origin https://a.example", "--http 127.0.0.1:8000");
    }

    #[cfg(feature = "http")]
    #[test]
    fn options_add_to_the_configuration() {
        let options = HttpOptions {
            public_hosts: vec!["b.example".into()],
            allowed_origins: vec!["https://b.example".into()],
            ..HttpOptions::default()
        };
        let own = || HttpConfig::local().public_hosts(["a.example"]);
        let config = options.add(own(), "c.example, d.example", " ,https://c.example");
        assert_eq!(config.public_hosts, ["a.example", "b.example", "c.example", "d.example"]);
        assert_eq!(config.allowed_origins, ["https://b.example", "https://c.example"]);
        assert!(config.cors);
        let config = HttpOptions::default().add(own(), "", "");
        assert_eq!(config.public_hosts, ["a.example"]);
        assert!(!config.cors);
    }
}
