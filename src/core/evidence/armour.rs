//! Reads the text of a signature file. It has blocks one after another, each with the signer's claim right before it,
//! if there is one.
//!
//! ```text
//! # comments and blank lines as one likes
//! by: kari.testesen
//! on: 2026-11-20
//! -----BEGIN SSH SIGNATURE-----
//! U1NIU0lH…
//! -----END SSH SIGNATURE-----
//! ```
//!
//! Anything else is a fault and is reported with its line. The well-formed blocks still count, so a stray line takes
//! nobody's approval away. Reading never panics, no matter what the bytes are.

use base64ct::{Base64, Encoding as _};
use jiff::civil::Date;

use super::claim::Claim;
use super::signature::Signature;
use crate::characters::{as_typed, is_utf16, put_in_here};
use crate::diag::{Text, text};
use crate::model::PersonId;

/// The largest signature file that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// The most blocks of one file that count.
pub const MOST_BLOCKS: usize = 64;
/// The largest signature file beside a list of a trust that is read, in bytes. Such a list grows for many years.
pub const LARGEST_OF_A_LIST: usize = 1024 * 1024;
/// The most blocks of such a file that count.
const MOST_BLOCKS_OF_A_LIST: usize = 1_000;

/// The most lines of a block that are passed over, if its first line is not right. The longest real block is shorter.
const MOST_LINES: usize = 256;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
/// The last line of a signature, as OpenSSH writes it.
pub const SIGNATURE_END: &str = "-----END SSH SIGNATURE-----";

/// Something in a signature file that is not a signature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArmourFault {
    /// The number of the line, counted from 1. It is 0 if the fault is about the whole file.
    pub line: usize,
    /// The text of the line. It is empty if the line is no text.
    pub text: String,
    /// The description of the fault, one sentence without its full stop.
    pub what: Text,
}

/// The contents of a signature file, as far as it could be read.
#[derive(Debug, Clone, Default)]
pub struct SignatureFile {
    /// The well-formed signatures, in the order of the file.
    pub signatures: Vec<Signature>,
    /// The faults of the file, in the order of the lines.
    pub faults: Vec<ArmourFault>,
}

impl SignatureFile {
    /// Reads a signature file; an empty one holds nothing.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        Self::within(bytes, LARGEST, MOST_BLOCKS)
    }

    /// Reads the signature file beside a list of a trust, which may hold many more signatures.
    #[must_use]
    pub fn read_of_a_list(bytes: &[u8]) -> Self {
        Self::within(bytes, LARGEST_OF_A_LIST, MOST_BLOCKS_OF_A_LIST)
    }

    fn within(bytes: &[u8], largest: usize, most: usize) -> Self {
        let mut file = Self::default();
        if bytes.len() > largest {
            file.fault(
                0,
                text!(
                    en: "the file has more than {largest} bytes, and none of it is read",
                    nb: "filen er på mer enn {largest} byte, og ingenting av den leses"
                ),
            );
            return file;
        }
        if is_utf16(bytes) {
            file.fault(
                0,
                text!(
                    en: "the file is saved as UTF-16, and none of it is read; save it as UTF-8",
                    nb: "filen er lagret som UTF-16, og ingenting av den leses; lagre den som UTF-8"
                ),
            );
            return file;
        }
        let mut reading = SignatureReading { file, by: None, on: None, blocks: 0, most };
        let lines: Vec<Option<&str>> = bytes
            .split(|byte| *byte == b'\n')
            .map(|line| std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok())
            .collect();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            match line {
                Some(BEGIN) => at += reading.block(at, lines.get(at..).unwrap_or_default()),
                Some(line) => {
                    reading.outside(at, line);
                    if as_typed(line).trim_start() == BEGIN {
                        // The block below is not read, so its lines are no faults of their own.
                        let below = lines.get(at..).unwrap_or_default().iter().take(MOST_LINES);
                        let mut block = below.take_while(|line| **line != Some(BEGIN));
                        at += block.position(|line| *line == Some(SIGNATURE_END)).map_or(0, |end| end + 1);
                    }
                }
                None => reading
                    .stray(at, text!(en: "the line is no UTF-8 text", nb: "linjen er ikke UTF-8-tekst")),
            }
        }
        reading.unclaimed();
        let mut file = reading.file;
        for fault in &mut file.faults {
            let text = fault.line.checked_sub(1).and_then(|at| lines.get(at).copied().flatten());
            text.unwrap_or_default().clone_into(&mut fault.text);
        }
        file
    }

    fn fault(&mut self, line: usize, what: Text) {
        self.faults.push(ArmourFault { line, text: String::new(), what });
    }
}

struct SignatureReading {
    file: SignatureFile,
    by: Option<(usize, Option<PersonId>)>,
    on: Option<(usize, Option<Date>)>,
    blocks: usize,
    /// The most blocks that count.
    most: usize,
}

impl SignatureReading {
    /// Reads a line outside the blocks.
    fn outside(&mut self, number: usize, line: &str) {
        if let Some(value) = line.strip_prefix("by:") {
            self.unclaimed();
            let by = PersonId::new(value.trim()).ok();
            if by.is_none() {
                let what = text!(en: "`by:` names no person's id", nb: "`by:` oppgir ingen persons id");
                self.file.fault(number, what);
            }
            self.by = Some((number, by));
        } else if let Some(value) = line.strip_prefix("on:")
            && self.by.is_some()
            && self.on.is_none()
        {
            let on = day(value.trim());
            if on.is_none() {
                let what = text!(
                    en: "`on:` is no date such as `2026-01-31`",
                    nb: "`on:` er ingen dato, slik som `2026-01-31`"
                );
                self.file.fault(number, what);
            }
            self.on = Some((number, on));
        } else if line.trim().is_empty() || line.starts_with('#') {
            self.unclaimed();
        } else {
            let what = if let Some(here) = put_in_before(line) {
                here
            } else if line.starts_with("-----") {
                text!(
                    en: "this is no line of a block of an SSH signature",
                    nb: "dette er ingen linje i en SSH-signatur"
                )
            } else {
                text!(
                    en: "only signatures, comments (`#`), and `by:` and `on:` right before a signature stand in this file",
                    nb: "i denne filen står bare signaturer, kommentarer (`#`), og `by:` og `on:` rett foran en signatur"
                )
            };
            self.stray(number, what);
        }
    }

    fn stray(&mut self, number: usize, what: Text) {
        self.unclaimed();
        self.file.fault(number, what);
    }

    /// Reports a claim that no block follows.
    fn unclaimed(&mut self) {
        if let Some((number, _)) = self.by.take() {
            self.on = None;
            let what = text!(
                en: "`by:` and `on:` stand in this order right before a signature",
                nb: "`by:` og `on:` står i denne rekkefølgen rett foran en signatur"
            );
            self.file.fault(number, what);
        }
    }

    /// The claim before a block. A claim that is incomplete or unreadable counts as none.
    fn claim(&mut self) -> Option<Claim> {
        match (self.by.take(), self.on.take()) {
            (Some((_, Some(by))), Some((_, Some(on)))) => Some(Claim { by, on }),
            (Some((number, _)), None) => {
                let what = text!(
                    en: "`by:` stands without `on:` before a signature",
                    nb: "`by:` står uten `on:` foran en signatur"
                );
                self.file.fault(number, what);
                None
            }
            _ => None,
        }
    }

    /// Reads the lines below the beginning of a block. Returns the number of lines that belong to it.
    fn block(&mut self, begin: usize, lines: &[Option<&str>]) -> usize {
        let claim = self.claim();
        let mut inside = String::new();
        let mut block = format!("{BEGIN}\n");
        for (at, line) in lines.iter().enumerate() {
            match line {
                Some(SIGNATURE_END) => {
                    block.push_str(SIGNATURE_END);
                    block.push('\n');
                    self.end(begin, claim, &inside, &block);
                    return at + 1;
                }
                Some(line) if !line.is_empty() && !line.starts_with('-') => {
                    block.push_str(line);
                    block.push('\n');
                    inside.push_str(line);
                }
                // A line that is not part of this block may begin another one.
                _ => {
                    self.file.fault(begin, unended());
                    return at;
                }
            }
        }
        self.file.fault(begin, unended());
        lines.len()
    }

    fn end(&mut self, begin: usize, claim: Option<Claim>, inside: &str, block: &str) {
        self.blocks += 1;
        let most = self.most;
        if self.blocks > most {
            let what = text!(
                en: "more than {most} signatures; this one is not read",
                nb: "mer enn {most} signaturer; denne leses ikke"
            );
            self.file.fault(begin, what);
            return;
        }
        let Ok(bytes) = Base64::decode_vec(inside) else {
            let what = text!(
                en: "the signature that begins here is damaged: it is no base64",
                nb: "signaturen som begynner her, er skadet: den er ikke base64"
            );
            self.file.fault(begin, what);
            return;
        };
        match Signature::read(&bytes, claim, begin, block) {
            Ok(signature) => self.file.signatures.push(signature),
            Err(why) => {
                let why = why.words();
                let what = text!(
                    with why;
                    en: "the signature that begins here does not count: {why}",
                    nb: "signaturen som begynner her, teller ikke: {why}"
                );
                self.file.fault(begin, what);
            }
        }
    }
}

fn unended() -> Text {
    text!(
        en: "the signature that begins here does not come to its end",
        nb: "signaturen som begynner her, har ingen slutt"
    )
}

/// Returns the words about a character that a program put into a line of the right form, such as a byte order mark. People
/// see the line as if it were right.
fn put_in_before(line: &str) -> Option<Text> {
    let typed = as_typed(line);
    let forms = ["by:", "on:", "#", "-----BEGIN", "-----END"];
    forms.iter().any(|form| typed.trim_start().starts_with(form)).then(|| put_in_here(line)).flatten()
}

/// Reads a day. Only the form `2026-01-31` is accepted.
fn day(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}
