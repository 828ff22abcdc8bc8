//! Writes a list as a file. The lines are short and in the order in which a reviewer reads. Above each row a comment
//! tells what the access allows. The file reads back as the same review.

use crate::diag::{Lang, Text, text};
use crate::model::{
    Answered, Delegation, PersonId, Review, ReviewRow, RowAnswer, RowNotice, Setting, SettingRow,
};
use crate::parse::{ParsedReview, Span};

/// The words for an unusual fact about an access.
#[must_use]
pub fn notice_words(notice: RowNotice) -> Text {
    match notice {
        RowNotice::RegistrarWithoutEnd => {
            text!(en: "a registrar (LIS) without an end date", nb: "en lege i spesialisering (LIS) uten sluttdato")
        }
        RowNotice::RoleAbovePeers => text!(
            en: "may do more than others who work in the same way here",
            nb: "kan gjøre mer enn andre som arbeider på samme måte her"
        ),
        RowNotice::UnitClosed => text!(en: "the unit has closed", nb: "enheten er nedlagt"),
        RowNotice::EmployerDiffers => {
            text!(en: "employed elsewhere", nb: "ansatt et annet sted")
        }
        RowNotice::EarlierEndOpen => text!(
            en: "an earlier review lets this end, and nobody has done it",
            nb: "en tidligere kontroll lar denne slutte, og ingen har gjort det"
        ),
        RowNotice::EarlierChangeOpen => text!(
            en: "an earlier review says that this shall change, and nobody has done it",
            nb: "en tidligere kontroll sier at denne skal endres, og ingen har gjort det"
        ),
    }
}

/// The words above the rows about the settings.
fn about_the_settings() -> Text {
    text!(
        en: "# Offices and service accounts, as `register.yaml` has them. They are answered like the rows above; what shall\n# change is changed in `register.yaml`, by two.",
        nb: "# Verv og tjenestekontoer, slik de står i `register.yaml`. De besvares som radene over; det som skal endres, endres i\n# `register.yaml`, av to."
    )
}

/// Writes the file of a review. `name` gives the name of a person, and `allows` the words for what a row allows. Both
/// go into comments, which nobody signs.
#[must_use]
pub fn written(
    review: &Review,
    lang: Lang,
    name: impl Fn(&PersonId) -> String,
    allows: impl Fn(&ReviewRow) -> Vec<Text>,
) -> String {
    let head = text!(
        en: "# The review of a user list (R36). Write at each row: `answer: keep`, `change` or `end`, and `answered_by:` with your id;\n# with `keep` also `keep_until: DATE` where it is to be shorter. Nobody answers at their own row. Then add yourself under\n# `reviewed` and sign. The facts of the rows are never changed.\n",
        nb: "# Kontrollen av en brukerliste (R36). Skriv i hver rad: `answer: keep` (beholde), `change` (endre) eller `end` (avslutte), og\n# `answered_by:` med din id; ved `keep` også `keep_until: DATO` om den skal være kortere. Ingen svarer på sin egen rad.\n# Før deg deretter opp under `reviewed` og signer. Opplysningene i radene endres aldri.\n"
    );
    let mut out = String::from("# yaml-language-server: $schema=../../schemas/review.json\n");
    out.push_str(head.get(lang));
    let mut line = |words: String| {
        out.push_str(&words);
        out.push('\n');
    };
    line(format!("trust: {}", review.trust));
    line(format!("quarter: {}", review.quarter));
    line(format!("made: {}", review.made));
    line(format!("tree: \"{}\"", review.tree));
    if !review.delegations.is_empty() {
        line(delegates_of(review));
    }
    line(reviewers_of(review));
    if review.rows.is_empty() {
        line("rows: []".to_owned());
    } else {
        line("rows:".to_owned());
    }
    for row in &review.rows {
        line(format!("  # {}", name(&row.key.person)));
        for says in allows(row) {
            line(format!("  #   {}", says.get(lang)));
        }
        for notice in &row.notices {
            line(format!("  #   ! {}", notice_words(*notice).get(lang)));
        }
        line(lines_of(row));
    }
    if !review.settings.is_empty() {
        line(about_the_settings().get(lang).to_owned());
        line("settings:".to_owned());
        for row in &review.settings {
            if let Some(person) = row.setting.person() {
                line(format!("  # {}", name(person)));
            }
            line(setting_lines(row));
        }
    }
    out
}

/// The lines of one row about the settings, without a line feed at the end.
fn setting_lines(row: &SettingRow) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut lines = match &row.setting {
        Setting::Appointment { person, office, from, until } => {
            let mut lines = vec![
                format!("  - office: {office}"),
                format!("    person: {person}"),
                format!("    from: {from}"),
            ];
            lines.extend(until.map(|until| format!("    until: {until}")));
            lines
        }
        Setting::Ignored { account } => vec![format!("  - account: {}", quoted(account.as_str()))],
        Setting::Adopted { account, person } => {
            vec![format!("  - account: {}", quoted(account.as_str())), format!("    person: {person}")]
        }
    };
    lines.extend(row.answered.iter().flat_map(answer_lines));
    lines.join("\n")
}

/// The lines of an answer.
fn answer_lines(answered: &Answered) -> Vec<String> {
    let mut lines = vec![format!("    answer: {}", answered.answer.as_str())];
    if let RowAnswer::Keep { until: Some(until) } = answered.answer {
        lines.push(format!("    keep_until: {until}"));
    }
    lines.push(format!("    answered_by: {}", answered.by));
    lines
}

/// The lines of one row, without a line feed at the end.
fn lines_of(row: &ReviewRow) -> String {
    let mut lines = vec![
        format!("  - person: {}", row.key.person),
        format!("    application: {}", row.key.application),
        format!("    unit: {}", row.key.unit),
        format!("    role: {}", row.role),
        format!("    request: \"{}\"", row.key.request),
        format!("    from: {}", row.from),
    ];
    lines.extend(row.until.map(|until| format!("    until: {until}")));
    lines.push(format!("    approved_by: {}", row.approved_by));
    lines.push(format!("    approved_on: {}", row.approved_on));
    lines.push(format!("    allows: [{}]", row.allows.join(", ")));
    if !row.notices.is_empty() {
        let notices: Vec<&str> = row.notices.iter().map(|notice| notice.as_str()).collect();
        lines.push(format!("    notices: [{}]", notices.join(", ")));
    }
    lines.extend(row.answered.iter().flat_map(answer_lines));
    lines.join("\n")
}

/// The lines of the reviewers, without a line feed at the end.
fn reviewers_of(review: &Review) -> String {
    if review.reviewed.is_empty() {
        return "reviewed: []".to_owned();
    }
    let lines = review.reviewed.iter().map(|line| format!("  - {{by: {}, on: {}}}", line.by, line.on));
    std::iter::once("reviewed:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// The lines of the delegates, without a line feed at the end.
fn delegates_of(review: &Review) -> String {
    if review.delegations.is_empty() {
        return "delegates: []".to_owned();
    }
    let lines = review.delegations.iter().map(|delegation| {
        let Delegation { person, by, from, until } = delegation;
        format!("  - {{person: {person}, by: {by}, from: {from}, until: {until}}}")
    });
    std::iter::once("delegates:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// Puts the answers, the delegates and the reviewers of `new` into the text of a list. It only writes the rows that
/// differ and the lines of the delegates and the reviewers. Every other byte stays, with the comments between the rows.
/// Both lists have the same rows. The caller reads the result and compares it, because a list that was written by hand
/// may not have this form.
#[must_use]
pub fn rewritten(text: &str, parsed: &ParsedReview, new: &Review) -> String {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let line_of = |span: &Span| {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        text.get(..start).unwrap_or_default().matches('\n').count()
    };
    for ((before, after), span) in parsed.review.rows.iter().zip(&new.rows).zip(&parsed.rows) {
        if before != after {
            blocks.push((line_of(span), lines_of(after)));
        }
    }
    for ((before, after), span) in parsed.review.settings.iter().zip(&new.settings).zip(&parsed.settings) {
        if before != after {
            blocks.push((line_of(span), setting_lines(after)));
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let line_with = |key: &str| lines.iter().position(|line| line.starts_with(key));
    let (delegates, reviewers) = (line_with("delegates:"), line_with("reviewed:"));
    let names_others = parsed.review.delegations != new.delegations;
    if names_others {
        blocks.extend(delegates.map(|at| (at, delegates_of(new))));
    }
    // The first delegates stand above the reviewers.
    if names_others && delegates.is_none() {
        let both = format!("{}\n{}", delegates_of(new), reviewers_of(new));
        blocks.extend(reviewers.map(|at| (at, both)));
    } else if parsed.review.reviewed != new.reviewed {
        blocks.extend(reviewers.map(|at| (at, reviewers_of(new))));
    }
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some((_, block)) = blocks.iter().find(|(first, _)| first + 1 == at) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        out.push_str(block);
        out.push('\n');
        let depth = indent(line);
        while lines.get(at).is_some_and(|next| indent(next) > depth && !next.trim().is_empty()) {
            at += 1;
        }
    }
    out
}

/// The number of spaces that a line begins with.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
