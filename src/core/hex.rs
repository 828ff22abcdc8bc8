//! Bytes as hexadecimal digits, two for each, and back. Digests, keys, signatures and cursors are written in this form.

/// Writes each byte as two digits in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let digits = [byte >> 4, byte & 0xf].map(|value| char::from_digit(value.into(), 16));
        text.extend(digits.into_iter().flatten());
    }
    text
}

/// Reads as many bytes as the text has pairs of digits, or `None` if it is anything else. Digits in upper case are
/// accepted too.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    fill(&mut bytes, text)?;
    Some(bytes)
}

/// Reads exactly `N` bytes, or `None` if the text is anything else.
#[must_use]
pub fn unhex_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes, text)?;
    Some(bytes)
}

/// Fills these bytes. Returns `None` if the text has anything but two digits for each of them.
fn fill(bytes: &mut [u8], text: &str) -> Option<()> {
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

/// The value of one digit. The reader of numbers in the standard library also accepts a sign, and a sign is not a digit.
fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = [0_u8, 7, 16, 171, 255];
        assert_eq!(hex(&bytes), "000710abff");
        assert_eq!(unhex("000710ABff"), Some(bytes.to_vec()));
        assert_eq!(unhex_exactly("000710abff"), Some(bytes));
        assert_eq!(unhex(""), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_not_read() {
        for text in ["0", "abc", "+1", "0x", "g0", " 0", "æ", "-f"] {
            assert_eq!((unhex(text), unhex_exactly::<1>(text)), (None, None), "{text}");
        }
        assert_eq!((unhex_exactly::<1>("0000"), unhex_exactly::<2>("00")), (None, None));
    }
}
