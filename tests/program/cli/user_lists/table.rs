//! A list as a table, which a spreadsheet fills in and which is read back.

use super::{HENRIK, answer, list};
use crate::cli::desk::{Desk, Told};

/// A table with these answers and days in the rows of these people.
pub(super) fn filled(form: &str, mark: char, of: &[(&str, [&str; 2])]) -> String {
    let line = |line: &str| {
        let mut cells: Vec<&str> = line.split(mark).collect();
        if let Some((_, answer)) = of.iter().find(|(person, _)| cells[3] == *person) {
            cells[11..13].copy_from_slice(answer);
        }
        format!("{}\r\n", cells.join(mark.to_string().as_str()))
    };
    form.lines().map(line).collect()
}

/// Reads a table back for a person.
pub(super) fn read_back(desk: &Desk, trust: &str, by: &str, table: &[u8]) -> Told {
    let file = desk.beside("form.csv");
    std::fs::write(&file, table).unwrap();
    desk.run(&["review", "answer", "--trust", trust, "--by", by, "--from", file.to_str().unwrap()])
}

#[test]
fn a_table_is_filled_in_elsewhere_and_read_back() {
    let desk = super::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "sara.fiktivsen", &["--keep"]).ends(0);
    let form = desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
    assert_eq!(form.lines().count(), 6, "{form}");
    assert!(form.starts_with("LIST,ROW,NAME,PERSON,UNIT,APPLICATION,ROLE,FROM,UNTIL,"), "{form}");
    // Earlier answers are beside the cells for the answers, which are empty.
    assert!(form.contains(",keep (henrik.liksomdal),,,list-"), "{form}");
    let fill = |of: &[(&str, [&str; 2])]| filled(&form, ',', of);
    let read = |text: &[u8]| read_back(&desk, "unn", HENRIK, text);
    read(form.as_bytes()).ends(0).says("Nothing was answered");
    let before = list(&desk);
    // An impossible answer refuses the whole table, and the error names its row.
    let (frida, olav) = (("frida.skinnvik", ["behold", "31.3.27"]), "olav.testesen");
    let once = fill(&[frida]);
    let line = once.lines().find(|line| line.contains(frida.0)).unwrap();
    let twice = format!("{once}{line}\r\n");
    let (headings, rows) = once.split_once("\r\n").unwrap();
    let blank = format!("{headings}\r\n\r\n{}", rows.replacen("/1/", "/2/", 1));
    let shown = "row 5 of the table has an answer that is none";
    for (wrong, why) in [
        (fill(&[frida, (olav, ["perhaps", ""])]), shown),
        (fill(&[frida, (olav, ["end", "2027-01-01"])]), "a day without `keep`"),
        (fill(&[frida, (HENRIK, ["keep", ""])]), "review-own-row"),
        (once.replace("olav.testesen", "sara.fiktivsen"), "names another person"),
        (once.replace("(101719)", "(100082)"), "something else under `UNIT`"),
        (once.replace(",smerteregisteret,", ",rapporteket,"), "something else under `APPLICATION`"),
        (once.replace(",LU,", ",LC,"), "something else under `ROLE`"),
        (once.replace(",LU,20", ",LU,19"), "something else under `FROM`"),
        (once.replace("/1/", "/2/"), "row 2 of the table has its answer beside the name of another row"),
        (blank, "row 3 of the table has its answer beside the name of another row"),
        (once.replace(",1,", ",99,"), "no number of the list"),
        (once.replace("list-", "list-0"), "was made from another list"),
        (once.replace("list-", "x-"), "names no list"),
        (twice, "stands there twice"),
        // A table without one of its columns says nothing of it.
        (once.replace("ANSWER (keep or change or end)", "MINE"), "no column `ANSWER"),
        (once.replace("ROW AGAIN", "ROW"), "the column `ROW` more than once"),
        (once.replace("KEEP UNTIL,", ""), "no column `KEEP UNTIL`"),
        (rows.to_owned(), "no column `LIST`"),
        (String::new(), "no column `LIST`"),
        (format!("PK\u{3}\u{4}\0{once}"), "it is no text"),
        (once.replace(",behold,", ",\"behold,"), "the quotation marks of row 2"),
    ] {
        read(wrong.as_bytes()).ends(1).says(why);
        assert_eq!(list(&desk), before, "{why}");
    }
    // A spreadsheet may sort the rows, and write the days and the bytes in its own way.
    let both = fill(&[frida, (olav, ["avslutt", ""])]);
    assert!(!both.contains([';', '"']), "{both}");
    let norwegian = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let day: Vec<&str> = cells[7].split('-').rev().collect();
        let day = day.join(".");
        cells[7] = &day;
        cells.join(";")
    };
    let mut lines: Vec<String> = both.lines().map(norwegian).collect();
    lines[1..].reverse();
    let sorted = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    read(sorted.as_bytes()).ends(0).says("2 answers");
    let shown = desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    shown
        .says("keep until 2027-03-31, Henrik Liksomdal (henrik.liksomdal)")
        .says("end, Henrik Liksomdal (henrik.liksomdal)");
    assert_eq!(list(&desk).matches("    answer: keep\n").count(), 2);
    // It is of that list, and of no other. A list that is made anew and names the same is the same.
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    read(both.as_bytes()).ends(0).says("Nothing was answered");
    std::fs::remove_file(desk.root().join("desired-state/unn/olav.testesen.yaml")).unwrap();
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    read(both.as_bytes()).ends(1).says("was made from another list");
    desk.run(&["review", "answer", "--trust", "unn", "--by", HENRIK, "--from", "x", "--end"]).ends(2);
}

#[test]
fn a_table_gives_no_answer_again_that_somebody_has_changed_since() {
    const BJORN: &str = "bjorn.lederesen";
    let desk = super::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "frida.skinnvik", &["--keep"]).ends(0);
    let form = || desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
    let old = form();
    answer(&desk, BJORN, "frida.skinnvik", &["--end"]).ends(0);
    let show = || desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    // Another row is answered from the old table.
    let olav = filled(&old, ',', &[("olav.testesen", ["keep", ""])]);
    read_back(&desk, "unn", HENRIK, olav.as_bytes()).ends(0).says("1 answer");
    show().says("end, Bjørn Lederesen (bjorn.lederesen)").says("keep, Henrik Liksomdal (henrik.liksomdal)");
    // A cell that differs from another person's newer answer is refused. A cell with the same answer leaves it theirs.
    let keep = [("frida.skinnvik", ["keep", ""])];
    read_back(&desk, "unn", HENRIK, filled(&old, ',', &keep).as_bytes())
        .ends(1)
        .says("row 2 of the table has another answer than `bjorn.lederesen` has given");
    let end = filled(&old, ',', &[("frida.skinnvik", ["end", ""])]);
    read_back(&desk, "unn", HENRIK, end.as_bytes()).ends(0).says("Nothing was answered");
    show().says("end, Bjørn Lederesen (bjorn.lederesen)");
    // A person who saw the answer may give another one. The person who gave it may take it back.
    read_back(&desk, "unn", BJORN, filled(&old, ',', &keep).as_bytes()).ends(0).says("1 answer");
    let new = form();
    assert!(new.contains(",keep (bjorn.lederesen),,,list-"), "{new}");
    let change = filled(&new, ',', &[("frida.skinnvik", ["change", ""])]);
    read_back(&desk, "unn", HENRIK, change.as_bytes()).ends(0).says("1 answer");
    show().says("change, Henrik Liksomdal (henrik.liksomdal)");
}

#[test]
fn a_norwegian_spreadsheet_opens_the_table_and_its_ways_to_save_it_are_read() {
    let desk = super::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let form = desk.run(&["--lang", "nb", "review", "form", "unn", "2026-Q4"]).ends(0).out;
    assert!(form.starts_with("\u{feff}LISTE;RAD;NAVN;PERSON;ENHET;"), "{form}");
    let word = |word: &str| filled(&form, ';', &[("frida.skinnvik", [word, ""])]);
    let utf16 = word("avslutt").replace(';', "\t");
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = format!("sep=;\r\n{}", word("behold").trim_start_matches('\u{feff}'));
    for (table, answer) in [
        (word("endre").into_bytes(), "change, Henrik"),
        (utf16, "end, Henrik"),
        (said.into_bytes(), "keep, Henrik"),
    ] {
        read_back(&desk, "unn", HENRIK, &table).ends(0).says("1 answer");
        desk.run(&["review", "show", "--trust", "unn"]).ends(0).says(answer);
    }
}

#[test]
fn service_accounts_in_a_table_are_told_apart_by_their_words() {
    let desk = super::desk();
    desk.change_file("desired-state/register.yaml", "  ignore: []", "  ignore: [svc-import, svc-export]");
    desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    let form = desk.run(&["review", "form", "nasjonal", "2026-Q4"]).ends(0).out;
    let swapped = form.replace("`svc-import`", "`x`").replace("`svc-export`", "`svc-import`");
    let swapped = swapped.replace("`x`", "`svc-export`");
    let read = |table: &str| read_back(&desk, "nasjonal", "bjorn.lederesen", table.as_bytes());
    read(&swapped).ends(1).says("something else under `ROLE`");
    read(&form).ends(0).says("Nothing was answered");
    // Its words have a comma, so its cell stands in quotation marks, and no day follows.
    let line = form.lines().find(|line| line.contains("`svc-import`")).unwrap();
    let answered = line.replace(",,,list-", ",end,,list-");
    read(&form.replace(line, &answered)).ends(0).says("1 answer");
    desk.run(&["review", "show", "--trust", "nasjonal"])
        .ends(0)
        .says("end, Bjørn Lederesen (bjorn.lederesen)");
}
