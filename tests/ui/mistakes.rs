//! Compiler messages of mistakes: one file per mistake, with the expected messages next to it.
#![allow(missing_docs)]

use std::path::Path;
use std::{fs, io};

/// Each file of `cases/` fails to compile, with exactly the errors in its `.stderr`.
#[test]
fn mistakes_are_reported_at_their_place() -> io::Result<()> {
    place_contract()?;
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
    cases.compile_fail("cases/client/*.rs");
    Ok(())
}

/// Copies the contract to the directory where the attribute looks for it: next to the `Cargo.toml`
/// that trybuild generates.
fn place_contract() -> io::Result<()> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("."));
    let schemas = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME")).join("schemas");
    fs::create_dir_all(&schemas)?;
    let contract = include_str!("../../mcp-runtime/tests/schemas/reserve.json");
    fs::write(schemas.join("reserve.json"), contract)
}
