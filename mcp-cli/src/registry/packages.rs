//! Packages of a server.

use mcp_runtime::client::reqwest::Url;
use serde_json::Value;

use super::server::{is_match, version};
use super::{CRATES, Problem, list, transports};

pub(super) fn check(package: &Value, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let identifier = package["identifier"].as_str().unwrap_or_default();
    if identifier.contains(char::is_whitespace) {
        let message = format!("contains white space: {identifier:?}");
        problems.push(Problem::new(format!("{path}.identifier"), message));
    }
    problems.extend(version(&package["version"], &format!("{path}.version")));
    problems.extend(match package["registryType"].as_str() {
        Some("cargo") => cargo(package, path),
        Some("mcpb") => mcpb(package, identifier, path),
        Some("oci") => oci(package, identifier, path),
        _ => Vec::new(),
    });
    for member in ["runtimeArguments", "packageArguments"] {
        for (index, argument) in list(package, member).enumerate() {
            problems.extend(of_argument(argument, &format!("{path}.{member}[{index}]")));
        }
    }
    for (index, variable) in list(package, "environmentVariables").enumerate() {
        let path = format!("{path}.environmentVariables[{index}]");
        problems.extend(transports::secret(variable, &path));
    }
    let names = ["environmentVariables", "runtimeArguments", "packageArguments"];
    let inputs = names.iter().flat_map(|member| list(package, member));
    let variables = inputs.flat_map(|input| [input["name"].as_str(), input["valueHint"].as_str()]);
    let variables: Vec<_> = variables.flatten().collect();
    let transport = format!("{path}.transport");
    problems.extend(transports::check_local(&package["transport"], &variables, &transport));
    problems
}

/// Members that a kind of package must not have.
fn without(package: &Value, members: &[&str], help: &str, path: &str) -> Vec<Problem> {
    let present = members.iter().filter(|member| package.get(**member).is_some());
    let problem = |member: &&str| {
        let kind = package["registryType"].as_str().unwrap_or_default();
        let message = format!("does not belong to a package of the type `{kind}`");
        Problem::new(format!("{path}.{member}"), message).help(help)
    };
    present.map(problem).collect()
}

fn cargo(package: &Value, path: &str) -> Vec<Problem> {
    let help = "crates.io has the checksum of a crate";
    let mut problems = without(package, &["fileSha256"], help, path);
    if package.get("version").is_none() {
        problems.push(Problem::new(format!("{path}.version"), "is missing"));
    }
    if let Some(base) = package["registryBaseUrl"].as_str().filter(|base| *base != CRATES) {
        let message = format!("expected \"{CRATES}\", got {base:?}");
        problems.push(Problem::new(format!("{path}.registryBaseUrl"), message));
    }
    problems
}

fn mcpb(package: &Value, identifier: &str, path: &str) -> Vec<Problem> {
    let help = "the URL in `identifier` has it";
    let mut problems = without(package, &["version", "registryBaseUrl"], help, path);
    let digest = package["fileSha256"].as_str();
    if !digest.is_some_and(|digest| is_match("^[a-f0-9]{64}$", digest)) {
        let message = match digest {
            None => "is missing".to_owned(),
            Some(digest) => format!("expected 64 hexadecimal digits, got {digest:?}"),
        };
        let help =
            "`cargo mcp bundle` prints it, and `cargo mcp registry init --mcpb FILE` writes it";
        problems.push(Problem::new(format!("{path}.fileSha256"), message).help(help));
    }
    if let Some(message) = release_fault(identifier) {
        let help = "expected `https://github.com/OWNER/REPOSITORY/releases/download/TAG/FILE.mcpb`";
        problems.push(Problem::new(format!("{path}.identifier"), message).help(help));
    }
    problems
}

/// The reason why a URL is not one of a file of a release.
fn release_fault(identifier: &str) -> Option<String> {
    let Ok(url) = Url::parse(identifier) else {
        return Some(format!("is no URL: {identifier:?}"));
    };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let is_release = match host {
        "github.com" => is_match(
            r"^/[a-zA-Z0-9]([a-zA-Z0-9-]{0,37}[a-zA-Z0-9])?/[a-zA-Z0-9._-]+/releases/download/[^/]+/[^/]+$",
            url.path(),
        ),
        "gitlab.com" => is_match(
            r"^/[\w.-]+(/[\w.-]+)*/-/(releases/[^/]+/downloads/[^/]+|package_files/[0-9]+/download)$",
            url.path(),
        ),
        host => return Some(format!("is on `{host}`; only GitHub and GitLab are accepted")),
    };
    match () {
        () if url.scheme() != "https" || url.port().is_some() => {
            Some(format!("is not reached by `https://`: {identifier:?}"))
        }
        () if !is_release => Some(format!("is no file of a release: {identifier:?}")),
        () if !identifier.to_ascii_lowercase().contains("mcp") => {
            Some(format!("does not contain `mcp`: {identifier:?}"))
        }
        () => None,
    }
}

fn oci(package: &Value, identifier: &str, path: &str) -> Vec<Problem> {
    const REGISTRIES: [&str; 6] = [
        "docker.io",
        "ghcr.io",
        "index.docker.io",
        "mcr.microsoft.com",
        "quay.io",
        "registry-1.docker.io",
    ];
    let help = "the reference in `identifier` has it, as in `ghcr.io/you/weather:1.0.0`";
    let members = ["version", "registryBaseUrl", "fileSha256"];
    let mut problems = without(package, &members, help, path);
    let path = format!("{path}.identifier");
    let pattern = r"^([\w.-]+(:[0-9]+)?/)?[a-z0-9._-]+(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$";
    if !is_match(pattern, identifier) {
        let message = format!("is no reference of an image: {identifier:?}");
        problems.push(Problem::new(path, message).help("expected `ghcr.io/you/weather:1.0.0`"));
        return problems;
    }
    let first = identifier.split('/').next().unwrap_or_default();
    // Without a registry, it is that of Docker.
    let registry = match identifier.contains('/') && first.contains(['.', ':']) {
        true => first,
        false => "docker.io",
    };
    let is_accepted = REGISTRIES.contains(&registry)
        || [".pkg.dev", ".azurecr.io"].iter().any(|ending| registry.ends_with(ending));
    if !is_accepted {
        let message = format!("is in a registry that is not accepted: `{registry}`");
        let help = format!("accepted are {}, *.pkg.dev, *.azurecr.io", REGISTRIES.join(", "));
        problems.push(Problem::new(path, message).help(help));
    }
    problems
}

fn of_argument(argument: &Value, path: &str) -> Vec<Problem> {
    let mut problems: Vec<_> = transports::secret(argument, path).into_iter().collect();
    let text = |member: &str| argument[member].as_str();
    match text("type") {
        Some("positional") if text("value").is_none() && text("valueHint").is_none() => {
            problems.push(Problem::new(path, "has neither `value` nor `valueHint`"));
        }
        Some("named") => {
            let name = text("name").unwrap_or_default();
            let path_of = |member: &str| format!("{path}.{member}");
            if name.is_empty() {
                problems.push(Problem::new(path_of("name"), "is missing"));
            } else if name.contains(['<', '>', ' ', '$']) {
                let message = format!("is more than a name: {name:?}");
                let help = "expected `--port`; its value belongs to `value`";
                problems.push(Problem::new(path_of("name"), message).help(help));
            }
            for member in ["value", "default"] {
                let repeats = text(member).is_some_and(|it| it.starts_with(name) && !it.is_empty());
                if repeats && !name.is_empty() {
                    let message = format!("starts with the name of the argument, `{name}`");
                    problems.push(Problem::new(path_of(member), message));
                }
            }
        }
        _ => {}
    }
    problems
}
