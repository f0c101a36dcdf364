//! Ids of legacy sessions.

/// Id of a session: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionId(u128);

impl SessionId {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// A place for the id among a number of places.
    pub(super) fn index(self, count: usize) -> usize {
        (self.0 % count as u128) as usize
    }

    /// Parses an id: 32 hexadecimal digits in lower case.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let written = text.len() == 32 && text.iter().all(digit);
        let text = std::str::from_utf8(text).ok().filter(|_| written)?;
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_spelled_in_one_way() {
        let id = SessionId::random().unwrap();
        assert_eq!(SessionId::parse(id.to_string().as_bytes()), Some(id));
        for text in
            ["", "0", "+0000000000000000000000000000000", "0000000000000000000000000000000A"]
        {
            assert_eq!(SessionId::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(SessionId::parse(&[b'0'; 33]), None);
    }
}
