//! Tests the applications that wait, from an export of the portal. Also tests an access that begins with an
//! application, and an application that is rejected.

use std::path::PathBuf;

use super::desk::{Desk, LEADER, Told, person};
use super::git::git;

mod words;

const TABLE: &str = "\
Søknadsnummer;Fødselsnummer;Navn;Telefon;E-post;RESH;Rolle;Applikasjon;Mottatt
REQ-9001;01017012345;Nina Nyquist;90000000;nina@sykehus.test;100089;LC;smerteregisteret;2026-11-17
REQ-9002;02027012345;=Nora Nyquist;90000001;nora@sykehus.test;100089;LU;;2026-11-20
";

const ORDERS: &str = r#"{"orders": [{"id": "REQ-9001", "PersonIdentifier": "01017012345", "FirstName": "Nina",
    "LastName": "Nyquist", "Phone": "90000000", "Email": "nina@sykehus.test", "Created": "2026-11-17T08:00:00Z",
    "Claims": [{"Type": "http://falk.test/role", "Value": "LC"}, {"Type": "http://falk.test/resh", "Value": "100089"},
               {"Type": "http://falk.test/application", "Value": "smerteregisteret"}]}]}"#;

/// The example tree, with an export beside it.
struct Office {
    desk: Desk,
    export: PathBuf,
}

impl Office {
    fn new(export: &str) -> Self {
        let desk = Desk::tree();
        let file = desk.beside("export");
        std::fs::write(&file, export).unwrap();
        Self { desk, export: file }
    }

    fn export(&self) -> &str {
        self.export.to_str().unwrap()
    }

    fn requests(&self, more: &[&str]) -> Told {
        self.desk.run(&[&["requests", "--from", self.export()], more].concat())
    }

    fn grant(&self, more: &[&str]) -> Told {
        self.desk.run(&[&["grant", "--export", self.export(), "--by", LEADER, "--yes"], more].concat())
    }

    fn reject(&self, more: &[&str]) -> Told {
        self.desk.run(&[&["reject", "REQ-9001", "--by", LEADER, "--yes"], more].concat())
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.desk.root().join(path)).unwrap_or_default()
    }
}

/// Checks that only the name of an applicant is ever shown.
fn tells_no_numbers(told: &Told) {
    for hidden in ["01017012345", "02027012345", "9000000", "@sykehus.test"] {
        assert!(!told.out.contains(hidden) && !told.err.contains(hidden), "{told:?}");
    }
}

#[test]
fn what_waits_is_listed_with_who_may_decide_and_the_oldest_is_told() {
    for export in [TABLE, ORDERS] {
        let office = Office::new(export);
        let told = office.requests(&[]).ends(0);
        tells_no_numbers(&told);
        told.says("REQ-9001  Nina Nyquist asks for LC at Ahus (100089) in smerteregisteret")
            .says("since 2026-11-17, 4 working days")
            .says("Bjørn Lederesen (bjorn.lederesen)")
            .says("request-waits");
        let told = office.requests(&["--format", "json"]).ends(0);
        tells_no_numbers(&told);
        let value = told.json();
        assert_eq!(value["requests"][0]["request"], "REQ-9001");
        assert_eq!(value["requests"][0]["unit"], 100_089);
        assert_eq!(
            value["findings"].as_array().unwrap().len(),
            1,
            "the other has waited for one day: {value}"
        );
    }
    let office = Office::new(TABLE);
    let told = office.requests(&["--csv"]).ends(0);
    tells_no_numbers(&told);
    assert_eq!(told.out.lines().count(), 3);
    told.says("\"'=Nora Nyquist\"");
}

#[test]
fn what_is_wrong_in_an_export_is_told_with_its_row() {
    // A day that is wrong is not one that is missing, and a row is numbered as a spreadsheet shows it.
    let office =
        Office::new("request;name;date\nREQ-9001;Nina Nyquist;2026-02-30\n\n01017012345;Nora Nyquist;\n");
    let told = office.requests(&[]).ends(0);
    tells_no_numbers(&told);
    told.says("the day on which it was sent is wrong")
        .never_says("it does not say since when")
        .says("Row 4 of the export is passed over");
    assert!(office.requests(&["--format", "json"]).ends(0).json()["requests"][0]["wrong_day"].is_string());
    // A quotation mark does not hide the applications after it.
    let office = Office::new("request;name\nREQ-9001;\"Nina\nREQ-9002;Nora \"N\" Nyquist\n");
    let told = office.requests(&[]);
    assert_ne!(told.code, 0);
    told.says("the quotation marks of row 2").never_says("REQ-900");
    // A spreadsheet's "Unicode text" is read.
    let units: Vec<u16> = "\u{feff}request\tname\r\nREQ-9001\tÅse Nyquist\r\n".encode_utf16().collect();
    let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&office.export, bytes).unwrap();
    office.requests(&[]).ends(0).says("Åse Nyquist");
}

#[test]
fn the_export_is_named_once_and_stands_outside_the_repository() {
    let office = Office::new(TABLE);
    office.desk.run(&["requests"]).ends(2).says("portvakt.requests");
    let told =
        office.desk.program().env("PORTVAKT_REQUESTS", office.export()).arg("requests").output().unwrap();
    Told::of(&told).ends(0).says("REQ-9001");
    std::fs::copy(&office.export, office.desk.root().join("export.csv")).unwrap();
    let told = office.desk.run(&["requests", "--from", "export.csv"]).ends(1);
    tells_no_numbers(&told);
    told.says("in the repository").never_says("REQ-9001");
    // If the text is not an export, the error does not repeat it.
    std::fs::write(&office.export, "name;unit\n01017012345;x\n").unwrap();
    let told = office.requests(&[]);
    tells_no_numbers(&told);
    assert_ne!(told.code, 0);
}

#[test]
fn an_access_begins_with_an_application_and_the_role_is_the_one_that_is_needed() {
    let office = Office::new(TABLE);
    // The role that is asked for is never taken over unsaid.
    let told = office.grant(&["--from-request", "REQ-9001", "--identity", "known"]).ends(2);
    tells_no_numbers(&told);
    told.says("LC is asked for").says("--role");
    let told = office.grant(&["--from-request", "REQ-9001", "--role", "LU", "--identity", "known"]).ends(0);
    tells_no_numbers(&told);
    let file = office.text("desired-state/ahus/nina.nyquist.yaml");
    for line in [
        "name: Nina Nyquist",
        "unit: 100089",
        "role: LU",
        "request: REQ-9001",
        "application: smerteregisteret",
    ] {
        assert!(file.contains(line), "`{line}` is not in\n{file}");
    }
    assert_eq!(file.matches("application:").count(), 1, "what was asked for, and no more:\n{file}");
    office.requests(&[]).ends(0).never_says("REQ-9001").says("REQ-9002");
    // The command line wins over the export, but an application is decided at the trust that it was sent to.
    let nils = ["Nils Nyquist", "--from-request", "REQ-9002", "--role", "LU", "--identity", "known"];
    office
        .grant(&[&nils[..], &["--unit", "UNN"]].concat())
        .ends(1)
        .says("request-of-another")
        .says("sent to ahus, not to unn");
    assert_eq!(office.text("desired-state/unn/nils.nyquist.yaml"), "");
    office.grant(&nils).ends(0);
    let file = office.text("desired-state/ahus/nils.nyquist.yaml");
    assert!(file.contains("request: REQ-9002") && file.matches("application:").count() == 2, "{file}");
    office
        .grant(&["--from-request", "REQ-9003", "--role", "LU", "--identity", "known"])
        .ends(2)
        .says("REQ-9003");
}

#[test]
fn an_applicant_whom_nobody_knows_waits_and_it_says_whom_to_call() {
    let office = Office::new(TABLE);
    let asked = ["--from-request", "REQ-9001", "--role", "LU"];
    let told = office.grant(&[&asked[..], &["--identity", "uncertain"]].concat());
    assert_ne!(told.code, 0);
    tells_no_numbers(&told);
    told.says("waits").says("Bjørn Lederesen (bjorn.lederesen)").says("R17");
    assert_eq!(office.text("desired-state/ahus/nina.nyquist.yaml"), "");
    office.grant(&[&asked[..], &["--contacted", "phone 20.11.2026"]].concat()).ends(0);
    let file = office.text("desired-state/ahus/nina.nyquist.yaml");
    assert!(file.contains("identity: contacted") && file.contains("on: 2026-11-20"), "{file}");
}

#[test]
fn a_rejected_number_serves_nobody_and_nothing_of_the_applicant_is_written() {
    let office = Office::new(TABLE);
    let export = ["--export", office.export()];
    office.reject(&[&export[..], &["--reason", "Nyquist is not employed"]].concat()).ends(2).says("name");
    office.reject(&[&export[..], &["--reason", "born 01017012345"]].concat()).ends(1).says("personal-number");
    assert_eq!(office.text("requests/ahus.yaml"), "");
    let told = office.reject(&[&export[..], &["--reason", "not employed at the unit"]].concat()).ends(0);
    tells_no_numbers(&told);
    // The reviewer reads it in the comment on the change too.
    let told = told.says("rejected by Bjørn Lederesen").says("not employed at the unit");
    assert!(told.out.contains("Written: requests/ahus.yaml"), "{}", told.out);
    let list = office.text("requests/ahus.yaml");
    assert_eq!(
        list,
        "# yaml-language-server: $schema=../schemas/rejections.json\nrejected:\n  - request: REQ-9001\n    on: 2026-11-23\n    by: bjorn.lederesen\n    reason: not employed at the unit\n"
    );
    office.requests(&[]).ends(0).never_says("REQ-9001").says("REQ-9002");
    let again = office.reject(&["--trust", "ahus", "--reason", "again"]).ends(0);
    again.says("stands in `requests/ahus.yaml` already: rejected on 2026-11-23 by Bjørn Lederesen");
    office.reject(&["--trust", "unn", "--reason", "again"]).ends(1).says("duplicate-entry");
    assert_eq!(office.text("requests/ahus.yaml"), list);
    let told = office.grant(&["--from-request", "REQ-9001", "--role", "LU", "--identity", "known"]).ends(1);
    told.says("request-rejected").says("not employed at the unit");
    assert_eq!(office.text("desired-state/ahus/nina.nyquist.yaml"), "");
    // The number in another case is the same number.
    let again =
        ["Nina Nyquist", "--request", "req-9001", "--unit", "100089", "--role", "LU", "--identity", "known"];
    office.grant(&again).ends(1).says("request-rejected");
    office
        .desk
        .run(&["reject", "req-9001", "--trust", "ahus", "--reason", "again", "--by", LEADER, "--yes"])
        .ends(0)
        .says("There is nothing to change.");
    assert_eq!(office.text("requests/ahus.yaml"), list);
    assert_eq!(office.text("desired-state/ahus/nina.nyquist.yaml"), "");
    office.desk.run(&["check"]).ends(0);
}

#[test]
fn another_trusts_application_is_not_rejected_and_a_number_alone_shows_nobody() {
    let office = Office::new(TABLE);
    let export = ["--export", office.export(), "--reason", "no need"];
    office
        .reject(&[&export[..], &["--trust", "unn"]].concat())
        .ends(1)
        .says("request-of-another")
        .says("ahus");
    assert_eq!(office.text("requests/unn.yaml"), "");
    // Without an export the command says that nothing shows whose it is. A script must name the trust.
    office.reject(&["--reason", "no need"]).ends(2).says("--trust");
    let told = office.reject(&["--trust", "unn", "--reason", "no need"]).ends(0);
    told.says("Nothing here shows whose application REQ-9001 is");
    // The trust of the application still sees it, with the person who has rejected it.
    office.requests(&[]).ends(0).says("REQ-9001").says("rejected at unn by bjorn.lederesen");
    let json = office.requests(&["--format", "json"]).ends(0).json();
    assert!(json.to_string().contains("rejected-at-another-trust"), "{json}");
    office
        .grant(&["--from-request", "REQ-9001", "--role", "LU", "--identity", "known"])
        .ends(1)
        .says("request-rejected")
        .says("requests/unn.yaml");
}

#[test]
fn whoever_may_not_decide_at_the_trust_cannot_reject_there() {
    let office = Office::new(TABLE);
    let args = ["reject", "REQ-9001", "--trust", "ahus", "--reason", "no need", "--yes"];
    let told = office.desk.run(&[&args[..], &["--approver", "henrik.liksomdal"]].concat()).ends(1);
    told.says("rejection-without-effect").says(LEADER);
    assert_eq!(office.text("requests/ahus.yaml"), "");
    // A user who does not say who they are is asked, with the people who may reject.
    office.desk.run(&args).ends(2).says("--approver");
    // A number that serves somebody is no application that waits.
    let used = office.text("desired-state/ahus/anne.fiktivsen.yaml");
    let number = used.lines().find_map(|line| line.trim().strip_prefix("request: ")).unwrap().to_owned();
    let served = ["reject", &number, "--trust", "ahus", "--reason", "no need", "--by", LEADER, "--yes"];
    office.desk.run(&served).ends(1).says("revoke");
}

#[test]
fn where_signatures_are_asked_for_a_rejection_counts_when_it_is_signed() {
    let office = Office::new(TABLE);
    let root = office.desk.root();
    let mut keys = Vec::new();
    for person in [LEADER, "ingrid.koordinatorsen"] {
        let (_, public) = office.desk.key(person);
        keys.push(format!("{person} namespaces=\"portvakt@smerteregisteret\" {public}"));
    }
    std::fs::write(root.join("desired-state/allowed_signers"), keys.join("\n") + "\n").unwrap();
    office.desk.change_file("desired-state/register.yaml", "evidence: declared", "evidence: signature");
    let key = office.desk.beside(LEADER);
    let key = key.to_str().unwrap();

    // Unsigned it waits for the one it names, and counts for nothing.
    let given = ["--trust", "ahus", "--reason", "no need"];
    office.reject(&[&given[..], &["--unsigned"]].concat()).ends(0).says("Bjørn Lederesen");
    office.requests(&[]).ends(0).says("REQ-9001");
    let list = "requests/ahus.yaml";
    let statement = office.desk.run(&["statement", list]).ends(0).out;
    assert_eq!(
        statement,
        "portvakt rejection statement 1\nregister: smerteregisteret\ntrust: ahus\nrequest: REQ-9001\nreason: no need\nrejected by: bjorn.lederesen\nrejected on: 2026-11-23\n"
    );
    let told = office.desk.run(&["approve", list, "--key", key, "--yes"]).ends(0);
    assert!(told.out.contains(&statement), "{}", told.out);
    office.requests(&[]).ends(0).never_says("REQ-9001");

    // The next one is signed in the same step, and the first signature stays.
    let next = ["reject", "REQ-9002", "--by", LEADER, "--yes", "--key", key];
    office.desk.run(&[&next[..], &given[..]].concat()).ends(0);
    assert_eq!(office.text("requests/ahus.yaml.sig").matches("-----BEGIN SSH SIGNATURE-----").count(), 2);
    office.requests(&[]).ends(0).says("No application waits");
    office.desk.change_file(list, "no need", "no need now");
    office.requests(&[]).ends(0).says("REQ-9001");
    office.desk.run(&["check"]).says("rejection-without-effect");
}

#[test]
fn in_a_clone_former_users_are_known_and_a_rejection_gets_a_branch_of_its_own() {
    let office = Office::new("request;name;unit;role\nREQ-9001;Hilde Utkastli;100089;LU\n");
    let (root, origin) = (office.desk.root(), office.desk.beside("origin.git"));
    std::fs::create_dir(&origin).unwrap();
    git(&origin, &["init", "--quiet", "--bare", "--initial-branch=main"]);
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "Begin"]);
    office.desk.delete("ahus", "hilde.utkastli");
    git(&root, &["commit", "--quiet", "--all", "--message", "Hilde has left"]);
    git(&root, &["remote", "add", "origin", origin.to_str().unwrap()]);
    git(&root, &["push", "--quiet", "--set-upstream", "origin", "main"]);

    let told = office.requests(&["--format", "json"]).ends(0);
    let notice = &told.json()["requests"][0]["notices"][0];
    assert_eq!(notice["kind"], "former-user");
    assert_eq!(notice["person"], "hilde.utkastli");

    let told = office.reject(&["--export", office.export(), "--reason", "no need"]).ends(0);
    told.says("access/reject-REQ-9001");
    assert_eq!(office.text("requests/ahus.yaml"), "", "what lies open here stays as it is");
    let list = git(&root, &["show", "access/reject-REQ-9001:requests/ahus.yaml"]);
    assert!(list.contains("request: REQ-9001") && !list.contains("Hilde"), "{list}");
    // After the merge the number serves nobody, and a check of a change that uses it says so.
    git(&root, &["merge", "--quiet", "--ff-only", "access/reject-REQ-9001"]);
    git(&root, &["push", "--quiet", "origin", "main"]);
    office.requests(&[]).ends(0).says("No application waits");
    let entry = person("ny.testesen", "ahus", 100_089, LEADER).replace("REQ-2026-0900", "REQ-9001");
    office.desk.write("ahus", "ny.testesen", entry);
    office.desk.run(&["check"]).ends(1).says("request-rejected").says("no need");
}

#[test]
fn columns_that_the_portal_calls_otherwise_are_noted_once_for_all() {
    let office = Office::new("Saksnr;Den det gjelder;Kode;Rolle\nREQ-9001;Nina Nyquist;100089;LU\n");
    let told = office.requests(&[]);
    assert_ne!(told.code, 0);
    told.says("no column of the first line");
    let root = office.desk.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    for column in ["number=Saksnr", "name=Den det gjelder", "unit=Kode"] {
        git(&root, &["config", "--add", "portvakt.column", column]);
    }
    office.requests(&["--here"]).ends(0).says("REQ-9001  Nina Nyquist asks for LU at Ahus (100089)");
    git(&root, &["config", "--add", "portvakt.column", "telephone=Telefon"]);
    office.requests(&["--here"]).ends(1).says("`telephone=Telefon`").says("number, name");
}
