//! The number of rows, by half and transport.

use std::collections::BTreeMap;

use crate::client::{MESSAGES, RESPONSES};
use crate::rows::{Row, Table};
use crate::server::{HTTP, SHARED, SOCKET};

/// Fewest rows of the matrix.
const LEAST: usize = 400;

/// Fewest rows of a half on a transport.
const LEAST_OF_EACH: usize = 100;

/// Returns `true` if a row runs on one of the transports.
type Runs<'a> = &'a dyn Fn(&Row) -> bool;

#[test]
#[allow(clippy::print_stdout, reason = "the number is printed")]
fn rows_are_counted() {
    let always: Runs<'_> = &|_| true;
    let never: Runs<'_> = &|_| false;
    let events: Runs<'_> = &|row| row.runs_in("json") || row.runs_in("events");
    let (stdio, http): (Runs<'_>, Runs<'_>) =
        (&|row| row.runs_in("stdio"), &|row| row.runs_in("http"));
    let pipe: Runs<'_> = &|row| row.runs_in("pipe");
    let sources = [
        (SHARED, ["server over stdio", "server over HTTP"], [stdio, http]),
        (HTTP, ["server over stdio", "server over HTTP"], [never, always]),
        (SOCKET, ["server over stdio", "server over HTTP"], [never, always]),
        (MESSAGES, ["client over a pipe", "client over HTTP"], [pipe, events]),
        (RESPONSES, ["client over a pipe", "client over HTTP"], [never, always]),
    ];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut inputs = Vec::new();
    for (files, places, runs) in sources {
        for row in files.iter().flat_map(|file| Table::read(file).rows) {
            for (place, runs) in places.into_iter().zip(runs) {
                *counts.entry(place).or_default() += usize::from(runs(&row));
            }
            inputs.push((places, row.flags, row.input));
        }
    }
    let total = inputs.len();
    println!("{total} bad inputs: {counts:?}");
    inputs.sort();
    let twice = inputs.windows(2).find(|pair| pair[0] == pair[1]);
    assert!(twice.is_none(), "{twice:?} is there twice");
    assert!(total >= LEAST && counts.values().all(|count| *count >= LEAST_OF_EACH), "{counts:?}");
}
