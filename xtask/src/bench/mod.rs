//! stub
use crate::Result;
use crate::arguments::Arguments;
pub(crate) fn run(_arguments: Arguments) -> Result<()> {
    Ok(())
}
