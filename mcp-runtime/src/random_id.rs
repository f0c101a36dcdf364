//! Ids that cannot be guessed.

/// Creates an id of 128 random bits, as 32 hexadecimal digits in lower case.
///
/// # Errors
/// The error of the system, if it has no random numbers.
pub(crate) fn random_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
