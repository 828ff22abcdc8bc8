//! The envelopes of the cases: what `ssh-keygen -Y sign` wrote, and the ways in which it is changed.

use base64ct::{Base64, Encoding as _};

use super::{PLAIN_BLOCK, VERSION_ONE, Way, same, stricter};
use crate::evidence::bench::Key;

/// The changes of the block that `ssh-keygen -Y sign` wrote.
pub(super) const ENVELOPES: &[Way] = &[
    same("plain"),
    same("crlf"),
    same("no last line feed"),
    same("more after the end"),
    stricter("a blank line inside", PLAIN_BLOCK),
    stricter("a blank line before the end", PLAIN_BLOCK),
    stricter("a blank after the first line", PLAIN_BLOCK),
    stricter("a blank at the end of a line", PLAIN_BLOCK),
    stricter("a blank at the start of a line", PLAIN_BLOCK),
    same("one long line"),
    same("lines of ten"),
    same("no padding"),
    same("more padding"),
    same("other letters in the header"),
    same("a bit of the signature"),
    same("a byte too many"),
    same("a byte too few"),
    stricter("version 0", VERSION_ONE),
    same("version 2"),
    stricter("reserved", VERSION_ONE),
    same("namespace of another"),
    stricter("namespace with an end", PLAIN_BLOCK),
    same("no namespace"),
    same("sha1"),
    same("sha384"),
    same("SHA512"),
    same("another key inside"),
    same("a header of a key"),
];

/// The fields of a signature, each as it stands in the block after the version.
fn fields(block: &str) -> Vec<Vec<u8>> {
    let inside: String = block.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = Base64::decode_vec(&inside).unwrap();
    let mut rest = &bytes[10..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        all.push(rest[4..4 + length].to_vec());
        rest = &rest[4 + length..];
    }
    all
}

fn block(version: u32, fields: &[Vec<u8>], more: &[u8]) -> String {
    let mut bytes = b"SSHSIG".to_vec();
    bytes.extend(version.to_be_bytes());
    for field in fields {
        bytes.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        bytes.extend(field);
    }
    bytes.extend(more);
    wrapped(&Base64::encode_string(&bytes), 70)
}

fn wrapped(base64: &str, width: usize) -> String {
    let lines: Vec<&str> =
        base64.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

/// The key, another key of the same kind, and the blocks that it signed.
pub(super) struct Signed {
    pub key: Key,
    pub other: Key,
    pub plain: String,
    pub by_other: String,
}

pub(super) fn envelope(signed: &Signed, way: &str) -> String {
    let plain = &signed.plain;
    let inside: String = plain.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut parts = fields(plain);
    let first = inside.get(..70).unwrap_or(&inside);
    match way {
        "plain" => plain.clone(),
        "crlf" => plain.replace('\n', "\r\n"),
        "no last line feed" => plain.trim_end().to_owned(),
        "more after the end" => format!("{plain}\n# more\n"),
        "a blank line inside" => plain.replacen(first, &format!("{first}\n"), 1),
        "a blank line before the end" => plain.replace("\n-----END", "\n\n-----END"),
        "a blank after the first line" => plain.replace("SIGNATURE-----\n", "SIGNATURE----- \n"),
        "a blank at the end of a line" => plain.replacen(first, &format!("{first} "), 1),
        "a blank at the start of a line" => plain.replacen(first, &format!(" {first}"), 1),
        "one long line" => wrapped(&inside, inside.len()),
        "lines of ten" => wrapped(&inside, 10),
        "no padding" => wrapped(inside.trim_end_matches('='), 70),
        "more padding" => wrapped(&format!("{inside}="), 70),
        "other letters in the header" => plain.replace("BEGIN SSH", "Begin SSH"),
        "a bit of the signature" => {
            let last = parts.last_mut().unwrap();
            let at = last.len() - 5;
            last[at] ^= 1;
            block(1, &parts, b"")
        }
        "a byte too many" => block(1, &parts, b"x"),
        "a byte too few" => {
            parts.last_mut().unwrap().pop();
            block(1, &parts, b"")
        }
        "version 0" => block(0, &parts, b""),
        "version 2" => block(2, &parts, b""),
        "another key inside" => {
            parts[0] = fields(&signed.by_other)[0].clone();
            block(1, &parts, b"")
        }
        "a header of a key" => plain.replace("SSH SIGNATURE", "OPENSSH PRIVATE KEY"),
        changed => {
            let (at, value): (usize, &[u8]) = match changed {
                "reserved" => (2, b"later"),
                "namespace of another" => (1, b"git"),
                "namespace with an end" => (1, b"portvakt@smerteregisteret\0"),
                "no namespace" => (1, b""),
                "sha1" => (3, b"sha1"),
                "sha384" => (3, b"sha384"),
                "SHA512" => (3, b"SHA512"),
                other => panic!("{other}"),
            };
            parts[at] = value.to_vec();
            block(1, &parts, b"")
        }
    }
}
