//! Tests `plan --base`: the text that a reviewer sees, with real keys if the change is signed.

use super::desk::{COORDINATOR, Desk, LEADER, Told, copy, person};
use super::git::{commit, git, newcomer, repository};

/// A tree whose base is a copy of it beside the root.
struct Change {
    desk: Desk,
}

impl Change {
    /// Makes a change of the example, where approvals are declared.
    fn declared() -> Self {
        let desk = Desk::tree();
        copy(&desk.root(), &desk.beside("base"));
        Self { desk }
    }

    /// Makes a change where approvals are signed. The keys of these people count in the base.
    fn signed(people: &[&str]) -> Self {
        let desk = Desk::tree();
        desk.change_file("desired-state/register.yaml", "evidence: declared", "evidence: signature");
        let lines: String =
            people.iter().map(|person| format!("{person} {}\n", desk.key(person).1)).collect();
        std::fs::write(desk.root().join("desired-state/allowed_signers"), lines).unwrap();
        copy(&desk.root(), &desk.beside("base"));
        Self { desk }
    }

    fn approve(&self, what: &str, by: &str) {
        let key = self.desk.beside(by);
        self.desk.run(&["approve", what, "--yes", "--key", key.to_str().unwrap()]).ends(0);
    }

    fn plan(&self, format: &str, lang: &str) -> Told {
        self.desk.run(&["--format", format, "--lang", lang, "plan", "--base", "../base"])
    }

    /// The comment, with keys and digests that differ from run to run covered.
    fn comment(&self, lang: &str, code: i32) -> String {
        covered(&self.plan("markdown", lang).ends(code).out)
    }
}

/// Fingerprints and digests as dots.
fn covered(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("SHA256:") {
        out.push_str(&rest[..at]);
        out.push_str("SHA256:…");
        let after = &rest[at + "SHA256:".len()..];
        rest = &after[after.find(|c| !word(c)).unwrap_or(after.len())..];
    }
    out.push_str(rest);
    let parts: Vec<String> = out
        .split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(|part| if part.len() > 64 { format!("…{}", &part[64..]) } else { part.to_owned() })
        .collect();
    parts.concat()
}

const NEW: &str = "desired-state/helse-bergen/ny.testesen.yaml";

#[test]
fn a_new_access_that_is_signed() {
    let change = Change::signed(&[COORDINATOR]);
    change.desk.write(
        "helse-bergen",
        "ny.testesen",
        person("ny.testesen", "helse-bergen", 100_082, COORDINATOR),
    );
    change.approve(NEW, COORDINATOR);
    insta::assert_snapshot!("review-signed-en", change.comment("en", 3));
    insta::assert_snapshot!("review-signed-nb", change.comment("nb", 3));
    let json = change.plan("json", "en").ends(3).json();
    let gain = &json["review"]["gains"][0];
    assert_eq!((gain["who"]["id"].as_str(), gain["resh"].as_u64()), (Some("ny.testesen"), Some(100_082)));
    assert!(gain["evidence"]["signature"]["key"].as_str().unwrap().starts_with("SHA256:"), "{gain}");
    assert_eq!(json["review"]["verdict"]["is"], "in-order");
    assert_eq!((gain["staff"].as_str(), gain["identity"].as_str()), (Some("health"), Some("known")));
    assert!(gain["position"].is_null(), "{gain}");
}

#[test]
fn an_end_date_that_is_changed() {
    let change = Change::declared();
    let text = person("ny.testesen", "unn", 101_719, "henrik.liksomdal");
    let with = |until: &str, on: &str| {
        text.replace("    request:", &format!("    until: {until}\n    request:"))
            .replace("on: 2026-11-19", on)
    };
    let base = change.desk.beside("base/desired-state/unn/ny.testesen.yaml");
    std::fs::write(base, with("2026-12-31", "on: 2026-11-19")).unwrap();
    change.desk.write("unn", "ny.testesen", with("2027-03-31", "on: 2026-11-22"));
    insta::assert_snapshot!("review-end-date", change.comment("en", 3));
    // An earlier end is a loss, and needs nobody's approval.
    change.desk.write("unn", "ny.testesen", with("2026-12-01", "on: 2026-11-19"));
    let told = change.comment("en", 3);
    assert!(told.contains("Who loses what") && !told.contains("Who gains what"), "{told}");
    assert!(told.contains("earlier end \\(was\\: 2026\\-12\\-31\\) | after 2026\\-12\\-01 |"), "{told}");
}

#[test]
fn a_file_that_is_deleted() {
    let change = Change::declared();
    change.desk.delete("unn", "sara.fiktivsen");
    insta::assert_snapshot!("review-deleted", change.comment("en", 3));
    change.plan("human", "nb").ends(3).says("Hvem mister hva").says("filen er borte").says("innenfor");
}

#[test]
fn an_access_that_is_refused() {
    let change = Change::declared();
    change.desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101_719, "leif.utkastli"));
    insta::assert_snapshot!("review-refused-en", change.comment("en", 1));
    insta::assert_snapshot!("review-refused-nb", change.comment("nb", 1));
}

#[test]
fn more_removals_than_the_budget_allows() {
    let change = Change::declared();
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        change.desk.delete("unn", person);
    }
    insta::assert_snapshot!("review-over-budget", change.comment("en", 4));
}

#[test]
fn settings_that_one_of_two_has_signed() {
    let change = Change::signed(&[COORDINATOR, LEADER]);
    change.desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 3");
    let (_, new) = change.desk.key("kristin.skinnvik");
    let signers = change.desk.root().join("desired-state/allowed_signers");
    let lines = std::fs::read_to_string(&signers).unwrap();
    std::fs::write(&signers, format!("{lines}kristin.skinnvik {new}\n")).unwrap();
    change.desk.change_file(
        "desired-state/register.yaml",
        "    office: ict-administrator\n    from: 2015-01-01",
        "    office: ict-administrator\n    from: 2015-01-01\n    suspended: true",
    );
    change.approve("--settings", COORDINATOR);
    insta::assert_snapshot!("review-one-of-two", change.comment("en", 4));
    change.approve("--settings", LEADER);
    let told = change.comment("en", 0);
    assert!(told.starts_with("**In order\\.**") && told.contains("approved by 2 of 2"), "{told}");
}

#[test]
fn a_policy_that_is_changed() {
    let change = Change::declared();
    // `policy.rs` tests what the cases say about it.
    for tree in [change.desk.root(), change.desk.beside("base")] {
        std::fs::remove_dir_all(tree.join("policies/tests")).unwrap();
    }
    let path = change.desk.root().join("policies/administration.cedar");
    let text = std::fs::read_to_string(&path).unwrap();
    // The policies are looser, and stricter in another place. Existing accesses that only the old ones allow are
    // listed.
    let loose = "\n@id(\"anybody\")\n@rule(\"R15\")\n@says(\"Anybody.\")\n@says_nb(\"Hvem som helst.\")\npermit (principal is Administrator, action in [Action::\"grant\"], resource is Access);\n";
    std::fs::write(&path, format!("{text}{loose}")).unwrap();
    change.desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101_719, "leif.utkastli"));
    insta::assert_snapshot!("review-policy", change.comment("en", 4));
    let tight = "\n@id(\"nobody-now\")\n@rule(\"R1\")\n@says(\"Nobody at UNN.\")\n@says_nb(\"Ingen ved UNN.\")\nforbid (principal is Administrator, action in [Action::\"grant\"], resource is Access) when { resource.trust.id == Trust::\"unn\" };\n";
    std::fs::write(&path, format!("{text}{tight}")).unwrap();
    let told = change.comment("en", 4);
    assert!(
        told.contains("Stands today\\, and the changed rules") || told.contains("Stands today, and"),
        "{told}"
    );
    assert!(told.contains("sara.fiktivsen"), "{told}");
}

#[test]
fn nothing_that_is_changed() {
    insta::assert_snapshot!("review-empty", Change::declared().comment("en", 0));
    let json = Change::declared().plan("json", "nb").ends(0).json();
    assert_eq!(json["review"]["gains"], serde_json::json!([]));
}

#[test]
fn a_list_of_a_review_that_is_answered() {
    let change = Change::declared();
    let desk = &change.desk;
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for (by, person, how) in [
        ("henrik.liksomdal", "frida.skinnvik", "--end"),
        ("henrik.liksomdal", "olav.testesen", "--end"),
        ("bjorn.lederesen", "henrik.liksomdal", "--keep"),
    ] {
        desk.run(&["review", "answer", "--trust", "unn", "--by", by, person, how]).ends(0);
    }
    let told = change.plan("human", "en").ends(0);
    told.says("Reviews of user lists").says("of 5 rows 2 stay, 0 change, 2 end, 1 are without an answer");
    let told = change.plan("human", "en").ends(0);
    told.says("it does not count yet").never_says("Most of the list ends").never_says("Nobody gains");
    let last = ["--by", "henrik.liksomdal", "sara.fiktivsen", "--end", "--ends-most"];
    desk.run(&[&["review", "answer", "--trust", "unn"][..], &last].concat()).ends(0);
    let told = change.plan("human", "en").ends(0);
    told.says("it counts from 2026-11-23").says("Most of the list ends").says("Henrik Liksomdal");
    let json = change.plan("json", "en").ends(0).json();
    let list = &json["review"]["lists"][0];
    assert_eq!(list["file"], "reviews/unn/2026-Q4.yaml");
    assert_eq!(list["answers"]["ended"], 3);
    assert_eq!(list["answers"]["kept"], 2);
    assert_eq!(list["answers"]["shortened"], 0);
    assert!(change.plan("markdown", "nb").ends(0).out.contains("Kontroller av brukerlister"));
}

#[test]
fn a_comment_stays_below_what_forges_take_and_says_what_it_leaves_out() {
    let change = Change::declared();
    for number in 0..700 {
        let id = format!("ny.testesen-{number}");
        let text = person(&id, "unn", 101_719, "henrik.liksomdal")
            .replace("REQ-2026-0900", &format!("REQ-2026-{number}"));
        change.desk.write("unn", &id, text);
    }
    // This number of people at once waits for a release.
    let told = change.plan("markdown", "en").ends(4).out;
    assert!(told.len() <= 60_000 && told.len() > 20_000, "{}", told.len());
    let rows = told.lines().filter(|line| line.contains("`ny.testesen-")).count();
    let more = told.lines().find(|line| line.starts_with("and ")).unwrap();
    assert!(more.starts_with(&format!("and {} more", 700 - rows)), "{rows}: {more}");
}

#[test]
fn what_cannot_be_judged_is_a_comment_too() {
    let change = Change::declared();
    let told = change.desk.run(&["--format", "markdown", "plan", "--base", "../bass"]).ends(5);
    assert!(told.out.starts_with("**The change could not be judged\\.**"), "{}", told.out);
    change.desk.run(&["plan", "--head", "main"]).ends(2).says("plan --base");
}

#[test]
fn a_branch_is_shown_as_it_would_be_merged() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "change"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    let [base, head] = ["main", "change"].map(|name| git(&desk.root(), &["rev-parse", name]));
    let of_change = ["plan", "--base", "main", "--head", "change"];
    // The branch still has a person whom the target has lost since. The change does not gain that person.
    let comment = desk.run(&[&["--format", "markdown"], &of_change[..]].concat()).ends(3).out;
    assert!(comment.contains("ny.testesen") && !comment.contains("sara"), "{comment}");
    assert!(!comment.contains("Who loses what"), "{comment}");
    let json = desk.run(&[&["--format", "json"], &of_change[..]].concat()).ends(3).json();
    let judged = &json["review"]["judged"];
    assert_eq!((judged["base"].as_str(), judged["head"].as_str()), (Some(&*base), Some(&*head)), "{json}");
    assert_eq!(judged["merged"], true);
    assert_eq!(json["review"]["gains"].as_array().unwrap().len(), 1);
    // The merge writes nothing, and the folder is not read.
    newcomer(&desk, "leif.utkastli");
    desk.run(&of_change).ends(3);
    desk.run(&["plan", "--base", "main"]).ends(1).says("R15");
    assert_eq!(git(&desk.root(), &["status", "--porcelain"]).lines().count(), 1);
    // A base behind its target is refused by name, in the comment too.
    let told = desk
        .run(&["--format", "markdown", "plan", "--base", "main~1", "--head", "change", "--target", "main"]);
    told.ends(1).says("lacks commits of").says("could not be judged");
}

#[test]
fn a_branch_that_cannot_be_merged_says_which_files_stand_in_the_way() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "change"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    newcomer(&desk, "leif.utkastli");
    commit(&desk.root());
    let told = desk.run(&["--format", "markdown", "plan", "--base", "main", "--head", "change"]).ends(1);
    told.says("could not be judged").says("ny.testesen").never_says("<<<<");
    desk.run(&["plan", "--base", "main", "--head", "nowhere"]).ends(5).says("nowhere");
}
