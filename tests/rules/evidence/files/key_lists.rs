//! Lists of keys with a fault. Such a list counts for nothing, and the line is named with what to write there.

use portvakt_core::diag::Lang;
use portvakt_core::evidence::Signers;

use crate::evidence::bench::{Bench, ZONE};

#[test]
fn a_list_of_keys_with_a_fault_is_no_list_and_the_line_is_named() {
    let bench = Bench::new();
    let key = bench.ed25519("own");
    let good = format!("kari.testesen {}\n", key.public);
    let with = |options: &str| format!("kari.testesen {options} {}", key.public);
    let table = [
        ("kari.testesen".to_owned(), "no public key"),
        ("kari.testesen ssh-ed25519".to_owned(), "no public key"),
        ("kari.testesen ssh-ed25519 AAAA".to_owned(), "no public key"),
        (key.public.clone(), "no option"),
        (format!("Kari {}", key.public), "person's id"),
        (format!("kari.testesen,per.testesen {}", key.public), "more than one person"),
        (format!("kari.* {}", key.public), "pattern"),
        (format!("per.testesen {}", key.public), "the key of `kari.testesen` in line 2"),
        (with("cert-authority"), "cert-authority"),
        (with("no-touch-required"), "no option"),
        (with("valid-after=20260101"), "quotation marks"),
        (with("valid-after=\"2026-01-01\""), "no time"),
        (with("valid-after=\"20260230\""), "no time"),
        (with("valid-after=\"202601012460\""), "no time"),
        (with("valid-after=\"+2026011\""), "no time"),
        (with("valid-after=\"20260101\",valid-after=\"20260102\""), "twice"),
        (with("valid-after=\"20260101\" valid-before=\"20260201\""), "no public key"),
        (with("valid-after=\"20260102\",valid-before=\"20260102\""), "no whole day"),
        (with("valid-after=\"20260102\",valid-before=\"202601021800\""), "no whole day"),
        (with("namespaces=\"\""), "no list of namespaces"),
        (with("namespaces=\"portvakt@*\""), "no list of namespaces"),
        (with("namespaces=\"a b\""), "no list of namespaces"),
        (with("namespaces=\"a\"namespaces=\"b\""), "comma"),
        (with("namespaces=\"a"), "quotation marks"),
        (with("valid-after=\"20260101\","), "no option"),
        (format!("kari.testesen {}", key.public.replacen("ssh-ed25519", "ssh-rsa", 1)), "another type"),
    ];
    for (line, words) in table {
        let text = format!("# keys\n{good}\n{line}\n");
        let findings = Signers::parse(text.as_bytes(), b"", ZONE).unwrap_err();
        let [finding] = &findings[..] else { panic!("{line}: {findings:?}") };
        for text in [&finding.message, &finding.way_out] {
            assert_ne!(text.get(Lang::En), text.get(Lang::Nb), "{line}");
            assert!(text.get(Lang::Nb).ends_with('.'), "{line}: {text:?}");
        }
        assert!(finding.message.en().contains(words), "{line}: {}", finding.message.en());
        let place = finding.place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line), ("desired-state/allowed_signers", 4), "{line}");
    }
    // An inserted character is named, and the value to write is shown.
    let dashed = key.public.replacen("ssh-ed25519", "ssh–ed25519", 1);
    let dash = ["an en dash (`–`, U+2013)", "en tankestrek (`–`, U+2013)"];
    let (write, space) = (["Write `bjorn.lederesen`.", "Skriv `bjorn.lederesen`."], "(U+00A0)");
    let mark = ["a quotation mark of print (`“`", "et typografisk anførselstegn (`“`"];
    let day = ["Write `valid-after=\"20260101\"`.", "Skriv `valid-after=\"20260101\"`."];
    for (line, [en, nb]) in [
        (format!("ola.testesen {dashed}"), dash),
        (with("namespaces=“portvakt@register”"), mark),
        (format!("ola.testesen\u{a0}{}", key.public), [space, space]),
        (format!("ola–testesen {}", key.public), dash),
        (format!("Bjørn Lederesen {}", key.public), write),
        (format!("bjørn.lederesen namespaces=\"portvakt@register\" {}", key.public), write),
        (format!("Bjorn.Lederesen\t{}", key.public), write),
        (with("valid-after=\"2026-01-01\""), day),
        (with("valid-after=\"1.1.2026\""), day),
        (with("valid-after=\"2026–01–01\""), day),
        (with("valid-after=“20260101”"), mark),
    ] {
        let findings = Signers::parse(format!("{line}\n").as_bytes(), b"", ZONE).unwrap_err();
        let [finding] = &findings[..] else { panic!("{line}: {findings:?}") };
        for (lang, words) in [(Lang::En, en), (Lang::Nb, nb)] {
            let told = format!("{} {}", finding.message.get(lang), finding.way_out.get(lang));
            assert!(told.contains(words), "{line}: `{words}` is not in {told}");
        }
    }
    // A comment may hold them.
    let commented = "kari.testesen ssh-ed25519 AAAA Kari – hjemme\n";
    let findings = Signers::parse(commented.as_bytes(), b"", ZONE).unwrap_err();
    assert!(!findings[0].message.en().contains("U+2013"), "{findings:?}");
    let findings = Signers::parse(b"x\n", b"# gone\nAAAA\n", ZONE).unwrap_err();
    let places: Vec<_> = findings.iter().map(|one| one.place.as_ref().unwrap()).collect();
    assert_eq!(
        (places[0].line, places[1].line, places[1].file.as_str()),
        (1, 2, "desired-state/revoked_keys")
    );
    assert_eq!(Signers::parse(b"\xff", b"", ZONE).unwrap_err().len(), 1);
    assert_eq!(Signers::parse(b"", b"", "Europe/Nowhere").unwrap_err().len(), 1);
    assert_eq!(Signers::parse(b"", b"", ZONE).unwrap(), Signers::default());
    // A quotation mark inside a value is read as OpenSSH reads it, and is no namespace here.
    let quoted = with("namespaces=\"a\\\"b c\"");
    let findings = Signers::parse(quoted.as_bytes(), b"", ZONE).unwrap_err();
    assert!(findings[0].message.en().contains("`a\"b c`"), "{}", findings[0].message.en());
    // The carriage returns and blanks of other editors.
    let text = format!("  {}\t\r\n", with("valid-after=\"20260101\"\t"));
    Signers::parse(text.as_bytes(), format!("{}\r\n", key.public).as_bytes(), ZONE).unwrap();
}
