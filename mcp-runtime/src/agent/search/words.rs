//! Words of names and sentences.

use super::fold::{self, Kind};

/// Maximum length of a word in bytes. The rest is not compared.
const MAX_WORD: usize = 64;

/// Word of a text, in lower case and without accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Word as a whole.
    pub(super) whole: String,
    /// Parts of a compound such as `getWeather` or `sha256`. Empty for a plain word.
    pub(super) parts: Vec<String>,
}

/// Splits a text into words: at everything that is not a letter or a digit. Compounds are split where
/// capital letters and digits begin. Scripts without spaces give pairs of letters.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut run: Vec<(char, Kind)> = Vec::new();
    for character in text.chars() {
        let kind = Kind::of(character);
        let ends = match run.last() {
            Some((_, last)) => (*last == Kind::Unspaced) != (kind == Kind::Unspaced),
            None => false,
        };
        match kind {
            Kind::Mark => continue,
            _ if ends || kind == Kind::Break => finish(&mut run, &mut found),
            _ => {}
        }
        if kind != Kind::Break {
            run.push((character, kind));
        }
    }
    finish(&mut run, &mut found);
    found
}

fn finish(run: &mut Vec<(char, Kind)>, found: &mut Vec<Word>) {
    let letters = std::mem::take(run);
    match letters.first() {
        None => {}
        Some((_, Kind::Unspaced)) => pairs(&letters, found),
        Some(_) => found.push(compound(&letters)),
    }
}

/// Adds the pairs of neighbouring letters, or the only letter.
fn pairs(letters: &[(char, Kind)], found: &mut Vec<Word>) {
    for pair in letters.windows(letters.len().min(2)) {
        found.push(Word { whole: folded(pair), parts: Vec::new() });
    }
}

fn compound(letters: &[(char, Kind)]) -> Word {
    let chunks = split(letters, |end| begins_chunk(letters, end));
    let mut parts = Vec::new();
    for (place, chunk) in chunks.iter().enumerate() {
        // A single letter belongs to what follows: `OAuth`, `IPv6`.
        if let ([_], Some(next)) = (*chunk, chunks.get(place + 1)) {
            parts.push([chunk, *next].concat());
        }
        if chunks.len() > 1 {
            parts.push(chunk.to_vec());
        }
        let pieces =
            split(chunk, |end| (chunk[end - 1].1 == Kind::Digit) != (chunk[end].1 == Kind::Digit));
        if pieces.len() > 1 {
            parts.extend(pieces.into_iter().map(<[_]>::to_vec));
        }
    }
    // A single letter or digit means nothing without the rest.
    parts.retain(|part| (2..letters.len()).contains(&part.len()));
    Word { whole: folded(letters), parts: parts.iter().map(|part| folded(part)).collect() }
}

fn split<T>(items: &[T], begins: impl Fn(usize) -> bool) -> Vec<&[T]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for end in (1..items.len()).filter(|end| begins(*end)) {
        parts.push(&items[start..end]);
        start = end;
    }
    parts.push(&items[start..]);
    parts
}

/// `true` if a capital letter begins a part of a compound.
fn begins_chunk(letters: &[(char, Kind)], place: usize) -> bool {
    let next = letters.get(place + 1).map(|(_, kind)| *kind);
    match (letters[place - 1].1, letters[place].1) {
        (Kind::Lower | Kind::Digit, Kind::Upper) => true,
        // The last capital letter of `HTTPServer` begins the next part.
        (Kind::Upper, Kind::Upper) => next == Some(Kind::Lower),
        _ => false,
    }
}

fn folded(letters: &[(char, Kind)]) -> String {
    let mut text = String::new();
    for (letter, _) in letters {
        if text.len() >= MAX_WORD {
            break;
        }
        fold::push(*letter, &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::words;

    /// Compares the words of a text, each with its parts behind a colon.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = words(text).into_iter().map(|word| match &word.parts[..] {
            [] => word.whole,
            parts => format!("{}:{}", word.whole, parts.join("+")),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn names_are_split_in_every_style() {
        check("get_weather", "get weather");
        check("get-weather.v2", "get weather v2");
        check("admin.tools:list", "admin tools list");
        check("getWeather", "getweather:get+weather");
        check("GetHTTPStatus", "gethttpstatus:get+http+status");
        check("listS3Buckets", "lists3buckets:list+s3+buckets");
        check("describeEC2Instance", "describeec2instance:describe+ec2+ec+instance");
        check("getOAuth2Token", "getoauth2token:get+oauth2+auth2+auth+token");
        check("IPv6", "ipv6:pv6+pv");
        check("k8s", "k8s");
        check("sha256sum", "sha256sum:sha+256+sum");
        check("HTTP", "http");
        check("", "");
        check("__", "");
    }

    #[test]
    fn accents_and_widths_do_not_matter() {
        check("Größe", "grosse");
        check("Café Cafe\u{301}", "cafe cafe");
        check("ＡＢＣ１", "abc1:abc");
        check("İstanbul", "istanbul");
        check("ŁÓDŹ", "lodz");
    }

    #[test]
    fn other_scripts_are_words_too() {
        check("Погода в Москве", "погода в москве");
        check("καιρός", "καιρός");
        check("मौसम की जानकारी।", "मौसम की जानकारी");
        check("天気予報", "天気 気予 予報");
        check("犬", "犬");
        check("PDFを作成", "pdf を作 作成");
        check("날씨 조회", "날씨 조회");
        check("อากาศ", "อา าก กา าศ");
    }

    #[test]
    fn long_words_are_cut() {
        let found = words(&"a".repeat(10_000));
        assert_eq!(found[0].whole.len(), super::MAX_WORD);
    }
}
