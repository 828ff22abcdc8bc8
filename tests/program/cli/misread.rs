//! Tests findings that people misread: who is told about a mistake, and in which language.

use super::desk::{Desk, LEADER, Told, person};

mod register;

/// Returns the number of errors that `check` reports.
fn errors(told: &Told) -> usize {
    told.out.lines().filter(|line| line.starts_with("error[") || line.starts_with("feil[")).count()
}

#[test]
fn a_third_coordinator_is_told_once_and_in_no_other_file() {
    for (trust, unit) in [("helse-bergen", 100_082), ("helse-stavanger", 100_083)] {
        let desk = Desk::tree();
        let lc = person("ny.testesen", trust, unit, LEADER).replace("role: LU", "role: LC");
        let again = lc.split_once("access:\n").unwrap().1.replace("smerteregisteret", "rapporteket-smerte");
        desk.write(trust, "ny.testesen", format!("{lc}{again}"));
        let told = desk.run(&["check"]).ends(1);
        assert_eq!(errors(&told), 1, "{}", told.out);
        let told =
            told.says(&format!("--> desired-state/{trust}/ny.testesen.yaml:8")).says("lc-not-too-many");
        let file = format!("desired-state/{trust}/ny.testesen.yaml");
        told.says(&format!("`ny.testesen` (approved 2026-11-19, `{file}`): The trust would have more"))
            .says("Which of them is new cannot be seen in the files alone");
        let told = desk.run(&["--lang", "nb", "check"]).ends(1);
        assert_eq!(errors(&told), 1, "{}", told.out);
        told.says(&format!("`ny.testesen` (godkjent 2026-11-19, `{file}`): Helseforetaket ville få flere"))
            .says("Hvem av dem som er ny, kan ikke ses i filene alene");
        // Two are in order, and so are those whom they have approved.
        desk.delete(trust, "ny.testesen");
        desk.run(&["check"]).ends(0);
    }
}

#[test]
fn four_coordinators_are_told_once() {
    let desk = Desk::tree();
    for id in ["ny.testesen", "ny.provedal"] {
        let lc = person(id, "helse-bergen", 100_082, LEADER).replace("role: LU", "role: LC");
        desk.write("helse-bergen", id, lc);
    }
    let told = desk.run(&["check"]).ends(1);
    assert_eq!(errors(&told), 1, "{}", told.out);
    told.says("--> desired-state/helse-bergen/ny.testesen.yaml:8").says(
        "for `ingrid.koordinatorsen` (approved 2021-02-25, \
         `desired-state/helse-bergen/ingrid.koordinatorsen.yaml`), `tone.testesen` (approved 2022-10-20, \
         `desired-state/helse-bergen/tone.testesen.yaml`), `ny.provedal` (approved 2026-11-19, \
         `desired-state/helse-bergen/ny.provedal.yaml`), `ny.testesen` (approved 2026-11-19, \
         `desired-state/helse-bergen/ny.testesen.yaml`): The trust",
    );
}

/// The dates do not tell who is new: an access is dated back, or that of another one was extended since.
#[test]
fn a_third_coordinator_who_is_dated_back_accuses_nobody_and_a_base_tells() {
    let (desk, before) = (Desk::tree(), Desk::tree());
    // Wenche Fiktivsen has access today, and one of the two has approved her.
    let lc = person("ny.testesen", "helse-stavanger", 100_083, LEADER).replace("role: LU", "role: LC");
    let lc = lc.replace("2026-11-20", "2021-11-20").replace("2026-11-19", "2021-11-19");
    desk.write("helse-stavanger", "ny.testesen", lc);
    for (lang, approved, way_out) in [
        ("en", "approved", "`portvakt check --base BRANCH` judges against what was accepted before"),
        ("nb", "godkjent", "`portvakt check --base GREN` vurderer mot det som er godtatt før"),
    ] {
        let told = desk.run(&["--lang", lang, "check"]).ends(1);
        // Nobody is refused for who has approved them.
        assert_eq!(errors(&told), 1, "{}", told.out);
        let mut told = told.says("lc-not-too-many").says(way_out).never_says("wenche.fiktivsen.yaml");
        for (person, on) in [
            ("ny.testesen", "2021-11-19"),
            ("halvor.liksomdal", "2022-05-18"),
            ("kristin.skinnvik", "2022-10-05"),
        ] {
            let file = format!("desired-state/helse-stavanger/{person}.yaml");
            told = told.says(&format!("`{person}` ({approved} {on}, `{file}`)"));
        }
    }
    let base = before.root();
    let told = desk.run(&["check", "--base", base.to_str().unwrap()]).ends(1);
    told.says("--> desired-state/helse-stavanger/ny.testesen.yaml:").never_says("kristin.skinnvik");
}

#[test]
fn a_folder_with_another_name_is_told_once_and_its_character_is_named() {
    for (folder, what) in [
        ("Helse Bergen", ["Did you mean `helse-bergen`?", "Mente du `helse-bergen`?"]),
        ("helse–bergen", ["an en dash (`–`, U+2013)", "en tankestrek (`–`, U+2013)"]),
    ] {
        let desk = Desk::tree();
        let tree = desk.root().join("desired-state");
        std::fs::rename(tree.join("helse-bergen"), tree.join(folder)).unwrap();
        for (lang, what) in ["en", "nb"].into_iter().zip(what) {
            let told = desk.run(&["--lang", lang, "check"]).ends(1);
            assert_eq!(errors(&told), 1, "{}", told.out);
            told.says("wrong-folder").says(what);
        }
    }
}

#[test]
fn an_approver_who_is_no_id_is_answered_with_those_who_fit() {
    for (by, en, nb) in [
        ("Kristin", "Did you mean `kristin.skinnvik`?", "Mente du `kristin.skinnvik`?"),
        ("Kristin Skinnvikk", "Did you mean `kristin.skinnvik`?", "Mente du `kristin.skinnvik`?"),
        ("Kristin Skinnvik", "Write `kristin.skinnvik`.", "Skriv `kristin.skinnvik`."),
        (
            "Ukjent Navnløsen",
            "Nobody here has the id `ukjent.navnlosen`",
            "Ingen her har id-en `ukjent.navnlosen`",
        ),
    ] {
        let desk = Desk::tree();
        let by = format!("by: {by}");
        desk.change("helse-stavanger", "wenche.fiktivsen", "by: kristin.skinnvik", &by);
        for (lang, words) in [("en", en), ("nb", nb)] {
            let told = desk.run(&["--lang", lang, "check"]).ends(1).says(words);
            told.never_says("`kristin`").never_says("`kristin.skinnvikk`.");
        }
    }
}

#[test]
fn a_register_under_another_name_is_named() {
    for name in ["Register.yaml", "register.yml", "register.yaml.txt"] {
        let desk = Desk::tree();
        let tree = desk.root().join("desired-state");
        std::fs::rename(tree.join("register.yaml"), tree.join(name)).unwrap();
        let told = desk.run(&["check"]).says("tree-missing").says(&format!("beside it stands `{name}`"));
        told.says("Give the file the name `register.yaml`");
        let told = desk.run(&["--lang", "nb", "check"]).says(&format!("ved siden av står `{name}`"));
        told.says("Gi filen navnet `register.yaml`");
    }
}

#[test]
fn a_trust_that_is_typed_otherwise_is_written_out() {
    let desk = Desk::tree();
    let dash = "helse–bergen";
    desk.run(&["list", "--trust", dash]).ends(2).says("write `helse-bergen`");
    desk.run(&["--lang", "nb", "list", "--trust", dash]).ends(2).says("skriv `helse-bergen`");
    desk.run(&["review", "facts", "--trust", dash]).ends(2).says("write `helse-bergen`");
    let desk = Desk::accepted();
    // The list takes the name, and a part of it, with the option or without.
    let whole = desk.run(&["list", "--trust", "helse-bergen"]).ends(0).out;
    assert_ne!(whole, desk.run(&["list"]).ends(0).out);
    for typed in ["Helse Bergen", "bergen"] {
        assert_eq!(desk.run(&["list", "--trust", typed]).ends(0).out, whole, "{typed}");
        assert_eq!(desk.run(&["list", typed]).ends(0).out, whole, "{typed}");
    }
    // So do the commands of a review.
    let facts = |typed: &str| desk.run(&["review", "facts", "--trust", typed]);
    assert_eq!(facts("Bergen").ends(0).out, facts("helse-bergen").ends(0).out);
    facts("helse").ends(1).says("several-meant").says("helse-bergen").says("helse-fonna");
    desk.run(&["list", "helse"]).ends(1).says("several-meant").says("helse-bergen").says("helse-fonna");
    desk.run(&["list", "bergen", "--trust", "bergen"]).ends(2);
    desk.run(&["list", "--trust", "helse-begren"]).says("Did you mean `helse-bergen`?");
    desk.run(&["--lang", "nb", "list", "--trust", "helse-begren"]).says("Mente du `helse-bergen`?");
}

#[test]
fn quotation_marks_of_print_in_a_name_are_advice() {
    for (name, what, nb) in [
        ("“Sara Fiktivsen”", "a quotation mark of print (`“`, U+201C)", "et typografisk anførselstegn"),
        ("«Sara Fiktivsen»", "a quotation mark of print (`«`, U+00AB)", "et typografisk anførselstegn"),
        ("‘Sara Fiktivsen’", "an apostrophe of print", "en typografisk apostrof"),
        ("Sara\u{a0}Fiktivsen", "a no-break space (U+00A0)", "et hardt mellomrom (U+00A0)"),
    ] {
        let desk = Desk::tree();
        desk.change("unn", "sara.fiktivsen", "name: Sara Fiktivsen", &format!("name: {name}"));
        let told = desk.run(&["check"]).ends(0).says("advice[bad-value]").says(what);
        told.says("write `name: ").says("sara.fiktivsen.yaml:3");
        desk.run(&["--lang", "nb", "check"]).ends(0).says("råd[bad-value]").says(nb).says("skriv `name: ");
    }
    let desk = Desk::tree();
    desk.change("unn", "sara.fiktivsen", "name: Sara Fiktivsen", "name: Sara O’Fiktivsen-Testesen");
    desk.run(&["check"]).ends(0).never_says("bad-value");
}

#[test]
fn a_file_name_that_is_no_id_is_told_with_the_name_that_is_meant() {
    let desk = Desk::tree();
    let text = person("ylva.nyansatt", "unn", 101_719, "henrik.liksomdal");
    desk.write("unn", "Ylva.Nyansatt", &text);
    desk.run(&["check"]).ends(1).says("Name the file `ylva.nyansatt.yaml`");
    desk.run(&["--lang", "nb", "check"]).ends(1).says("Gi filen navnet `ylva.nyansatt.yaml`");
    desk.delete("unn", "Ylva.Nyansatt");
    let path = desk.root().join("desired-state/unn/Ylva.Nyansatt.yml");
    std::fs::write(&path, &text).unwrap();
    desk.run(&["check"]).ends(1).says("Name it `ylva.nyansatt.yaml`");
    desk.run(&["--lang", "nb", "check"]).ends(1).says("Gi den navnet `ylva.nyansatt.yaml`");
    // An editor that does not know the ending adds its own.
    let added = desk.root().join("desired-state/unn/ylva.nyansatt.yaml.txt");
    std::fs::rename(&path, &added).unwrap();
    desk.run(&["check"]).ends(1).says("Name it `ylva.nyansatt.yaml`");
    // A copy that somebody put aside is not to take the place of the file.
    std::fs::rename(&added, desk.root().join("desired-state/unn/ylva.nyansatt.yaml.bak")).unwrap();
    desk.run(&["check"]).ends(1).never_says("Name it `");
    // Outside the folders of the trusts it is told where it belongs.
    std::fs::write(desk.root().join("desired-state/ylva.nyansatt.yaml"), &text).unwrap();
    desk.run(&["check"]).ends(1).says("as `desired-state/<trust>/ylva.nyansatt.yaml`");
    desk.run(&["--lang", "nb", "check"])
        .ends(1)
        .says("som `desired-state/<helseforetak>/ylva.nyansatt.yaml`");
}

#[test]
fn what_was_pasted_or_saved_in_another_way_is_told_once() {
    let desk = Desk::tree();
    let text = person("ylva.nyansatt", "unn", 101_719, "henrik.liksomdal");
    let each = |before: &str, after: &str| -> Vec<u8> {
        text.lines().flat_map(|line| format!("{before}{line}{after}\n").into_bytes()).collect()
    };
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, en, nb) in [
        (each("+", ""), "Here begins a diff", "Her begynner en diff"),
        (each("> ", ""), "the mark of a quoted mail", "merket for en sitert e-post"),
        (each("", ";"), "The lines end with `;`", "Linjene slutter med `;`"),
        (utf16, "saved as UTF-16", "lagret som UTF-16"),
    ] {
        desk.write("unn", "ylva.nyansatt", bytes);
        let told = desk.run(&["check"]).ends(1).says(en);
        assert_eq!(errors(&told), 1, "{}", told.out);
        desk.run(&["--lang", "nb", "check"]).ends(1).says(nb);
    }
}

#[test]
fn a_copy_beside_the_file_is_asked_about() {
    let desk = Desk::tree();
    let text = person("ylva.nyansatt", "unn", 101_719, "henrik.liksomdal");
    desk.write("unn", "ylva.nyansatt - Kopi", &text);
    desk.run(&["check"]).ends(1).says("Is it a copy of `ylva.nyansatt.yaml`?");
    let nb = desk.run(&["--lang", "nb", "check"]).ends(1);
    nb.says("Er den en kopi av `ylva.nyansatt.yaml`?").never_says("ylva.nyansatt.kopi");
}

/// Words of the argument parser and of Cedar that have no place in bokmål.
const ENGLISH: [&str; 14] = [
    "error",
    "Usage",
    "usage:",
    "unexpected",
    "invalid",
    "required",
    "possible values",
    "For more",
    "tip:",
    "found",
    "expected",
    "did you",
    "Did you",
    "attribute ",
];

#[test]
fn arguments_are_refused_in_the_language_of_the_results() {
    let desk = Desk::tree();
    for (args, nb) in [
        (&["chekc"][..], "kommandoen `chekc` finnes ikke; mente du `"),
        (&[][..], "det mangler en kommando eller et argument"),
        (&["check", "--bse", "x"][..], "`--bse` finnes ikke her; mente du `--base`?"),
        (&["check", "x.yaml"], "kommandoen tar ikke imot `x.yaml`; skriv den uten"),
        (&["check", "--base"][..], "`--base <REV|MAPPE>` mangler en verdi"),
        (
            &["--format", "xml", "check"][..],
            "`--format <FORMAT>` kan ikke være `xml`; mulig: `human`, `json`",
        ),
        (&["list", "--at", "2026-01-01", "--all"][..], "kan ikke brukes sammen med"),
        (&["confirm-date", "2026-11-23"][..], "det mangler `--by <PERSON>`"),
        (
            &["grant", "Kari Testesen", "--id", "Kari"][..],
            "`--id <ID>` kan ikke være `Kari`: `K` er ikke tillatt",
        ),
        (&["release", "1234"][..], "en digest er 64 heksadesimale sifre"),
        (&["daemon", "--settle", "soon"][..], "en tidslengde er ventet, for eksempel `500ms`"),
        (&["daemon", "--settle", "1000h"][..], "mer enn en uke"),
        (&["--memory", "var/x.db", "plan"][..], "`sqlite:STI` er ventet"),
        (&["--store", "ftp://x", "plan"][..], "er ikke noe sted for et register"),
        (&["review", "facts", "--trust", "Helse_Bergen"][..], "`H` er ikke tillatt i den"),
    ] {
        for before in [&["--lang", "nb"][..], &["--lang=nb"]] {
            let told = desk.run(&[before, args].concat()).ends(2).says("feil: ").says(nb).says("se --help");
            for word in ENGLISH {
                assert!(!told.err.contains(word), "{word}: {}", told.err);
            }
        }
        desk.run(&[&["--lang", "en"][..], args].concat()).ends(2).never_says("feil: ");
    }
    let secret = desk.run(&["--lang", "nb", "--store", "ftp://kari:hunter2@x", "plan"]).ends(2);
    secret.never_says("hunter2");
}

#[test]
fn what_cedar_says_is_told_in_bokmal_or_by_its_place() {
    for (path, from, to, nb) in [
        (
            "policies/administration.cedar",
            "principal.offices.isEmpty()",
            "principal.ofices.isEmpty()",
            "ofices",
        ),
        (
            "policies/advice.cedar",
            "when { context.users",
            "wenn { context.users",
            "kan ikke begynne med `wenn`",
        ),
        ("policies/schema.cedarschema", "entity Trust;", "entity Trust", "kan ikke stå her"),
        ("policies/capabilities.cedar", "permit (", "permit ((", "kan ikke stå her"),
        ("policies/capabilities.cedar", "Role::\"LU\" };", "Role::\"LU\" && 1 };", "her ventes en verdi"),
    ] {
        let desk = Desk::tree();
        desk.change_file(path, from, to);
        desk.run(&["check"]).ends(1).says("error[policies-invalid]");
        let told = desk.run(&["--lang", "nb", "check"]).ends(1).says("feil[policies-invalid]").says(nb);
        let own: Vec<&str> =
            told.out.lines().filter(|line| line.starts_with("feil[") || line.contains("= hjelp:")).collect();
        let said = own.iter().map(|line| line.split_once("]: ").map_or(*line, |(_, said)| said));
        let said: Vec<&str> = said.collect();
        for word in ENGLISH {
            assert!(!said.iter().any(|line| line.contains(word)), "{word}: {said:#?}");
        }
    }
}

#[test]
fn marks_of_a_merge_are_told_in_every_file() {
    let marks = "<<<<<<< HEAD\n=======\n>>>>>>> change\n";
    for (path, code) in [
        ("desired-state/unn/sara.fiktivsen.yaml", "not-yaml"),
        ("desired-state/register.yaml", ""),
        ("desired-state/allowed_signers", "signers-invalid"),
        ("desired-state/revoked_keys", "signers-invalid"),
        ("policies/advice.cedar", "policies-invalid"),
        ("policies/schema.cedarschema", "policies-invalid"),
    ] {
        let desk = Desk::tree();
        let path_there = desk.root().join(path);
        let text = std::fs::read_to_string(&path_there).unwrap_or_default();
        std::fs::write(&path_there, format!("{text}{marks}")).unwrap();
        let told = desk.run(&["check"]).ends(1).says("Git has left the marks of a merge here").says(code);
        assert_eq!(errors(&told), 1, "{path}: {}", told.out);
        told.says(&format!("{path}:{}", text.lines().count() + 1));
        desk.run(&["--lang", "nb", "check"]).ends(1).says("Her har git satt merker etter en fletting");
    }
}
