//! Servers of other libraries: instructions per call, crates and the cost of a build, beside ours and the floors.

mod build;
mod drive;
mod table;

use std::path::PathBuf;

use self::build::Build;
use self::table::{Role, Row};
use super::callgrind::{self, Lengths};
use super::calls::{Era, Tool};
use super::programs::{Programs, require};
use super::report::{Report, Table};
use crate::{Result, workspace};

/// A server in `benches/peers`.
#[derive(Clone, Copy, Debug)]
struct Peer {
    /// The library, as the registry calls it.
    library: &'static str,
    /// The package of the server, whose executable has the same name.
    package: &'static str,
    /// The package of the server for the legacy era, if the library is built for one era at a time.
    legacy: Option<&'static str>,
}

const OURS: Peer = Peer { library: "mcp-runtime", package: "peer-ours", legacy: None };

const PEERS: [Peer; 4] = [
    Peer { library: "rmcp", package: "peer-rmcp", legacy: None },
    Peer { library: "tower-mcp", package: "peer-tower-mcp", legacy: None },
    Peer { library: "turbomcp", package: "peer-turbomcp", legacy: None },
    Peer { library: "neva", package: "peer-neva", legacy: Some("peer-neva-legacy") },
];

/// Transports and tools that are measured.
const RUNS: [(Transport, Tool); 3] =
    [(Transport::Stdio, Tool::Add), (Transport::Stdio, Tool::Echo), (Transport::Http, Tool::Add)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Stdio,
    Http,
}

/// A server, with its programs of both eras. There is none if it cannot be built.
#[derive(Debug)]
struct Server {
    name: String,
    role: Role,
    stdio: [Option<PathBuf>; 2],
    http: [Option<PathBuf>; 2],
}

/// Measures, and adds the tables to the report.
pub(super) fn measure(lengths: Lengths, report: &mut Report) -> Result<()> {
    require("valgrind")?;
    require("taskset")?;
    let programs = Programs::build_floors()?;
    let both = |name: &str| -> Result<[Option<PathBuf>; 2]> {
        let path = programs.path(name)?.to_owned();
        Ok([Some(path.clone()), Some(path)])
    };
    let mut servers = vec![Server {
        name: "floor".to_owned(),
        role: Role::Floor,
        stdio: both("floor_stdio")?,
        http: both("floor_http")?,
    }];
    let mut costs = Vec::new();
    build::fetch()?;
    for (peer, role) in [(OURS, Role::Ours)].into_iter().chain(PEERS.map(|peer| (peer, Role::Peer)))
    {
        let built = build::build(peer, lengths.is_quick());
        // The figures of a peer that cannot be built are dashes.
        let build = if role == Role::Ours {
            built?
        } else {
            tried(peer.library, built).unwrap_or_default()
        };
        let name = match role {
            Role::Ours => "ours, default features".to_owned(),
            _ => format!("{} {}", peer.library, build.version).trim_end().to_owned(),
        };
        costs.push(Row {
            name: name.clone(),
            role,
            figures: vec![build.crates, build.cpu_seconds],
        });
        let Build { programs, .. } = build;
        servers.push(Server { name, role, stdio: programs.clone(), http: programs });
    }
    for (transport, tool) in RUNS {
        report.add(instructions(transport, tool, &servers, lengths)?);
    }
    let columns = ["crates", "CPU seconds of a clean release build"];
    report.add(table::table("Peers: dependencies and builds", &columns, &costs));
    Ok(())
}

/// Instructions per call of all servers, in both eras.
fn instructions(
    transport: Transport,
    tool: Tool,
    servers: &[Server],
    lengths: Lengths,
) -> Result<Table> {
    let place = if transport == Transport::Stdio { "stdio" } else { "HTTP" };
    let mut rows = Vec::new();
    for server in servers {
        let mut figures = Vec::new();
        let programs = if transport == Transport::Stdio { &server.stdio } else { &server.http };
        for (era, program) in Era::ALL.into_iter().zip(programs) {
            let Some(program) = program else {
                figures.push(None);
                continue;
            };
            let log = workspace::scratch("peers")?.join("stderr.txt");
            let count = callgrind::per_call(lengths.of(tool), |mut command, calls| {
                command.arg(program).stderr(std::fs::File::create(&log)?);
                match transport {
                    Transport::Stdio => drive::stdio(command, (era, tool), calls),
                    Transport::Http => drive::http(command, (era, tool), calls),
                }
                .map_err(|error| drive::with_log(&*error, &log).into())
            });
            let what = format!("{}, {place}, {}, {}", server.name, era.revision(), tool.name());
            if let Ok(count) = &count {
                eprintln!("{what}: {count}");
            }
            figures.push(match server.role {
                Role::Peer => tried(&what, count),
                _ => Some(count?),
            });
        }
        rows.push(Row { name: server.name.clone(), role: server.role, figures });
    }
    let title = format!("Peers: {place}, {}, sequential: instructions per call", tool.title());
    Ok(table::table(&title, &Era::ALL.map(Era::revision), &rows))
}

/// The outcome of a peer. An error is printed, and the figure is missing.
fn tried<T>(what: &str, outcome: Result<T>) -> Option<T> {
    outcome.inspect_err(|error| eprintln!("{what}: cannot be measured: {error}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_is_a_package_of_the_other_workspace() {
        let folder = workspace::root().join("benches/peers");
        let mut packages = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            if let Ok(manifest) = std::fs::read_to_string(entry.unwrap().path().join("Cargo.toml"))
            {
                let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
                packages.push(name.trim_matches('"').to_owned());
            }
        }
        let peers = PEERS.into_iter().chain([OURS]);
        let mut expected: Vec<_> =
            peers.flat_map(|peer| [Some(peer.package), peer.legacy]).flatten().collect();
        packages.sort();
        expected.sort();
        assert_eq!(packages, expected);
    }
}
