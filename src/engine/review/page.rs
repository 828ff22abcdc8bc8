//! Lays out a review in one language. Every output form has the same blocks in the same order.

use portvakt_core::diag::{Finding, Lang, Noun, Severity, Text, quoted, text};
use portvakt_core::model::Evidence;

use super::block::{Block, Cell, ReviewPage};
use super::value::{
    Also, Answers, ChangeReview, ChangeVerdict, JudgedTrees, ListChange, Protected, ReviewGain, ReviewLoss,
    Turn,
};
use super::words;

/// The most values of the register that are named one by one.
const MOST_VALUES: usize = 50;

/// Makes a page from a review.
#[must_use]
pub fn page(review: &ChangeReview, lang: Lang) -> ReviewPage {
    let say = |text: Text| text.get(lang).to_owned();
    let mut blocks = vec![Block::Line(first_line(review, lang))];
    if review.evidence == Some(Evidence::Declared) {
        let loud = say(text!(
            en: "Nothing shows that anybody approved: this register takes approvals as they are written.",
            nb: "Ingenting viser at noen har godkjent: dette registeret tar godkjenninger slik de er skrevet."
        ));
        blocks.push(Block::Line(Cell::default().strong(loud)));
    }
    if review.is_empty() {
        blocks.push(Block::Line(Cell::default().words(say(text!(
            en: "Nobody gains or loses anything, and no rule is changed.",
            nb: "Ingen får eller mister noe, og ingen regel er endret."
        )))));
    }
    let mut list = |title: Text, items: Vec<Cell>| {
        if !items.is_empty() {
            blocks.push(Block::List { title: title.get(lang).to_owned(), items });
        }
    };
    let cells = |findings: &[Finding]| -> Vec<Cell> {
        findings.iter().map(|finding| finding_cell(finding, lang)).collect()
    };
    list(
        text!(en: "What stops or holds it", nb: "Det som stanser eller holder tilbake"),
        cells(&review.stops),
    );
    if let Some(protected) = &review.protected {
        let title = text!(en: "Rules, settings and keys", nb: "Regler, innstillinger og nøkler");
        list(title, protected_items(protected, lang));
    }
    if !review.gains.is_empty() {
        blocks.push(Block::Table {
            title: say(text!(en: "Who gains what", nb: "Hvem får hva")),
            heads: words::GAINS.map(|head| head(lang)).to_vec(),
            rows: review.gains.iter().map(|gain| gain_row(gain, review.evidence.as_ref(), lang)).collect(),
        });
    }
    if !review.losses.is_empty() {
        blocks.push(Block::Table {
            title: say(text!(en: "Who loses what", nb: "Hvem mister hva")),
            heads: words::LOSSES.map(|head| head(lang)).to_vec(),
            rows: review.losses.iter().map(|loss| loss_row(loss, lang)).collect(),
        });
    }
    if !review.budget.is_empty() {
        blocks.push(budget(review, lang));
    }
    let mut list = |title: Text, items: Vec<Cell>| {
        if !items.is_empty() {
            blocks.push(Block::List { title: title.get(lang).to_owned(), items });
        }
    };
    let lists = review.lists.iter().map(|list| list_item(list, lang)).collect();
    list(text!(en: "Reviews of user lists", nb: "Kontroller av brukerlister"), lists);
    list(
        text!(
            en: "Stands today, and the changed rules would deny it",
            nb: "Gjelder i dag, og de endrede reglene ville avslått det"
        ),
        cells(&review.denied),
    );
    list(
        text!(
            en: "Denied today, and the changed rules would permit it",
            nb: "Avslås i dag, og de endrede reglene ville tillatt det"
        ),
        cells(&review.permitted),
    );
    let also = review.also.iter().map(|also| also_item(also, lang)).collect();
    list(text!(en: "Changed besides", nb: "Endret ellers"), also);
    list(text!(en: "Advice", nb: "Råd"), cells(&review.advice));
    ReviewPage { lang, blocks }
}

fn first_line(review: &ChangeReview, lang: Lang) -> Cell {
    const THINGS: Noun = Noun::new(["thing stops", "things stop"], ["ting stanser", "ting stanser"]);
    let verdict = match review.verdict {
        ChangeVerdict::InOrder => text!(en: "In order.", nb: "I orden."),
        ChangeVerdict::Stopped { things } => {
            let things = THINGS.count(things);
            text!(with things; en: "{things} this change.", nb: "{things} denne endringen.")
        }
        ChangeVerdict::Waits { removals: 0, .. } => text!(
            en: "Waits for the approval of national administrators.",
            nb: "Venter på godkjenning fra nasjonale administratorer."
        ),
        ChangeVerdict::Waits { protected: 0, .. } => text!(
            en: "In order but for removals over the budget, which wait for a release.",
            nb: "I orden, bortsett fra fjerninger over grensen, som venter på frigivelse."
        ),
        ChangeVerdict::Waits { .. } => text!(
            en: "Waits for the approval of national administrators, and for the release of removals.",
            nb: "Venter på godkjenning fra nasjonale administratorer, og på frigivelse av fjerninger."
        ),
    };
    let cell = Cell::default().strong(verdict.get(lang));
    let on = review.on;
    let judged = text!(en: " Judged on {on}: ", nb: " Vurdert {on}: ");
    let cell = cell.words(judged.get(lang));
    let short = |id: &str| id.get(..12).unwrap_or(id).to_owned();
    let side = |cell: Cell, id: &Option<String>, folder: Text| match id {
        Some(id) => cell.code(short(id)),
        None => cell.words(folder.get(lang)),
    };
    let JudgedTrees { base, head, merged } = &review.judged;
    let cell = side(cell, head, text!(en: "the folder", nb: "filene her"));
    let between = match merged {
        Some(true) => text!(en: " merged into ", nb: " flettet inn i "),
        _ => text!(en: " against ", nb: " mot "),
    };
    let cell = cell.words(between.get(lang));
    side(cell, base, text!(en: "the folder of the base", nb: "filene før endringen")).words(".")
}

/// Returns a finding as one line.
pub(super) fn finding_cell(finding: &Finding, lang: Lang) -> Cell {
    let mut cell = Cell::default();
    if finding.severity != Severity::Advice {
        cell = cell.strong(finding.severity.word(lang)).words(" ");
    }
    cell = cell.says(finding.message.get(lang));
    let mut aside: Vec<String> = finding.rules.clone();
    aside.extend(finding.policies.iter().cloned());
    cell = cell.words(" (").code(finding.code.as_str());
    for id in aside {
        cell = cell.words(", ").words(id);
    }
    if let Some(place) = &finding.place {
        let line = if place.line > 0 { format!(":{}", place.line) } else { String::new() };
        cell = cell.words(", ").code(format!("{}{line}", place.file));
    }
    cell = cell.words(")");
    if !finding.way_out.is_empty() {
        cell = cell.words(" → ").says(finding.way_out.get(lang));
    }
    cell
}

fn gain_row(gain: &ReviewGain, asked: Option<&Evidence>, lang: Lang) -> Vec<Cell> {
    let until = words::until(gain.until, lang);
    vec![
        words::who_cell(&gain.who),
        words::access_cell(&gain.place),
        words::place_cell(&gain.place),
        Cell::default().words(format!("{} – {until}", gain.from)),
        Cell::default()
            .words(format!("{}, {}, ", gain.approved_by.name, gain.approved_on))
            .code(gain.request.to_string()),
        words::identity_cell(gain, lang),
        words::evidence(gain.evidence.as_ref(), asked, &gain.approved_by, lang),
        words::change_cell(gain, lang),
    ]
}

fn loss_row(loss: &ReviewLoss, lang: Lang) -> Vec<Cell> {
    vec![
        words::who_cell(&loss.who),
        words::access_cell(&loss.place),
        words::place_cell(&loss.place),
        words::loss_cell(loss, lang),
        words::when(loss.when, lang),
    ]
}

fn budget(review: &ChangeReview, lang: Lang) -> Block {
    let title = text!(
        en: "Removal budget (the daemon counts the last seven days besides)",
        nb: "Grensen for fjerninger (tjenesten regner også med de siste sju dagene)"
    );
    let all = text!(en: "all together", nb: "alle til sammen");
    let rows = review.budget.iter().map(|scope| {
        let trust = scope.trust.as_ref();
        let name = trust.and_then(|id| review.trusts.get(id)).map_or(all.get(lang), String::as_str);
        let (asked, allowed) = (scope.asked, scope.allowed);
        let verdict = if asked > allowed {
            Cell::default().strong(text!(en: "over: held", nb: "over: holdes tilbake").get(lang))
        } else {
            Cell::default().words(text!(en: "within", nb: "innenfor").get(lang))
        };
        let number = |number: u32| Cell::default().words(number.to_string());
        vec![Cell::default().words(name), number(asked), number(allowed), verdict]
    });
    Block::Table {
        title: title.get(lang).to_owned(),
        heads: words::BUDGET.map(|head| head(lang)).to_vec(),
        rows: rows.collect(),
    }
}

fn protected_items(protected: &Protected, lang: Lang) -> Vec<Cell> {
    let mut items = Vec::new();
    let (have, needed) = (protected.by.len(), protected.needed);
    let state = match protected.turn {
        Turn::Waits => text!(
            en: "{have} of {needed} approvals so far; until then what was accepted before stays in force",
            nb: "{have} av {needed} godkjenninger så langt; inntil da gjelder det som er godtatt før"
        ),
        Turn::Approved => text!(
            en: "approved by {have} of {needed}: in force once it is merged, for what comes after",
            nb: "godkjent av {have} av {needed}: gjelder når det er flettet, for det som kommer etterpå"
        ),
        Turn::Invalid => text!(
            en: "not valid as it stands; what was accepted before stays in force",
            nb: "ikke gyldig slik det står; det som er godtatt før, gjelder"
        ),
    };
    let mut cell = Cell::default().strong(state.get(lang));
    for (at, who) in protected.by.iter().enumerate() {
        cell = words::with_person(cell.words(if at == 0 { ": " } else { ", " }), who);
    }
    items.push(cell);
    items.extend(protected.decides.iter().map(|told| Cell::default().says(told.get(lang))));
    if let Some(digest) = protected.digest {
        let cell = Cell::default().words(text!(en: "Digest: ", nb: "Kontrollsum: ").get(lang));
        items.push(cell.code(digest.to_string()));
    }
    let mut named = |what: Text, names: Vec<String>| {
        if !names.is_empty() {
            let mut cell = Cell::default().words(what.get(lang));
            for (at, name) in names.into_iter().enumerate() {
                cell = cell.words(if at == 0 { "" } else { ", " }).code(name);
            }
            items.push(cell);
        }
    };
    let files = protected.files.iter().map(ToString::to_string).collect();
    named(text!(en: "Files that differ: ", nb: "Filer som avviker: "), files);
    let settings =
        text!(en: "Settings of the register that differ: ", nb: "Innstillinger i registeret som avviker: ");
    named(settings, protected.settings.clone());
    items.extend(protected.values.iter().take(MOST_VALUES).map(|value| words::setting(value, lang)));
    let more = protected.values.len().saturating_sub(MOST_VALUES);
    if more > 0 {
        let rest = text!(en: "Besides, so many values differ: {more}", nb: "I tillegg avviker så mange verdier: {more}");
        items.push(Cell::default().words(rest.get(lang)));
    }
    items.extend(protected.offices.iter().map(|office| words::office(office, lang)));
    items.extend(protected.keys.iter().map(|key| words::key_cell(key, lang)));
    items
}

/// One list of a review: its numbers, who claims to have reviewed, whether it would count, and when the next is due.
fn list_item(list: &ListChange, lang: Lang) -> Cell {
    let cell = Cell::default().code(list.file.as_str());
    let Some(answers) = &list.answers else {
        let not_read = text!(
            en: ": gone, in error, or older than one that counts",
            nb: ": borte, med feil, eller eldre enn en som teller"
        );
        return cell.words(not_read.get(lang));
    };
    let Answers { kept, shortened, changed, ended, unanswered, .. } = *answers;
    let all = kept + shortened + changed + ended + unanswered;
    let earlier = match shortened {
        0 => Text::default(),
        _ => text!(
            en: " {shortened} end on an earlier day,",
            nb: " {shortened} slutter en tidligere dag,"
        ),
    };
    let numbers = text!(
        with earlier;
        en: ": of {all} rows {kept} stay,{earlier} {changed} change, {ended} end, {unanswered} are without an answer",
        nb: ": av {all} rader beholdes {kept},{earlier} {changed} endres, {ended} avsluttes, {unanswered} er uten svar"
    );
    let mut cell = cell.words(", ").words(answers.trust.as_str()).words(numbers.get(lang));
    for (at, who) in answers.reviewed_by.iter().enumerate() {
        cell = words::with_person(cell.words(if at == 0 { "; " } else { ", " }), who);
    }
    let counts = match answers.counts_from {
        Some(day) => text!(en: "; it counts from {day}", nb: "; den teller fra {day}"),
        None => text!(en: "; it does not count yet", nb: "; den teller ikke ennå"),
    };
    cell = cell.words(counts.get(lang));
    if let Some(state) = answers.state {
        let state = state.words();
        let next = match answers.due {
            Some(day) => text!(
                with state;
                en: "; the review of this trust is then {state}, and the next is due by {day}",
                nb: "; kontrollen ved helseforetaket har da tilstanden «{state}», og neste skal være gjort innen {day}"
            ),
            None => text!(
                with state;
                en: "; the review of this trust is then {state}",
                nb: "; kontrollen ved helseforetaket har da tilstanden «{state}»"
            ),
        };
        cell = cell.words(next.get(lang));
    }
    if (ended + shortened) * 2 > all {
        let most = text!(en: "Most of the list ends.", nb: "Det meste av listen avsluttes.");
        cell = cell.words(". ").strong(most.get(lang));
    }
    cell
}

fn also_item(also: &Also, lang: Lang) -> Cell {
    match also {
        Also::Name { who, before } => {
            let was = text!(en: ": the name was {before}", nb: ": navnet var {before}");
            words::who_cell(who).words(was.get(lang))
        }
        Also::Email { who } => words::who_cell(who)
            .words(text!(en: ": another e-mail address", nb: ": en annen e-postadresse").get(lang)),
        Also::NoEmail { who } => words::who_cell(who)
            .words(text!(en: ": the e-mail address is cleared", nb: ": e-postadressen fjernes").get(lang)),
        Also::Id { who, before, approved_by } => {
            let by = quoted(approved_by);
            let was = text!(
                en: ": the id was `{before}`; everything that was accepted goes along; approved by {by}",
                nb: ": id-en var `{before}`; alt som er godtatt, følger med; godkjent av {by}"
            );
            words::who_cell(who).words(was.get(lang))
        }
        Also::History { who, request, until } => {
            let over = text!(
                en: ": over when it first appeared, gives nothing; last day ",
                nb: ": over da den først dukket opp, gir ingenting; siste dag "
            );
            let until = until.map_or_else(|| "–".to_owned(), |day| day.to_string());
            words::who_cell(who).words(", ").code(request.to_string()).words(over.get(lang)).words(until)
        }
        Also::Rejected { request, trust, by, reason } => {
            let said = text!(en: " at {trust}: rejected by ", nb: " ved {trust}: avvises av ");
            let serves = text!(
                en: ". The number then serves nobody. The reason: ",
                nb: ". Nummeret gir da ingen tilgang. Begrunnelsen: "
            );
            let cell =
                words::with_person(Cell::default().code(request.to_string()).words(said.get(lang)), by);
            cell.words(serves.get(lang)).words(reason.as_str())
        }
        Also::NoLongerRejected { request, trust, by } => {
            let said = text!(en: " at {trust}: the rejection by ", nb: " ved {trust}: avvisningen fra ");
            let serves = text!(
                en: " is taken out, and the number may serve again",
                nb: " tas ut, og nummeret kan gi tilgang igjen"
            );
            let cell =
                words::with_person(Cell::default().code(request.to_string()).words(said.get(lang)), by);
            cell.words(serves.get(lang))
        }
    }
}
