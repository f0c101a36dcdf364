//! Mistakes that the compiler tells: one file each, with what it says beside it.

/// Every file of `ui/` fails to compile, with exactly the errors in its `.stderr`.
#[test]
fn mistakes_are_told_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
