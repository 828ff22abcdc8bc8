//! Hardware-backed keys, and signatures that no normal program would write. They are made by hand, and OpenSSH checks
//! them too.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256, Sha512};

use super::bench::{Bench, Case, MESSAGE, NAMESPACE, Refused, case as asked};

const APPLICATION: &str = "ssh:";

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
}

fn strings(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    fields.iter().for_each(|field| put(&mut out, field));
    out
}

/// The fields of an SSHSIG block, which can have any value.
#[derive(Clone)]
struct Envelope {
    version: u32,
    key: Vec<u8>,
    namespace: Vec<u8>,
    reserved: Vec<u8>,
    hash: Vec<u8>,
    mark: Vec<u8>,
    after: Vec<u8>,
}

impl Envelope {
    fn block(&self) -> String {
        let mut bytes = b"SSHSIG".to_vec();
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(strings(&[&self.key, &self.namespace, &self.reserved, &self.hash, &self.mark]));
        bytes.extend(&self.after);
        let text = Base64::encode_string(&bytes);
        let lines: Vec<&str> =
            text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
    }
}

/// Returns the bytes that are signed for a message, with SHA-512.
fn signed() -> Vec<u8> {
    let digest = Sha512::digest(MESSAGE.as_bytes());
    let mut out = b"SSHSIG".to_vec();
    out.extend(strings(&[NAMESPACE.as_bytes(), b"", b"sha512", &digest]));
    out
}

/// Returns the bytes that the hardware signs in place of those.
fn told(flags: u8, counter: u32) -> Vec<u8> {
    let mut out = Sha256::digest(APPLICATION.as_bytes()).to_vec();
    out.push(flags);
    out.extend(counter.to_be_bytes());
    out.extend(Sha256::digest(signed()));
    out
}

fn envelope(key: Vec<u8>, mark: Vec<u8>) -> Envelope {
    Envelope {
        version: 1,
        key,
        namespace: NAMESPACE.as_bytes().to_vec(),
        reserved: Vec::new(),
        hash: b"sha512".to_vec(),
        mark,
        after: Vec::new(),
    }
}

fn sk_ed25519(flags: u8) -> Envelope {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let name = b"sk-ssh-ed25519@openssh.com";
    let key = strings(&[name, secret.verifying_key().as_bytes(), APPLICATION.as_bytes()]);
    let mut mark = strings(&[name, &secret.sign(&told(flags, 9)).to_bytes()]);
    mark.push(flags);
    mark.extend(9u32.to_be_bytes());
    envelope(key, mark)
}

fn sk_ecdsa(flags: u8) -> Envelope {
    let secret = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let name = b"sk-ecdsa-sha2-nistp256@openssh.com";
    let point = secret.verifying_key().to_sec1_point(false);
    let key = strings(&[name, b"nistp256", point.as_bytes(), APPLICATION.as_bytes()]);
    let signature: p256::ecdsa::Signature = secret.sign(&told(flags, 9));
    let bytes = signature.to_bytes();
    let halves: Vec<Vec<u8>> = bytes
        .chunks(32)
        .map(|half| ssh_key::Mpint::from_positive_bytes(half).unwrap().as_bytes().to_vec())
        .collect();
    let mut mark = strings(&[name, &strings(&[&halves[0], &halves[1]])]);
    mark.push(flags);
    mark.extend(9u32.to_be_bytes());
    envelope(key, mark)
}

fn ed25519() -> Envelope {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let key = strings(&[b"ssh-ed25519", secret.verifying_key().as_bytes()]);
    let mark = strings(&[b"ssh-ed25519", &secret.sign(&signed()).to_bytes()]);
    envelope(key, mark)
}

fn allowed(envelope: &Envelope) -> String {
    let length = u32::from_be_bytes(envelope.key[..4].try_into().unwrap()) as usize;
    let name = std::str::from_utf8(&envelope.key[4..4 + length]).unwrap();
    format!("kari.testesen {name} {}\n", Base64::encode_string(&envelope.key))
}

#[test]
fn hardware_backed_keys_are_verified_as_openssh_does_and_must_have_been_touched() {
    let bench = Bench::new();
    for make in [sk_ed25519, sk_ecdsa] {
        // Touched, and with a PIN besides.
        for flags in [1, 5] {
            let made = make(flags);
            let (allowed, block) = (allowed(&made), made.block());
            let good = asked(&allowed, &block);
            assert!(bench.openssh_accepts(&good));
            good.ours().unwrap();
            let other = Case { message: "something else\n", ..good };
            assert!(!bench.openssh_accepts(&other));
            assert!(matches!(other.ours(), Err(Refused::Lack(_))));
        }
        // OpenSSH leaves it to its caller whether somebody was there.
        let absent = make(0);
        let (list, block) = (allowed(&absent), absent.block());
        assert!(bench.openssh_accepts(&asked(&list, &block)));
        assert!(matches!(asked(&list, &block).ours(), Err(Refused::Lack(_))));
        // The flag is part of the signed bytes.
        let mut claimed = make(0);
        let at = claimed.mark.len() - 5;
        claimed.mark[at] = 1;
        let block = claimed.block();
        assert!(!bench.openssh_accepts(&asked(&list, &block)));
        assert!(matches!(asked(&list, &block).ours(), Err(Refused::Lack(_))));
    }
}

#[test]
fn an_envelope_that_is_not_exactly_one_is_refused() {
    let bench = Bench::new();
    let good = ed25519();
    let list = allowed(&good);
    let block = good.block();
    assert!(bench.openssh_accepts(&asked(&list, &block)));
    asked(&list, &block).ours().unwrap();

    let longer_key = [good.key.clone(), vec![0]].concat();
    let longer_mark = [good.mark.clone(), vec![0]].concat();
    let long_s = {
        // The scalar is S + L, which is the same signature in other bytes.
        const L: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut mark = good.mark.clone();
        let start = mark.len() - 32;
        let mut carry = 0u16;
        for (byte, more) in mark[start..].iter_mut().zip(L) {
            carry += u16::from(*byte) + u16::from(more);
            *byte = (carry & 255) as u8;
            carry >>= 8;
        }
        mark
    };
    let bad = [
        ("a later version", Envelope { version: 2, ..good.clone() }),
        ("something after", Envelope { after: vec![0], ..good.clone() }),
        ("a digest by name only", Envelope { hash: b"sha1".to_vec(), ..good.clone() }),
        ("no digest", Envelope { hash: Vec::new(), ..good.clone() }),
        ("no namespace", Envelope { namespace: Vec::new(), ..good.clone() }),
        ("another digest than signed", Envelope { hash: b"sha256".to_vec(), ..good.clone() }),
        ("another namespace than signed", Envelope { namespace: b"file".to_vec(), ..good.clone() }),
        ("a key with something after", Envelope { key: longer_key, ..good.clone() }),
        ("a mark with something after", Envelope { mark: longer_mark, ..good.clone() }),
        ("no key", Envelope { key: Vec::new(), ..good.clone() }),
        ("no mark", Envelope { mark: Vec::new(), ..good.clone() }),
    ];
    for (what, envelope) in bad {
        let block = envelope.block();
        let case = asked(&list, &block);
        assert!(!bench.openssh_accepts(&case), "{what}: ssh-keygen accepts");
        assert!(case.ours().is_err(), "{what}");
    }
    // This program is stricter on purpose. There is one version, nobody knows the later meaning of its reserved field,
    // and a signature has one form (RFC 8032, section 5.1.7).
    let told = |envelope: Envelope| {
        let block = envelope.block();
        assert!(bench.openssh_accepts(&asked(&list, &block)), "ssh-keygen refuses as well");
        asked(&list, &block).ours().unwrap_err()
    };
    let version = told(Envelope { version: 0, ..good.clone() });
    assert!(matches!(&version, Refused::Block(told) if told.contains("version 0")), "{version:?}");
    let reserved = told(Envelope { reserved: b"x".to_vec(), ..good.clone() });
    assert!(matches!(&reserved, Refused::Block(told) if told.contains("reserved")), "{reserved:?}");
    let another_form = told(Envelope { mark: long_s, ..good.clone() });
    assert!(matches!(another_form, Refused::Lack(_)), "{another_form:?}");
}

#[test]
fn rsa_signs_with_sha2_or_not_at_all() {
    let bench = Bench::new();
    let key = bench.key("rsa", &["-t", "rsa", "-b", "2048"]);
    let list = format!("kari.testesen {}\n", key.public);
    let block = bench.sign(&key, NAMESPACE, MESSAGE, &[]);
    asked(&list, &block).ours().unwrap();
    let text: String = block.lines().filter(|line| !line.starts_with('-')).collect();
    let bytes = Base64::decode_vec(&text).unwrap();
    let at = |needle: &[u8]| bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    let named = at(b"rsa-sha2-512");
    let mark = bytes[named + 12 + 4..].to_vec();
    let key_length = u32::from_be_bytes(bytes[10..14].try_into().unwrap()) as usize;
    for name in ["ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"] {
        let made = envelope(bytes[14..14 + key_length].to_vec(), strings(&[name.as_bytes(), &mark]));
        let block = made.block();
        let case = asked(&list, &block);
        let right = name == "rsa-sha2-512";
        assert_eq!((bench.openssh_accepts(&case), case.ours().is_ok()), (right, right), "{name}");
    }
    // This program is stricter on purpose. With another name the same key has another fingerprint, which no list knows.
    let rest = &bytes[14 + 4 + "ssh-rsa".len()..14 + key_length];
    for name in ["rsa-sha2-512", "rsa-sha2-256"] {
        let renamed = [strings(&[name.as_bytes()]), rest.to_vec()].concat();
        let block = envelope(renamed.clone(), strings(&[b"rsa-sha2-512", &mark])).block();
        assert!(bench.openssh_accepts(&asked(&list, &block)), "{name}: ssh-keygen refuses as well");
        assert!(matches!(asked(&list, &block).ours(), Err(Refused::Block(_))), "{name}");
        let line = format!("{name} {}", Base64::encode_string(&renamed));
        assert!(portvakt_core::evidence::PublicKey::from_line(&line).is_err(), "{name}");
    }
}
