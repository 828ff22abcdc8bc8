//! Signature files and key lists as texts. The tests check what counts, which faults are reported and where, and the
//! message when there is no proof.

use jiff::civil::{Date, date};
use portvakt_core::diag::Lang;
use portvakt_core::evidence::{
    FileSignatures, LARGEST, Lack, MOST_BLOCKS, Missed, SignatureFile, Signers, sealed_by, signed_by,
};
use portvakt_core::model::{Digest, PersonId, release_statement};
use proptest::prelude::*;

use super::bench::{Bench, DAY, Key, NAMESPACE, ZONE, id};

mod key_lists;

fn signers(lines: &[(&str, &str, &Key)], revoked: &[&Key]) -> Signers {
    let allowed: String =
        lines.iter().map(|(person, options, key)| format!("{person} {options} {}\n", key.public)).collect();
    let revoked: String = revoked.iter().map(|key| format!("{}\n", key.public)).collect();
    Signers::parse(allowed.as_bytes(), revoked.as_bytes(), ZONE).unwrap()
}

/// The lines of the faults, each of them told in both languages.
fn lines(file: &SignatureFile) -> Vec<usize> {
    for fault in &file.faults {
        assert_ne!(fault.what.get(Lang::En), fault.what.get(Lang::Nb));
    }
    file.faults.iter().map(|fault| fault.line).collect()
}

#[test]
fn what_is_no_signature_is_a_fault_and_the_others_count() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let (one, two) = (bench.sign(&key, NAMESPACE, "one", &[]), bench.sign(&key, NAMESPACE, "two", &[]));
    let height = one.lines().count();

    let clean = format!("# signed\n\n{one}\n{two}# end\n");
    let file = SignatureFile::read(clean.as_bytes());
    assert_eq!((file.signatures.len(), file.faults.len()), (2, 0), "{:?}", file.faults);
    assert_eq!(file.signatures[0].line, 3);
    assert_eq!(file.signatures[0].text(), one);
    assert_eq!(file.signatures[0].key.as_str(), key.fingerprint);
    assert!(file.signatures[1].covers(b"two") && !file.signatures[1].covers(b"one"));
    // Line ends of another system, and a last line without one.
    let file = SignatureFile::read(clean.replace('\n', "\r\n").trim_end().as_bytes());
    assert_eq!((file.signatures.len(), file.faults.len()), (2, 0), "{:?}", file.faults);
    assert!(file.signatures[0].covers(b"one"));

    let dirty = format!("approved\n{one}{two}-----END SSH SIGNATURE-----\n");
    let file = SignatureFile::read(dirty.as_bytes());
    assert_eq!((file.signatures.len(), lines(&file)), (2, vec![1, 2 * height + 2]));
    // One that breaks off does not take the next one with it.
    let cut: String = one.lines().take(3).map(|line| format!("{line}\n")).collect();
    let file = SignatureFile::read(format!("{cut}{two}").as_bytes());
    assert_eq!((file.signatures.len(), lines(&file)), (1, vec![1]));
    assert!(file.signatures[0].covers(b"two"));
    for broken in [
        one.replacen("U1NI", "U1N!", 1),
        one.replacen("U1NI", "U1NJ", 1),
        one.replace("\n-----END", "\n\n-----END"),
        one.replace("-----END SSH SIGNATURE-----", "-----END PGP SIGNATURE-----"),
        one.replace("SSH SIGNATURE", "OPENSSH PRIVATE KEY"),
    ] {
        let file = SignatureFile::read(format!("{broken}{two}").as_bytes());
        assert_eq!((file.signatures.len(), file.faults[0].line), (1, 1), "{broken}");
    }
    let latin = [b"\xe6\n".as_slice(), one.as_bytes()].concat();
    let file = SignatureFile::read(&latin);
    assert_eq!((file.signatures.len(), lines(&file)), (1, vec![1]));
}

#[test]
fn a_character_that_a_program_put_in_and_another_encoding_are_named() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let (one, two) = (bench.sign(&key, NAMESPACE, "one", &[]), bench.sign(&key, NAMESPACE, "two", &[]));
    for (head, named) in [
        ("\u{feff}", "a byte order mark (U+FEFF)"),
        ("\u{feff}# signed\n", "a byte order mark (U+FEFF)"),
        ("\u{200b}by: kari.testesen\n", "a zero-width space (U+200B)"),
    ] {
        let file = SignatureFile::read(format!("{head}{one}{two}").as_bytes());
        assert_eq!(lines(&file), [1], "{head:?}: {:?}", file.faults);
        assert!(file.faults[0].what.en().contains(named), "{:?}", file.faults);
        assert!(file.signatures.iter().any(|signature| signature.covers(b"two")), "{head:?}");
        // A mark is not passed over: the block right behind it does not count.
        assert_eq!(file.signatures.len(), if head.ends_with('\n') { 2 } else { 1 }, "{head:?}");
    }
    // A block behind a mark that has no end does not take the next one with it.
    let cut: String = one.lines().take(3).map(|line| format!("{line}\n")).collect();
    let file = SignatureFile::read(format!("\u{feff}{cut}{two}").as_bytes());
    assert!(file.signatures.len() == 1 && file.signatures[0].covers(b"two"), "{:?}", file.faults);
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = format!("\u{feff}{one}").encode_utf16().flat_map(unit).collect();
        let file = SignatureFile::read(&bytes);
        assert_eq!((file.signatures.len(), lines(&file)), (0, vec![0]));
        assert!(file.faults[0].what.en().contains("UTF-16"), "{:?}", file.faults);
    }
}

#[test]
fn a_file_has_an_end() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let one = bench.sign(&key, NAMESPACE, "one", &[]);
    let many = one.repeat(MOST_BLOCKS + 2);
    let file = SignatureFile::read(many.as_bytes());
    assert_eq!((file.signatures.len(), file.faults.len()), (MOST_BLOCKS, 2));
    let mut large = one.clone();
    large.push_str(&"#\n".repeat(LARGEST / 2));
    let file = SignatureFile::read(large.as_bytes());
    assert_eq!((file.signatures.len(), lines(&file)), (0, vec![0]));
    large.truncate(LARGEST);
    assert_eq!(SignatureFile::read(large.as_bytes()).signatures.len(), 1);
}

#[test]
fn a_claim_stands_right_before_its_block() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let one = bench.sign(&key, NAMESPACE, "one", &[]);
    let file = SignatureFile::read(format!("# x\nby: kari.testesen\non: 2026-11-20\n{one}").as_bytes());
    let claim = file.signatures[0].claim.clone().unwrap();
    assert_eq!((claim.by, claim.on, file.faults.len()), (id("kari.testesen"), DAY, 0));
    assert_eq!(file.signatures[0].text(), format!("by: kari.testesen\non: 2026-11-20\n{one}"));
    for (before, fault) in [
        ("by: kari.testesen\n", 1),
        ("on: 2026-11-20\n", 1),
        ("on: 2026-11-20\nby: kari.testesen\n", 1),
        ("by: kari.testesen\n\non: 2026-11-20\n", 1),
        ("by: kari.testesen\non: 2026-11-20\n\n", 1),
        ("by: kari.testesen\non: 2026-11-20\n# so\n", 1),
        ("by: Kari\non: 2026-11-20\n", 1),
        ("by: kari.testesen\non: 20261120\n", 2),
        ("by: kari.testesen\non: 2026-11-31\n", 2),
        ("by: kari.testesen\non: 2026-11-20\nnote: x\n", 1),
    ] {
        let file = SignatureFile::read(format!("{before}{one}").as_bytes());
        assert_eq!(file.signatures.len(), 1, "{before}");
        assert_eq!(file.signatures[0].claim, None, "{before}");
        assert_eq!(lines(&file).first(), Some(&fault), "{before}");
    }
}

#[test]
fn the_most_telling_lack_is_told() {
    let bench = Bench::new();
    let names = ["own", "old", "lost", "theirs", "strange"];
    let [own, old, lost, theirs, strange] = names.map(|name| bench.ed25519(name));
    let signers = signers(
        &[
            ("kari.testesen", "", &own),
            ("kari.testesen", "valid-before=\"20261001\"", &old),
            ("kari.testesen", "", &lost),
            ("per.testesen", "", &theirs),
        ],
        &[&lost],
    );
    let statements = ["one\n".to_owned(), "two\n".to_owned()];
    let foreign = bench.sign(&own, "portvakt@other", "one\n", &[]);
    let stray = bench.sign(&own, NAMESPACE, "three\n", &[]);
    let second = bench.sign(&own, NAMESPACE, "two\n", &[]);
    let by = |key: &Key| bench.sign(key, NAMESPACE, "one\n", &[]);
    let told = |blocks: &[&str]| {
        let file = SignatureFile::read(blocks.concat().as_bytes());
        assert!(file.faults.is_empty());
        FileSignatures::of(&file.signatures, &statements).seek(
            &signers,
            &statements[0],
            NAMESPACE,
            &id("kari.testesen"),
            &[DAY],
        )
    };
    type IsIt = fn(&Lack) -> bool;
    // Each of these faults is reported before all earlier ones, in any order of the file.
    let mut before: Vec<String> = Vec::new();
    let steps: [(String, IsIt); 7] = [
        (second.clone(), |lack| *lack == Lack::Unsigned),
        (stray.clone(), |lack| matches!(lack, Lack::SignedSomethingElse { .. })),
        (foreign, |lack| matches!(lack, Lack::WrongNamespace { .. })),
        (by(&strange), |lack| matches!(lack, Lack::UnknownKey { .. })),
        (by(&theirs), |lack| matches!(lack, Lack::AnotherSigner { .. })),
        (by(&old), |lack| matches!(lack, Lack::OutsideValidity { .. })),
        (by(&lost), |lack| matches!(lack, Lack::RevokedKey { .. })),
    ];
    assert_eq!(told(&[]), Err(Lack::Unsigned));
    for (block, is_it) in steps {
        before.push(block);
        let mut order: Vec<&str> = before.iter().map(String::as_str).collect();
        assert!(told(&order).is_err_and(|lack| is_it(&lack)), "{order:?}");
        order.reverse();
        assert!(told(&order).is_err_and(|lack| is_it(&lack)), "{order:?}");
    }
    before.push(by(&own));
    let all: Vec<&str> = before.iter().map(String::as_str).collect();
    assert_eq!(told(&all).unwrap().key.as_str(), own.fingerprint);
    // The first signature for this register identifies the evidence, whoever owns the key.
    let file = SignatureFile::read(all.concat().as_bytes());
    let proofs = FileSignatures::of(&file.signatures, &statements);
    assert_eq!(proofs.sealed_by("one\n", NAMESPACE).unwrap().as_str(), strange.fingerprint);
    assert_eq!(sealed_by(&file.signatures, b"one\n", NAMESPACE).unwrap().as_str(), strange.fingerprint);
    assert_eq!(proofs.sealed_by("three\n", NAMESPACE), None);
    assert_eq!(proofs.stray().count(), 1);
}

#[test]
fn two_people_are_two_people() {
    let bench = Bench::new();
    let [first, spare, second, late] = ["a", "b", "c", "d"].map(|name| bench.ed25519(name));
    let signers = signers(
        &[
            ("kari.testesen", "", &first),
            ("kari.testesen", "", &spare),
            ("per.testesen", "", &second),
            ("ola.testesen", "valid-after=\"20261119\"", &late),
        ],
        &[],
    );
    let digest = Digest::of(b"held");
    let statement = |by: &PersonId, on: Date| release_statement("smerteregisteret", digest, by, on);
    let block = |key: &Key, by: &str, on: Date| {
        let text = bench.sign(key, NAMESPACE, &statement(&id(by), on), &[]);
        format!("by: {by}\non: {on}\n{text}")
    };
    let weigh = |text: &str| {
        let file = SignatureFile::read(text.as_bytes());
        assert!(file.faults.is_empty(), "{:?}", file.faults);
        signed_by(&file.signatures, statement, &signers, NAMESPACE, DAY, 7)
    };
    let lacks = |missed: Vec<Missed>| missed.into_iter().map(|missed| missed.lack).collect::<Vec<_>>();

    let good = format!(
        "{}{}{}",
        block(&first, "kari.testesen", DAY),
        block(&spare, "kari.testesen", date(2026, 11, 19)),
        block(&second, "per.testesen", date(2026, 11, 13))
    );
    let signed = weigh(&good);
    let people: Vec<_> =
        signed.people.iter().map(|(who, (on, sealed))| (who.as_str(), *on, sealed.key.as_str())).collect();
    assert_eq!(
        people,
        [
            ("kari.testesen", DAY, first.fingerprint.as_str()),
            ("per.testesen", date(2026, 11, 13), second.fingerprint.as_str())
        ]
    );
    assert!(signed.missed.is_empty());

    let on = date(2026, 11, 12);
    let signed = weigh(&block(&second, "per.testesen", on));
    assert!(signed.people.is_empty());
    assert_eq!(lacks(signed.missed), [Lack::TooOld { on, most_days: 7 }]);
    let on = date(2026, 11, 21);
    assert_eq!(lacks(weigh(&block(&second, "per.testesen", on)).missed), [Lack::InFuture { on }]);
    // The name of another, the day of another, a key that did not count on the day it signed, no claim at all.
    let lack = lacks(weigh(&block(&first, "per.testesen", DAY)).missed);
    assert!(matches!(&lack[..], [Lack::AnotherSigner { named, .. }] if *named == id("per.testesen")));
    let dated = block(&second, "per.testesen", DAY);
    let lack = lacks(weigh(&dated.replace("on: 2026-11-20", "on: 2026-11-19")).missed);
    assert!(matches!(&lack[..], [Lack::SignedSomethingElse { .. }]), "{lack:?}");
    let lack = lacks(weigh(&dated.replace("by: per", "by: kari")).missed);
    assert!(matches!(&lack[..], [Lack::SignedSomethingElse { .. }]), "{lack:?}");
    let lack = lacks(weigh(&block(&late, "ola.testesen", date(2026, 11, 18))).missed);
    assert!(matches!(&lack[..], [Lack::OutsideValidity { day, .. }] if *day == date(2026, 11, 18)));
    let bare: String = dated.lines().skip(2).map(|line| format!("{line}\n")).collect();
    assert!(matches!(&lacks(weigh(&bare).missed)[..], [Lack::Unclaimed { .. }]));
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"-----BEGIN SSH SIGNATURE-----\n".to_vec()),
        Just(b"-----END SSH SIGNATURE-----\n".to_vec()),
        Just(b"U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg\n".to_vec()),
        Just(b"by: kari.testesen\n".to_vec()),
        Just(b"on: 2026-11-20\n".to_vec()),
        Just(b"kari.testesen valid-after=\"2026".to_vec()),
        Just(b"namespaces=\"".to_vec()),
        Just(b",".to_vec()),
        Just(b" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI".to_vec()),
        Just(b"\r\n".to_vec()),
        "[ -~æøå\t]{0,20}\n".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in pieces()) {
        let file = SignatureFile::read(&bytes);
        prop_assert!(file.signatures.is_empty());
        drop(Signers::parse(&bytes, &bytes, ZONE));
    }

    #[test]
    fn no_envelope_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
        use base64ct::Encoding as _;
        let mut envelope = b"SSHSIG\0\0\0\x01\0\0\0\x33\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
        let at = at.min(envelope.len());
        envelope.truncate(at);
        envelope.extend(bytes);
        let text = base64ct::Base64::encode_string(&envelope);
        let block = format!("-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n");
        let file = SignatureFile::read(block.as_bytes());
        for signature in &file.signatures {
            prop_assert!(!signature.covers(b"x"));
        }
    }
}
