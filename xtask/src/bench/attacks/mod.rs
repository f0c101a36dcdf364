//! Clients that try to use up a server: checks that others are served and that the server ends, and
//! measures what remains of the attack.

mod http;
mod stdio;

use super::callgrind::Lengths;
use super::programs::{Programs, require};
use super::report::Report;
use crate::Result;

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("taskset")?;
    http::measure(programs, lengths, report)?;
    stdio::measure(programs, lengths, report)
}
