//! The comment that a reviewer sees keeps its form, whatever is written in a file. It contains no foreign link or
//! markup, it notifies nobody, and it refers to nothing. A real Markdown parser reads it back.

use jiff::civil::date;
use portvakt_core::diag::inert::{code, inert, prose};
use portvakt_core::diag::{Code, Finding, Lang, Text};
use portvakt_core::model::{
    ApplicationId, FilePath, Identity, PersonId, Position, Proof, Quarter, RequestId, RoleId, Staff, TrustId,
    UnitId, VouchedFact,
};
use portvakt_core::review::ReviewState;
use portvakt_engine::review::{
    AccessPlace, AccessStanding, Also, Answers, ChangeReview, ChangeVerdict, ChangedKey, EntryDifference,
    JudgedTrees, LARGEST, ListChange, LossReason, LossTime, Protected, ReviewGain, ReviewLoss, Turn, Who,
    markdown, page,
};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The parts of a comment that are shown: the words outside code, the words in code, and the cells of each row.
#[derive(Debug, Default)]
struct Shown {
    words: Vec<String>,
    rows: Vec<usize>,
    strange: Vec<String>,
}

fn read(comment: &str) -> Shown {
    let mut shown = Shown { words: vec![String::new()], ..Shown::default() };
    let mut cells = 0;
    for event in Parser::new_ext(comment, Options::all()) {
        match event {
            Event::Text(text) => shown.words.last_mut().unwrap().push_str(&text),
            // Words in code are neither a mention nor a reference on any forge. They also separate the words around
            // them.
            Event::Code(_) => shown.words.last_mut().unwrap().push('\u{0}'),
            Event::SoftBreak => shown.words.push(String::new()),
            Event::Start(Tag::TableCell) => {
                cells += 1;
                shown.words.push(String::new());
            }
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => shown.rows.push(std::mem::take(&mut cells)),
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::List(None)
                | Tag::Item
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::Strong,
            ) => shown.words.push(String::new()),
            Event::End(_) => {}
            other => shown.strange.push(format!("{other:?}")),
        }
    }
    shown
}

/// Returns a text that a forge would turn into a mention or reference, in words that Markdown has left as they are.
fn calls(words: &str) -> Option<String> {
    let all: Vec<char> = words.chars().collect();
    let at = |index: usize| all.get(index).copied();
    for (index, c) in all.iter().enumerate() {
        let next = at(index + 1);
        let named = next.is_some_and(|next| next.is_alphanumeric() || "_\"'/`-{".contains(next));
        if "@#!$~%&".contains(*c) && named {
            return Some(format!("`{c}` before {next:?}"));
        }
        if *c == ':' && next.is_some_and(|next| next == '/' || next.is_alphanumeric()) {
            return Some(format!("a colon before {next:?}"));
        }
    }
    let low = words.to_lowercase();
    let numbered =
        low.match_indices("gh-").any(|(at, _)| low[at + 3..].starts_with(|c: char| c.is_ascii_digit()));
    let address =
        low.match_indices("www.").any(|(at, _)| !low[at + 4..].starts_with([' ', ',']) && at + 4 < low.len());
    (address || numbered).then(|| "an address or an issue".to_owned())
}

fn harmless(comment: &str, rows: &[usize]) -> Result<(), TestCaseError> {
    let shown = read(comment);
    prop_assert!(shown.strange.is_empty(), "{:?} in\n{comment}", shown.strange);
    prop_assert_eq!(&shown.rows, rows, "{}", comment);
    for words in &shown.words {
        prop_assert_eq!(calls(words), None, "{} in\n{}", words, comment);
        let hidden = words
            .chars()
            .find(|c| c.is_control() && *c != '\u{0}' || "\u{202e}\u{2066}\u{200f}".contains(*c));
        prop_assert_eq!(hidden, None, "{}", comment);
    }
    prop_assert!(comment.len() <= LARGEST);
    Ok(())
}

fn who(name: &str) -> Who {
    Who { name: name.to_owned(), id: PersonId::new("ny.testesen").unwrap() }
}

fn place(words: &[String]) -> AccessPlace {
    AccessPlace {
        trust: words[0].clone(),
        folder: TrustId::new("unn").unwrap(),
        unit: words[1].clone(),
        resh: UnitId(101_719),
        application: ApplicationId::new("smerteregisteret").unwrap(),
        application_name: words[2].clone(),
        role: RoleId::new("LU").unwrap(),
        role_name: words[0].clone(),
    }
}

/// A review with others' words wherever they can stand.
fn review(words: &[String]) -> ChangeReview {
    let text = |at: usize| words[at % words.len()].clone();
    let finding = Finding::new(Code::Forbidden, Text::same(text(0)), Text::same(text(1)))
        .decided_by(vec![text(2)], vec![text(3)]);
    let gain = |evidence: Option<Proof>| ReviewGain {
        who: who(&text(0)),
        place: place(words),
        from: date(2026, 11, 20),
        until: None,
        approved_by: who(&text(1)),
        approved_on: date(2026, 11, 19),
        request: RequestId::new("REQ-2026-0900").unwrap(),
        staff: Staff::Health,
        position: Some(Position::new("lis").unwrap()),
        identity: Identity::Contacted { channel: text(2), on: date(2026, 11, 18) },
        evidence,
        policies: vec![text(2)],
        differs: vec![EntryDifference {
            key: ChangedKey::Vouched(VouchedFact::Position),
            before: None,
            after: Some(text(3)),
        }],
        standing: AccessStanding::Changed,
    };
    let loss = |why: LossReason| ReviewLoss {
        who: who(&text(2)),
        place: place(words),
        why,
        when: LossTime::AtOnce,
        evidence: Some(Proof::Signature { key: text(3) }),
    };
    ChangeReview {
        verdict: ChangeVerdict::Stopped { things: 1 },
        judged: JudgedTrees { base: Some(text(0)), head: None, merged: None },
        on: date(2026, 11, 23),
        evidence: None,
        gains: vec![
            gain(Some(Proof::Signature { key: text(1) })),
            gain(Some(Proof::Review { request: 12, head: text(2) })),
            gain(Some(Proof::Declared)),
            gain(None),
        ],
        losses: vec![
            loss(LossReason::Revoked { by: who(&text(3)), on: date(2026, 11, 23) }),
            loss(LossReason::FileGone),
        ],
        also: vec![Also::Name { who: who(&text(1)), before: text(2) }],
        budget: Vec::new(),
        protected: None,
        lists: vec![ListChange {
            file: FilePath::new("reviews/unn/2026-Q4.yaml"),
            answers: Some(Answers {
                trust: text(0),
                quarter: Quarter::parse("2026-Q4").unwrap(),
                kept: 1,
                shortened: 1,
                changed: 0,
                ended: 2,
                unanswered: 0,
                reviewed_by: vec![who(&text(1))],
                counts_from: None,
                state: Some(ReviewState::Overdue),
                due: Some(date(2026, 12, 1)),
            }),
        }],
        stops: vec![finding.clone()],
        denied: vec![finding.clone()],
        permitted: vec![finding.clone()],
        advice: vec![finding],
        trusts: Default::default(),
    }
}

#[test]
fn what_changed_policies_decide_is_named_where_a_protected_file_is_changed() {
    let told = || vec![Text::new("Becomes permitted: one thing.", "Blir tillatt: en ting.")];
    let shown = |review: &ChangeReview, lang| markdown(&page(review, lang));
    let plain = review(&["x", "y", "z"].map(str::to_owned)).naming(told());
    assert!(!shown(&plain, Lang::En).contains("one thing"), "no protected file is changed");
    let protected = Protected {
        turn: Turn::Waits,
        files: Vec::new(),
        settings: Vec::new(),
        values: Vec::new(),
        offices: Vec::new(),
        keys: Vec::new(),
        digest: None,
        by: Vec::new(),
        needed: 2,
        decides: Vec::new(),
    };
    let changed = ChangeReview { protected: Some(protected), ..review(&["x", "y", "z"].map(str::to_owned)) };
    assert!(!serde_json::to_string(&changed).unwrap().contains("decides"));
    let named = changed.naming(told());
    assert!(shown(&named, Lang::En).contains("Becomes permitted"), "{}", shown(&named, Lang::En));
    assert!(shown(&named, Lang::Nb).contains("Blir tillatt"), "{}", shown(&named, Lang::Nb));
}

const ROWS: [usize; 8] = [8, 8, 8, 8, 8, 5, 5, 5];

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[-`*_\\[\\]()<>#@|!&~$%^{}\"':=+./0-9a-zA-Z\\\\ \n\t\r]{0,40}",
        "(`|\\||@kari|#12|https://x\\.no|www\\.x\\.no|GH-1|<b>|</td>|&amp;|\\$`|!7|~bug|:tada:|\\\\| |\n/assign me){0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_comment_is_what_it_was_laid_out_to_be(words in proptest::collection::vec(hostile(), 4)) {
        for lang in [Lang::En, Lang::Nb] {
            let comment = markdown(&page(&review(&words), lang));
            harmless(&comment, &ROWS)?;
            let commands = comment.lines().filter(|line| line.trim_start().starts_with('/')).count();
            prop_assert_eq!(commands, 0);
        }
    }

    #[test]
    fn words_alone_are_inert(words in hostile()) {
        for text in [inert(&words), code(&words), prose(&words)] {
            harmless(&text, &[])?;
            harmless(&format!("| a | b |\n|---|---|\n| {text} | end |\n"), &[2, 2])?;
        }
    }

    #[test]
    fn what_is_shown_is_what_was_written(words in "[-`*_\\[\\]()<>#@|!&~$%^{}\":=+./0-9a-zA-ZæøåÆØÅ\\\\]{0,40}") {
        let shown: String = read(&inert(&words)).words.concat();
        // A parser with smart punctuation changes quotes and dashes. Letters and other signs are all there.
        let kept = |text: &str| -> String {
            text.chars().filter(|c| *c != '\u{200b}' && !"\"'“”‘’-–—.…".contains(*c)).collect()
        };
        prop_assert_eq!(kept(&shown), kept(&words), "{}", inert(&words));
    }
}

#[test]
fn nobody_is_called_and_nothing_is_referred_to() {
    assert_eq!(inert("@kari"), "\\@&#8203;kari");
    assert_eq!(inert("eier/arkiv#12"), "eier\\/arkiv\\#&#8203;12");
    assert_eq!(inert("a\u{202e}b\u{7}"), "a\u{fffd}b\u{fffd}");
    assert_eq!(prose("the file of `kari.testesen` is gone"), "the file of `kari.testesen` is gone");
    assert_eq!(prose("a ` alone"), "a \\` alone");
}

#[test]
fn long_words_and_many_rows_stay_below_the_limit() {
    let words: Vec<String> = (0..4).map(|_| "@".repeat(50_000)).collect();
    let mut review = review(&words);
    let (gain, loss) = (review.gains[0].clone(), review.losses[0].clone());
    review.gains = vec![gain; 1000];
    review.losses = vec![loss; 1000];
    let comment = markdown(&page(&review, Lang::Nb));
    assert!(comment.len() <= LARGEST && comment.contains("og "), "{}", comment.len());
    assert!(comment.contains("til, som ikke vises her"));
}
