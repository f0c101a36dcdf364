//! Mistakes that the compiler tells: one file each, with what it says beside it.
#![allow(missing_docs)]

use std::path::Path;
use std::{fs, io};

/// Every file of `ui/` fails to compile, with exactly the errors in its `.stderr`. Those of `client/`
/// need the feature.
#[test]
fn mistakes_are_told_where_they_are() -> io::Result<()> {
    place_contract()?;
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    if cfg!(feature = "client") {
        cases.compile_fail("tests/ui/client/*.rs");
    }
    Ok(())
}

/// Puts the contract where the attribute looks for it: beside the `Cargo.toml` that trybuild makes.
fn place_contract() -> io::Result<()> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("."));
    let schemas = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME")).join("schemas");
    fs::create_dir_all(&schemas)?;
    fs::write(schemas.join("reserve.json"), include_str!("schemas/reserve.json"))
}
