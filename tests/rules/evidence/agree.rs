//! `ssh-keygen -Y verify` and this program agree. If this program is stricter on purpose, the case says so.

use jiff::civil::date;
use portvakt_core::evidence::{Lack, Only};

use super::bench::{Bench, Case, Key, MESSAGE, NAMESPACE, Refused, case, id};

#[track_caller]
fn both_accept(bench: &Bench, case: Case<'_>, key: &Key) {
    assert!(bench.openssh_accepts(&case), "ssh-keygen refuses");
    assert_eq!(case.ours().unwrap().key.as_str(), key.fingerprint);
}

#[track_caller]
fn both_refuse(bench: &Bench, case: Case<'_>) -> Lack {
    assert!(!bench.openssh_accepts(&case), "ssh-keygen accepts");
    match case.ours() {
        Err(Refused::Lack(lack)) => lack,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn only_we_refuse(bench: &Bench, case: Case<'_>) -> Refused {
    assert!(bench.openssh_accepts(&case), "ssh-keygen refuses as well");
    case.ours().unwrap_err()
}

fn line(person: &str, options: &str, key: &Key) -> String {
    let gap = if options.is_empty() { "" } else { " " };
    format!("{person} {options}{gap}{}\n", key.public)
}

#[test]
fn every_type_of_key_is_verified_as_openssh_does() {
    let bench = Bench::new();
    let kinds: [(&str, &[&str]); 6] = [
        ("ed25519", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa2048", &["-t", "rsa", "-b", "2048"]),
        ("rsa3072", &["-t", "rsa", "-b", "3072"]),
    ];
    for (name, options) in kinds {
        let key = bench.key(name, options);
        let allowed = line("kari.testesen", "", &key);
        for hash in ["sha512", "sha256"] {
            let block = bench.sign(&key, NAMESPACE, MESSAGE, &["-O", &format!("hashalg={hash}")]);
            let good = case(&allowed, &block);
            both_accept(&bench, good, &key);
            let other = Case { message: "something else\n", ..good };
            assert!(matches!(both_refuse(&bench, other), Lack::SignedSomethingElse { .. }), "{name}");
            let other = Case { message: "", ..good };
            assert!(matches!(both_refuse(&bench, other), Lack::SignedSomethingElse { .. }), "{name}");
            // One bit of the signature itself is changed, in the last line of the armour.
            let lines: Vec<&str> = block.lines().collect();
            let (at, mut last) = (lines.len() - 3, lines[lines.len() - 3].to_owned());
            let swapped = if last.starts_with('A') { "B" } else { "A" };
            last.replace_range(0..1, swapped);
            let broken = block.replace(lines[at], &last);
            let broken = Case { block: &broken, ..good };
            assert!(!bench.openssh_accepts(&broken), "{name}");
            broken.ours().unwrap_err();
        }
    }
}

#[test]
fn whose_key_for_what_and_when_is_judged_as_openssh_does() {
    let bench = Bench::new();
    let (key, other) = (bench.ed25519("own"), bench.ed25519("other"));
    let block = bench.sign(&key, NAMESPACE, MESSAGE, &[]);
    let allowed = |options: &str| line("kari.testesen", options, &key);

    // These cases vary the namespace of the signature, and that of the key.
    let plain = allowed("");
    both_accept(&bench, case(&plain, &block), &key);
    let foreign = bench.sign(&key, "portvakt@hjerteregisteret", MESSAGE, &[]);
    let lack = both_refuse(&bench, case(&plain, &foreign));
    assert!(
        matches!(lack, Lack::WrongNamespace { only: Only::Signature(made), .. } if made.contains("hjerte"))
    );
    let limited = allowed("namespaces=\"file,git\"");
    let lack = both_refuse(&bench, case(&limited, &block));
    assert!(matches!(lack, Lack::WrongNamespace { only: Only::Key(only), .. } if only == ["file", "git"]));
    both_accept(&bench, case(&allowed(&format!("namespaces=\"file,{NAMESPACE}\"")), &block), &key);

    // These cases vary the owner of the key.
    let unknown = line("kari.testesen", "", &other);
    assert!(matches!(both_refuse(&bench, case(&unknown, &block)), Lack::UnknownKey { .. }));
    let two = format!("{}{}", line("per.testesen", "", &key), line("kari.testesen", "", &other));
    let lack = both_refuse(&bench, case(&two, &block));
    assert!(matches!(lack, Lack::AnotherSigner { owner, .. } if owner == id("per.testesen")));
    both_accept(&bench, Case { by: "per.testesen", ..case(&two, &block) }, &key);
    both_accept(&bench, case(&format!("# keys\n\n  \t# more\n{unknown}{plain}"), &block), &key);
    let empty = both_refuse(&bench, case("# nobody\n", &block));
    assert!(matches!(empty, Lack::UnknownKey { .. }));

    // The key is revoked.
    let gone = format!("# lost\n\n{}\n", key.public);
    let lack = both_refuse(&bench, Case { revoked: &gone, ..case(&plain, &block) });
    assert!(matches!(lack, Lack::RevokedKey { owner: Some(owner), .. } if owner == id("kari.testesen")));
    both_accept(&bench, Case { revoked: &format!("{}\n", other.public), ..case(&plain, &block) }, &key);
}

#[test]
fn a_key_counts_on_the_days_openssh_counts_it_at_noon() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let block = bench.sign(&key, NAMESPACE, MESSAGE, &[]);
    let days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)];
    let table = [
        ("valid-after=\"20261120\"", [false, true, true]),
        ("valid-after=\"20261121\"", [false, false, true]),
        ("valid-after=\"202611200900\"", [false, true, true]),
        ("valid-after=\"20261120090059\"", [false, true, true]),
        ("valid-after=\"20261119223000Z\"", [false, true, true]),
        ("valid-after=\"20261119233000Z\"", [false, true, true]),
        ("valid-before=\"20261121\"", [true, true, false]),
        ("valid-before=\"20261120\"", [true, false, false]),
        ("valid-before=\"20261120235959\"", [true, true, false]),
        ("valid-after=\"20261120\",valid-before=\"20261121\"", [false, true, false]),
        ("valid-before=\"20261121\",namespaces=\"portvakt@smerteregisteret\"", [true, true, false]),
    ];
    for (options, counts) in table {
        let allowed = line("kari.testesen", options, &key);
        for (day, counts) in days.iter().zip(counts) {
            let asked = Case { day: *day, ..case(&allowed, &block) };
            // Late in the evening before, it has begun for us and not for OpenSSH's noon, and the other way round.
            if options == "valid-after=\"20261119223000Z\"" && *day == days[0] {
                assert!(!bench.openssh_accepts(&asked));
                asked.ours().unwrap();
                continue;
            }
            assert_eq!(bench.openssh_accepts(&asked), counts, "ssh-keygen: {options} on {day}");
            match asked.ours() {
                Ok(_) => assert!(counts, "{options} on {day}"),
                Err(Refused::Lack(Lack::OutsideValidity { day: told, .. })) => {
                    assert!(!counts && told == *day, "{options} on {day}");
                }
                other => panic!("{options} on {day}: {other:?}"),
            }
        }
    }
    // Two lines with the same key: either may cover the day.
    let two = [("valid-before=\"20251231\""), ("valid-after=\"20261101\"")]
        .map(|options| line("kari.testesen", options, &key))
        .concat();
    both_accept(&bench, case(&two, &block), &key);
    both_refuse(&bench, Case { day: date(2026, 6, 1), ..case(&two, &block) });
}

#[test]
fn what_openssh_accepts_and_this_program_refuses_on_purpose() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let block = bench.sign(&key, NAMESPACE, MESSAGE, &[]);
    let line = |text: &str| format!("{text} {}\n", key.public);
    // Lines that give one key to more than one person.
    for start in [
        "kari.testesen,per.testesen",
        "*",
        "kari.*",
        "kari.testese?",
        "!per.testesen,kari.testesen",
        "\"kari.testesen\"",
        "kari.testesen namespaces=\"portvakt@*\"",
        "kari.testesen namespaces=\"!git,portvakt@smerteregisteret\"",
        "kari.testesen NAMESPACES=\"portvakt@smerteregisteret\"",
    ] {
        let refused = only_we_refuse(&bench, case(&line(start), &block));
        assert!(matches!(refused, Refused::Signers(_)), "{start}: {refused:?}");
    }
    let shared = format!("{}{}", line("kari.testesen"), line("per.testesen"));
    assert!(matches!(only_we_refuse(&bench, case(&shared, &block)), Refused::Signers(_)));
    // A revocation list may have a broken line. A typo in it would leave a key in use, so neither program ignores it.
    let plain = line("kari.testesen");
    let typo = Case { revoked: "ssh-ed25519 AAAA\n", ..case(&plain, &block) };
    assert!(!bench.openssh_accepts(&typo));
    assert!(matches!(typo.ours().unwrap_err(), Refused::Signers(_)));
    // A key that ends during the day: it must last through the whole of it.
    let ends = line("kari.testesen valid-before=\"202611201800\"");
    let refused = only_we_refuse(&bench, case(&ends, &block));
    assert!(matches!(refused, Refused::Lack(Lack::OutsideValidity { .. })), "{refused:?}");
    // RSA below 2048 bits.
    let weak = bench.key("weak", &["-t", "rsa", "-b", "1024"]);
    let allowed = format!("kari.testesen {}\n", weak.public);
    let signed = bench.sign(&weak, NAMESPACE, MESSAGE, &[]);
    assert!(matches!(only_we_refuse(&bench, case(&allowed, &signed)), Refused::Signers(_)));
    // The key is a certificate, or the authority that made it.
    let authority = bench.ed25519("authority");
    super::bench::run(
        std::process::Command::new("ssh-keygen")
            .args(["-q", "-I", "test", "-n", "kari.testesen", "-s"])
            .arg(&authority.file)
            .arg(key.file.with_extension("pub")),
    );
    let certificate = Key { file: bench.path("own-cert.pub"), ..key.clone() };
    let signed = bench.sign(&certificate, NAMESPACE, MESSAGE, &[]);
    let allowed = format!("kari.testesen cert-authority {}\n", authority.public);
    let refused = only_we_refuse(&bench, case(&allowed, &signed));
    assert!(matches!(&refused, Refused::Signers(told) if told.contains("cert-authority")), "{refused:?}");
    let refused = case(&line("kari.testesen"), &signed).ours().unwrap_err();
    assert!(
        matches!(&refused, Refused::Block(told) if told.contains("-cert-v01@openssh.com")),
        "{refused:?}"
    );
}
