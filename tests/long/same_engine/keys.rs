//! Makes real keys and real signatures. They are Ed25519 signatures in the form that `ssh-keygen -Y sign` writes.
//! Another test compares the reading of such signatures with `ssh-keygen` itself.

use std::collections::HashMap;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha512};

pub const NAMESPACE: &str = "portvakt@smerteregisteret";

/// The number of keys.
pub const KEYS: usize = 32;

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
}

/// The keys, and the signatures that were made already.
pub struct Bench {
    keys: Vec<(SigningKey, Vec<u8>)>,
    signed: HashMap<(usize, String), String>,
}

impl Bench {
    pub fn new() -> Self {
        let key = |number: usize| {
            let key = SigningKey::from_bytes(&[u8::try_from(number).unwrap() + 1; 32]);
            let mut blob = Vec::new();
            put(&mut blob, b"ssh-ed25519");
            put(&mut blob, key.verifying_key().as_bytes());
            (key, blob)
        };
        Self { keys: (0..KEYS).map(key).collect(), signed: HashMap::new() }
    }

    /// Returns the line of a `.pub` file.
    pub fn public(&self, key: usize) -> String {
        format!("ssh-ed25519 {}", Base64::encode_string(&self.keys[key].1))
    }

    /// Returns the signature block for a text.
    pub fn sign(&mut self, key: usize, namespace: &str, text: &str) -> String {
        if self.signed.len() > 200_000 {
            self.signed.clear();
        }
        let keys = &self.keys;
        let sign = || {
            let (secret, blob) = &keys[key];
            let mut message = b"SSHSIG".to_vec();
            for part in [namespace.as_bytes(), b"", b"sha512", &Sha512::digest(text.as_bytes())] {
                put(&mut message, part);
            }
            let mut mark = Vec::new();
            put(&mut mark, b"ssh-ed25519");
            put(&mut mark, &secret.sign(&message).to_bytes());
            let mut block = b"SSHSIG".to_vec();
            block.extend(1_u32.to_be_bytes());
            for part in [&blob[..], namespace.as_bytes(), b"", b"sha512", &mark] {
                put(&mut block, part);
            }
            let text = Base64::encode_string(&block);
            let lines: Vec<&str> =
                text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
        };
        self.signed.entry((key, format!("{namespace}\n{text}"))).or_insert_with(sign).clone()
    }
}
