//! Tests of schemas in the dialects of providers.

mod cases;
mod entropy;
mod generated;
mod grammar;
mod oracle;
mod subset;
mod values;
