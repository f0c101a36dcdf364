//! Formats the figures as Markdown, and optionally saves them as `benches/RESULTS.md`.

use std::fmt::Write as _;
use std::process::Command;

use crate::{Result, soak, workspace};

const PREAMBLE: &str = "\
# Results

Written by `cargo xtask bench --save`, which needs valgrind and taskset. `cargo xtask bench stdio`,
`http`, `authorization`, `throughput`, `subscribers`, `search` or `attacks` runs a single part, and `--quick` makes the runs
shorter.

- *Instructions per call* are user-space instructions counted by callgrind: the difference between
  runs of 4,000 and 2,000 calls, divided by 2,000 (a tenth of that with 64 KiB). Each run has a
  warm-up. The counts are the same on any machine.
- *Authorization*: with a new token in each call, its signature and claims are verified. A token that was
  verified within the last minute is recognized by its digest. The keys of the issuer are there already.
  The processor that callgrind simulates has no instructions for SHA-256, which most processors have.
- *Throughput* depends on the machine, so only the ratio of a pair is meaningful. Server and load
  generator have one processor each.
- *Floors* parse the same bytes into the same envelope and write a response of the same shape, without
  any checks: `floor_stdio` is a blocking loop, `floor_http` bare hyper, `axum_floor` a handler from
  JSON value to JSON value.
- *Subscribers* have one stream each. Changes that happen before a notification is sent are merged
  into one. A run fails if a subscriber misses the last value. Memory is the growth of the server
  process per subscriber, including the connection.
- *Attacks*: one server process for each row. Another client makes calls meanwhile, on a new connection
  each. A run fails if one of them has no answer, if 100 new sessions do not open within a minute, or if
  a client over stdio that reads loses an answer. The server has its defaults: 10,000 connections,
  10,000 sessions, 256 MiB for all clients. Legacy calls run on without their client, as the revision
  requires. The slowest answer may include a second that Linux waits if the queue of new connections is
  full. Memory is the resident set, with what the allocator keeps of freed blocks: with
  `MALLOC_MMAP_THRESHOLD_=131072`, glibc returns large ones at once.
";

/// All tables of one run.
#[derive(Debug)]
pub(super) struct Report {
    tables: Vec<Table>,
}

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(title: &str, columns: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            rows: vec![columns.iter().map(|column| (*column).to_owned()).collect()],
        }
    }

    pub(super) fn row(&mut self, cells: &[String]) {
        eprintln!("{}: {}", self.title, cells.join("  "));
        self.rows.push(cells.to_vec());
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        for (number, row) in self.rows.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if number == 0 {
                let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
            }
        }
        text
    }
}

impl Report {
    pub(super) fn new() -> Self {
        Self { tables: Vec::new() }
    }

    pub(super) fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    pub(super) fn markdown(&self) -> String {
        self.tables.iter().map(Table::markdown).collect::<Vec<_>>().join("\n")
    }

    /// Replaces `benches/RESULTS.md`.
    pub(super) fn save(&self) -> Result<()> {
        let path = workspace::root().join("benches/RESULTS.md");
        let kept = soak::section(&std::fs::read_to_string(&path)?).to_owned();
        let text = format!(
            "{PREAMBLE}\nCompiler: {}, with thin LTO and one codegen unit (profile `measured`).\n\n{}\n{kept}",
            compiler(),
            self.markdown()
        );
        Ok(std::fs::write(path, text)?)
    }
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().map(|output| output.stdout);
    String::from_utf8_lossy(&version.unwrap_or_default()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new("Costs", &["what", "how much"]);
        table.row(&["a call".to_owned(), "5".to_owned()]);
        assert_eq!(
            table.markdown(),
            "## Costs\n\n| what | how much |\n|---|---|\n| a call | 5 |\n"
        );
    }
}
