//! What may not stand in git is told, and not shown as the way to write it.

use jiff::civil::date;
use portvakt_core::diag::Code;
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse::{self, Entry};

use super::entries::told;
use super::{KARI, READ, REGISTER, held, kari_path, register_of, with};

#[test]
fn an_address_in_free_words_is_refused_unless_the_owner_wants_addresses() {
    let allowed = register_of(&REGISTER.replace("contact_in_git: false", "contact_in_git: true")).unwrap();
    let revoked = |reason: &str| {
        with(
            "      identity: known\n",
            &format!(
                "      identity: known\n    revoked: {{on: 2026-09-05, by: bjorn.lederesen, reason: \"{reason}\"}}\n"
            ),
        )
    };
    let channel = |words: &str| {
        let lines = format!("identity: contacted\n      contacted: {{channel: \"{words}\", on: 2026-08-27}}");
        with("identity: known", &lines)
    };
    let codes = |text: &str, register: &Register| -> Vec<Code> {
        let file = parse::person(&kari_path(), text.as_bytes(), register).unwrap();
        file.entries[0].findings().iter().map(|finding| finding.code).collect()
    };
    for words in
        ["e-post kari@example.org", "<kari@example.org>", "kari.t@post.example.org.", "KARI@EXAMPLE.ORG"]
    {
        for text in [revoked(words), channel(words)] {
            assert_eq!(codes(&text, &READ), [Code::ContactInGit], "{text}");
            assert_eq!(codes(&text, &allowed), [], "{text}");
        }
        // The access is taken back all the same.
        let file = parse::person(&kari_path(), revoked(words).as_bytes(), &READ).unwrap();
        let Entry::Invalid { revoked: Some(revocation), .. } = &file.entries[0] else { panic!("{file:#?}") };
        assert_eq!(revocation.on, date(2026, 9, 5));
    }
    for words in ["has left", "møte @ 14.00", "kari@jobb", "e-post"] {
        for text in [revoked(words), channel(words)] {
            assert_eq!(codes(&text, &READ), [], "{text}");
        }
    }
}

#[test]
fn what_may_not_stand_in_git() {
    let text = with("staff: health", "staff: health\nemail: kari.testesen@example.org\nlogin: kari.testesen");
    snapshot!("contact", held(&text));
    let allowed = register_of(&REGISTER.replace("contact_in_git: false", "contact_in_git: true")).unwrap();
    let file = parse::person(&kari_path(), text.as_bytes(), &allowed).unwrap();
    assert_eq!(file.facts.email.as_ref().map(|email| email.as_str()), Some("kari.testesen@example.org"));
    assert_eq!(file.facts.vouched.login.as_ref().unwrap().as_str(), "kari.testesen");
    for wrong in
        ["kari", "\"@example.org\"", "kari@example", "kari testesen@example.org", "k@é.org", "a@b@c.org"]
    {
        let text = text.replace("kari.testesen@example.org", wrong);
        let findings = parse::person(&kari_path(), text.as_bytes(), &allowed).unwrap_err();
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::BadValue], "{wrong}");
    }
    snapshot!("personal-numbers", held(&format!("# ring 900 00 000\n{}# f. 41019900123\n", KARI)));
}

#[test]
fn a_national_identity_number_in_the_comment_of_a_key_is_told_and_the_key_itself_is_no_number() {
    use portvakt_core::parse::numbers_among_keys;
    let path = FilePath::new("desired-state/allowed_signers");
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIMu 41019900123";
    let told = numbers_among_keys(&path, format!("kari.testesen ssh-ed25519 {key}\n").as_bytes());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].code, portvakt_core::diag::Code::PersonalNumber);
    let inside = "kari.testesen ssh-ed25519 AAAA41019900123 kari\n";
    assert_eq!(numbers_among_keys(&path, inside.as_bytes()), []);
}

#[test]
fn what_may_never_be_written_down_is_not_shown_as_the_way_to_write_it() {
    let told = told("    revoked: {on: 29.11.2026, by: tone.testesen, reason: ringte 01019012345}\n");
    assert!(told.contains("reason: \"has left\"") && !told.contains("\"ringte 0"), "{told}");
}
