//! Tells what is wrong in a file of signatures.

use crate::diag::{Code, Finding, Place, text};
use crate::evidence::ArmourFault;
use crate::model::FilePath;

/// Makes the finding about a faulty signature file. The well-formed signatures in it still count.
pub fn fault_finding(path: &FilePath, fault: &ArmourFault) -> Finding {
    let place = match fault.line {
        0 => Place::file(path),
        line => Place { line, ..Place::span(path, &fault.text, 0, fault.text.len()) },
    };
    let way_out = match fault.line {
        0 => text!(
            en: "Sign again with `portvakt approve`, which begins the file anew; until then nothing in it counts.",
            nb: "Signer på nytt med `portvakt approve`, som begynner filen på nytt; inntil da teller ingenting i den."
        ),
        _ => text!(
            en: "Take the lines out, or sign again with `portvakt approve`; what is well formed in the file counts.",
            nb: "Ta bort linjene, eller signer på nytt med `portvakt approve`; det som er riktig i filen, teller."
        ),
    };
    Finding::new(Code::SignatureMalformed, fault.what.clone(), way_out).at(place)
}
