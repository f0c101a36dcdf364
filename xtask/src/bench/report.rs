//! Formats the figures as Markdown, and optionally saves them in `benches/RESULTS.md`.

use std::fmt::Write as _;
use std::process::Command;

use crate::{Result, soak, workspace};

const PREAMBLE: &str = "\
# Results

Written by `cargo xtask bench --all`, which needs valgrind, taskset and `redis-server`. `cargo xtask bench --save
PART...` replaces the tables of single parts: `stdio`, `http`, `authorization`, `throughput`, `subscribers`, `scale`,
`search`, `attacks`, `peers`. A table without a date is older than those with one, and may
have been measured next to other work on the same machine.

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
- *Peers* are servers of other libraries with the same two tools, at their newest versions, each written as its
  documentation does, with the fastest settings that it recommends. They are in `benches/peers`, ours among
  them, on its default features. Their `add` returns text, ours structured content too. The best peer is
  the one with the lowest figure. A dash means that a server cannot do it. Crates are those of
  `cargo tree --edges normal`. CPU seconds are user and system time of all processes of a build without
  any files of an earlier one, and depend on the machine. neva is built for one revision at a time; its
  crates and CPU seconds are those of the newer one.
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

    pub(super) fn markdown(&self) -> String {
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

    /// Replaces the tables of the same titles in `benches/RESULTS.md`, and keeps the others.
    pub(super) fn save(&self) -> Result<()> {
        self.write(|text| text)
    }

    /// Replaces all tables in `benches/RESULTS.md`, except that of the soak.
    pub(super) fn save_all(&self) -> Result<()> {
        self.write(soak::section)
    }

    fn write(&self, kept: fn(&str) -> &str) -> Result<()> {
        let path = workspace::root().join("benches/RESULTS.md");
        let old = std::fs::read_to_string(&path)?;
        let origin = format!(
            "{}, {}, with thin LTO and one codegen unit.",
            first_line(Command::new("date").args(["-u", "+%F"])),
            first_line(Command::new("rustc").arg("--version"))
        );
        Ok(std::fs::write(path, merged(kept(&old), &self.tables, &origin))?)
    }
}

/// The results, with new tables instead of those of the same title. Tables of other titles stand behind the
/// old ones, before the soak.
fn merged(old: &str, tables: &[Table], origin: &str) -> String {
    let mut sections: Vec<(String, String)> = Vec::new();
    // The first part is the preamble, or empty if the text starts with a section.
    for section in format!("\n{old}").split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        sections.push((title.to_owned(), format!("## {}\n", section.trim_end())));
    }
    for table in tables {
        let text = table.markdown().replacen('\n', &format!("\n\n{origin}\n"), 1);
        match sections.iter().position(|(title, _)| *title == table.title) {
            Some(at) => sections[at].1 = text,
            None => sections.push((table.title.clone(), text)),
        }
    }
    sections.sort_by_key(|(_, text)| !soak::section(text).is_empty());
    let sections: Vec<String> = sections.into_iter().map(|(_, text)| text).collect();
    format!("{PREAMBLE}\n{}", sections.join("\n"))
}

/// The first line that a program prints.
fn first_line(command: &mut Command) -> String {
    let printed = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&printed).lines().next().unwrap_or_default().to_owned()
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

    #[test]
    fn saved_tables_replace_those_of_the_same_title() {
        let table = |title: &str, cell: &str| {
            let mut table = Table::new(title, &["what"]);
            table.row(&[cell.to_owned()]);
            table
        };
        let old = merged("", &[table("Costs", "1"), table("Speed", "2")], "Monday.");
        assert_eq!(
            old,
            format!(
                "{PREAMBLE}\n## Costs\n\nMonday.\n\n| what |\n|---|\n| 1 |\n\n\
                 ## Speed\n\nMonday.\n\n| what |\n|---|\n| 2 |\n"
            )
        );
        let soaked = format!("{old}\n## Soak\n\nIt holds.\n");
        let new = merged(&soaked, &[table("Costs", "3"), table("Peers", "4")], "Friday.");
        assert_eq!(
            new,
            format!(
                "{PREAMBLE}\n## Costs\n\nFriday.\n\n| what |\n|---|\n| 3 |\n\n\
                 ## Speed\n\nMonday.\n\n| what |\n|---|\n| 2 |\n\n\
                 ## Peers\n\nFriday.\n\n| what |\n|---|\n| 4 |\n\n## Soak\n\nIt holds.\n"
            )
        );
        let all = merged(soak::section(&new), &[table("Costs", "5")], "Sunday.");
        assert_eq!(
            all,
            format!(
                "{PREAMBLE}\n## Costs\n\nSunday.\n\n| what |\n|---|\n| 5 |\n\n## Soak\n\nIt holds.\n"
            )
        );
    }
}
