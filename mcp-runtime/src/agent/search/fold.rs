//! Letters in the form in which they are compared: lower case, without accents.

/// Kind of a character within a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letter that is or may be small.
    Lower,
    /// Capital letter.
    Upper,
    /// Digit.
    Digit,
    /// Letter of a script that is written without spaces between words.
    Unspaced,
    /// Mark that belongs to the letter before it, and is not compared.
    Mark,
    /// Anything else: the end of a word.
    Break,
}

impl Kind {
    pub(super) fn of(character: char) -> Self {
        match character {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Digit,
            _ if character.is_ascii() => Self::Break,
            _ if is_mark(character) => Self::Mark,
            _ if is_unspaced(character) => Self::Unspaced,
            _ if character.is_uppercase() => Self::Upper,
            _ if character.is_alphabetic() => Self::Lower,
            _ if character.is_numeric() => Self::Digit,
            _ => Self::Break,
        }
    }
}

/// Appends a letter or digit in lower case, and without its accents if it is a Latin one.
pub(super) fn push(character: char, into: &mut String) {
    let character = narrow(character);
    for lower in character.to_lowercase() {
        match base(lower) {
            Some(letters) => into.push_str(letters),
            None if is_mark(lower) => {}
            None => into.push(lower),
        }
    }
}

/// Joiners, accents and vowel signs that stand apart from their letters.
fn is_mark(character: char) -> bool {
    match character {
        // Soft hyphen, joiners, and combining accents.
        '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => {
            true
        }
        // Points of Hebrew and Arabic.
        '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' => true,
        // Signs of the scripts of India that Unicode does not count as letters. Dandas end a sentence.
        '\u{964}' | '\u{965}' | '\u{970}' => false,
        '\u{900}'..='\u{dff}' => !character.is_alphanumeric(),
        _ => false,
    }
}

fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        // Thai and Lao, Burmese, Khmer.
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Kana and Bopomofo, ideographs, Hangul, and half-width kana.
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{312f}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}'
    ) && character.is_alphanumeric()
}

/// Converts full-width Latin letters and digits.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        _ => character,
    }
}

/// Latin letters without their accents. The letters are those of Latin-1 and Latin Extended-A.
fn base(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' | 'ĸ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}
