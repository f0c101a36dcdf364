//! Addresses to listen on, as they are written on a command line.

use std::borrow::Cow;
use std::net::Ipv6Addr;

/// Completes an address without a host, `:8000` or `8000`, with the loopback address.
///
/// # Errors
/// What is wrong with an address that has no port.
pub(super) fn listen_address(given: &str) -> Result<Cow<'_, str>, String> {
    let (host, port) = match given.rsplit_once(':') {
        _ if given.parse::<Ipv6Addr>().is_ok() => {
            return Err(format!("expected a port after the address; write [{given}]:8000"));
        }
        Some((host, port)) if !given.ends_with(']') => (host, port),
        None if is_number(given) => ("", given),
        _ => return Err(format!("expected a port after the host; write {given}:8000")),
    };
    if !is_number(port) || port.parse::<u16>().is_err() {
        return Err(format!(
            "expected a port from 0 to 65535, got {port:?}; write an address such as 127.0.0.1:8000"
        ));
    }
    Ok(match host {
        "" => format!("127.0.0.1:{port}").into(),
        _ => given.into(),
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::listen_address;

    fn check(given: &str, expected: &str) {
        assert_eq!(listen_address(given).unwrap(), expected, "{given}");
    }

    fn check_error(given: &str, expected: &str) {
        assert_eq!(listen_address(given).unwrap_err(), expected, "{given}");
    }

    #[test]
    fn an_address_without_a_host_is_on_the_loopback() {
        check(":8000", "127.0.0.1:8000");
        check("8000", "127.0.0.1:8000");
        check(":0", "127.0.0.1:0");
        check("127.0.0.1:8000", "127.0.0.1:8000");
        check("localhost:80", "localhost:80");
        check("0.0.0.0:80", "0.0.0.0:80");
        check("[::1]:80", "[::1]:80");
    }

    #[test]
    fn a_missing_or_wrong_port_is_explained() {
        check_error("localhost", "expected a port after the host; write localhost:8000");
        check_error("[::1]", "expected a port after the host; write [::1]:8000");
        check_error("::1", "expected a port after the address; write [::1]:8000");
        let wrong = |port: &str| {
            format!(
                "expected a port from 0 to 65535, got {port:?}; write an address such as \
                 127.0.0.1:8000"
            )
        };
        check_error(":", &wrong(""));
        check_error(":http", &wrong("http"));
        check_error("70000", &wrong("70000"));
        check_error("localhost:+80", &wrong("+80"));
        check_error("http://localhost:8000/mcp", &wrong("8000/mcp"));
    }
}
