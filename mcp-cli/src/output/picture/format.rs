//! Formats of images, by their first bytes.

/// Maximum width and height of an image that is shown. A small file can have billions of pixels.
const MAX_SIDE: u32 = 10_000;

/// Format of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Png,
    Jpeg,
    Gif,
}

/// Format and size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) kind: Kind,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Format {
    /// The format of an image; `None` for other data, and for images of an absurd size.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let format = png(bytes).or_else(|| gif(bytes)).or_else(|| jpeg(bytes))?;
        let is_shown = |side| (1..=MAX_SIDE).contains(&side);
        (is_shown(format.width) && is_shown(format.height)).then_some(format)
    }
}

/// Specification: [PNG, 5.2 and 11.2.1](https://www.w3.org/TR/png-3/#11IHDR).
fn png(bytes: &[u8]) -> Option<Format> {
    let chunk = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.strip_prefix(b"\0\0\0\x0dIHDR")?;
    // The end of the file is the end of the image.
    let is_whole = bytes.ends_with(b"IEND\xaeB\x60\x82");
    let (width, rest) = chunk.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(*height));
    is_whole.then_some(Format { kind: Kind::Png, width, height })
}

/// Specification: [GIF89a, 18](https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
fn gif(bytes: &[u8]) -> Option<Format> {
    let screen = bytes.strip_prefix(b"GIF89a").or_else(|| bytes.strip_prefix(b"GIF87a"))?;
    let (width, rest) = screen.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    let [width, height] = [*width, *height].map(|side| u16::from_le_bytes(side).into());
    Some(Format { kind: Kind::Gif, width, height })
}

/// Specification: [JPEG, B.2](https://www.w3.org/Graphics/JPEG/itu-t81.pdf).
fn jpeg(bytes: &[u8]) -> Option<Format> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker], after) = rest.split_first_chunk()? else { return None };
        // Bytes of 0xff may stand before a marker.
        if marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let (length, _) = after.split_first_chunk()?;
        let segment = after.get(..usize::from(u16::from_be_bytes(*length)))?;
        // Start of a frame; the others in the range are tables.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let &[_, _, _, y0, y1, x0, x1, ..] = segment else { return None };
            let [width, height] = [[x0, x1], [y0, y1]].map(|it| u16::from_be_bytes(it).into());
            return Some(Format { kind: Kind::Jpeg, width, height });
        }
        // Markers without a segment do not stand before the frame, and a length counts itself.
        if segment.len() < 2 || !matches!(marker, 0xc4 | 0xcc | 0xdb..=0xdf | 0xe0..=0xef | 0xfe) {
            return None;
        }
        rest = &after[segment.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\0\0\0\0....IEND\xaeB\x60\x82");
        bytes
    }

    fn jpeg(frame: &[u8]) -> Vec<u8> {
        [b"\xff\xd8\xff\xe0\0\x04JF\xff\xff\xdb\0\x03q".as_slice(), frame].concat()
    }

    #[test]
    fn images_are_recognised_by_their_bytes() {
        let found = |kind, width, height| Some(Format { kind, width, height });
        assert_eq!(Format::of(&png(640, 480)), found(Kind::Png, 640, 480));
        assert_eq!(Format::of(b"GIF89a\x02\x01\x03\0"), found(Kind::Gif, 258, 3));
        let frame = jpeg(b"\xff\xc2\0\x0b\x08\x01\x02\x03\x04\x03....");
        assert_eq!(Format::of(&frame), found(Kind::Jpeg, 772, 258));
    }

    #[test]
    fn other_data_is_no_image() {
        let whole = png(640, 480);
        for end in 0..whole.len() {
            assert_eq!(Format::of(&whole[..end]), None, "{end}");
        }
        for bytes in [png(0, 1), png(1, 0), png(10_001, 1), png(1, u32::MAX)] {
            assert_eq!(Format::of(&bytes), None, "{bytes:?}");
        }
        for frame in [
            &b""[..],
            b"\xff",
            b"\xff\xff\xff",
            b"\xff\xc0",
            b"\xff\xc0\0",
            b"\xff\xc0\0\0",
            b"\xff\xc0\0\x02",
            b"\xff\xc0\xff\xff\x08",
            b"\xff\xe0\0\0\xff\xe0\0\0",
            b"\xff\xe0\0\x01",
            b"\xff\xd9\0\x02",
            b"\xff\xda\0\x02\xff\xc0",
            b"abc",
        ] {
            assert_eq!(Format::of(&jpeg(frame)), None, "{frame:?}");
        }
        for bytes in [&b"\x1b]0;owned\x07"[..], b"<svg/>", b"", b"GIF89a", b"GIF89a\x01\0\0\0"] {
            assert_eq!(Format::of(bytes), None, "{bytes:?}");
        }
    }
}
