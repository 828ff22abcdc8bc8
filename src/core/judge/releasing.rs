//! Tells how something held is released. The register asks either for signatures, or for names given on the host.

use crate::diag::{Text, text};
use crate::model::{Digest, Evidence, Register};

/// The commands that two national administrators use to release this digest.
#[must_use]
pub fn how_to_release(register: &Register, digest: &Digest) -> Text {
    match register.evidence {
        Evidence::Declared => Text::same(format!("`portvakt release {digest} --by A --by B`")),
        Evidence::Signature | Evidence::Forge(_) => text!(
            en: "each signs with `portvakt approve --release {digest} --key KEY --out NAME.sig`, then `portvakt release {digest} --signatures NAME.sig --signatures OTHER.sig`",
            nb: "hver signerer med `portvakt approve --release {digest} --key NØKKEL --out NAVN.sig`, deretter `portvakt release {digest} --signatures NAVN.sig --signatures ANNEN.sig`"
        ),
    }
}
