//! The findings and words about reviews.

use jiff::civil::Date;

use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::evidence::Lack;
use crate::model::{FilePath, PersonId, Register, ReviewedBy, TrustId};
use crate::tree::{Odd, Oddity};

use super::due::{Due, ReviewState};

/// The missing parts of a list that was signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ReviewGaps {
    /// The number of rows without an answer whose access still exists.
    pub(super) unanswered: usize,
    /// The number of rows whose answer comes from a person without proof that they have reviewed.
    pub(super) unshown: usize,
    /// The number of accesses that existed when the list was made and have no row.
    pub(super) unlisted: usize,
    /// The number of accesses that came after the list was made. They keep nothing open.
    pub(super) came_after: usize,
}

impl ReviewGaps {
    /// Returns whether anything keeps the review open.
    pub(super) fn any(&self) -> bool {
        self.unanswered + self.unshown + self.unlisted > 0
    }
}

/// Returns the finding about an odd path among the reviews.
pub(super) fn odd(odd: &Odd) -> Finding {
    let (path, what) = (&odd.path, odd.what.words());
    let (message, way_out) = if matches!(odd.what, Oddity::Restless { .. }) {
        let message = text!(
            with what;
            en: "`{path}` is {what}; nothing new in it counts until it has come to rest",
            nb: "`{path}` er {what}; ingenting nytt i den teller før den er ferdig endret"
        );
        (message, odd.what.way_out())
    } else {
        let message = text!(
            with what;
            en: "`{path}` is {what}; it counts as no review",
            nb: "`{path}` er {what}; det teller ikke som en kontroll"
        );
        let way_out = text!(
            en: "Take it away, or put the file itself in its place: `reviews/<trust>/<year>-Q<number>.yaml`.",
            nb: "Fjern det, eller legg selve filen på plassen: `reviews/<helseforetak>/<år>-Q<nummer>.yaml`."
        );
        (message, way_out)
    };
    Finding::new(Code::ReviewUnread, message, way_out).at(Place::file(&FilePath::new(&odd.path)))
}

/// Adds to a finding about a list that the list does not count at all.
pub(super) fn counts_for_nothing(mut finding: Finding) -> Finding {
    finding.way_out = std::mem::take(&mut finding.way_out).and(text!(
        en: "Until then this review does not count.",
        nb: "Inntil da teller ikke denne kontrollen."
    ));
    finding
}

pub(super) fn not_reviewed() -> Text {
    text!(
        en: "the forge knows of no approval of exactly these bytes",
        nb: "kodeplattformen vet ikke om noen godkjenning av akkurat disse bytene"
    )
}

/// Says what a signature lacks. A key that nobody has yet can be enrolled, and nothing has to be signed anew.
pub(super) fn lack_words(lack: &Lack) -> Text {
    let why = lack.words();
    match lack {
        Lack::UnknownKey { .. } => text!(
            with why;
            en: "{why}; once the key is enrolled there as this person's, the signature counts",
            nb: "{why}; når nøkkelen er lagt inn der på denne personen, teller signaturen"
        ),
        _ => why,
    }
}

/// Says that a later statement has replaced this one. Two statements of one day that say the same are one statement, so
/// only another day makes it a new one.
pub(super) fn since_replaced() -> Text {
    text!(
        en: "a later review of this list by the same person counted since, and only the latest one counts; to go back on it, answer on another day",
        nb: "en senere kontroll av samme liste og samme person har talt siden, og bare den siste teller; for å gå tilbake på den må det svares en annen dag"
    )
}

/// Returns the finding about a review that is dated before its list.
pub(super) fn before_the_list(place: Place, line: &ReviewedBy, made: Date) -> Finding {
    let ReviewedBy { by, on } = line;
    let message = text!(
        en: "`{by}` cannot have reviewed on {on} a list that was made on {made}",
        nb: "`{by}` kan ikke {on} ha kontrollert en liste som ble laget {made}"
    );
    Finding::new(Code::ReviewUnsigned, message, sign_anew()).at(place)
}

/// Returns the finding about a reviewer without proof that they have reviewed.
pub(super) fn unsigned(place: Place, line: &ReviewedBy, why: &Text) -> Finding {
    let by = &line.by;
    let message = text!(
        with why;
        en: "nothing shows that `{by}` has reviewed this list: {why}",
        nb: "ingenting viser at `{by}` har kontrollert denne listen: {why}"
    );
    Finding::new(Code::ReviewUnsigned, message, sign_anew()).at(place)
}

/// Returns the finding about a person who has answered and is not among the reviewers of the list.
pub(super) fn without_a_line(place: Place, by: &PersonId) -> Finding {
    let message = text!(
        en: "`{by}` has answered here and has no line under `reviewed`, so nobody asks for their signature",
        nb: "`{by}` har svart her og har ingen linje under `reviewed`, så ingen spør om signaturen"
    );
    let way_out = text!(
        en: "If every row has an answer, that person runs `portvakt review answer` once more. Otherwise make the list anew with `portvakt review start --anew`: the answers stay, and it asks whoever gave them to sign.",
        nb: "Har alle radene svar, kjører personen `portvakt review answer` en gang til. Ellers lages listen på nytt med `portvakt review start --anew`: svarene står, og de som ga dem, blir bedt om å signere."
    );
    Finding::new(Code::ReviewUnsigned, message, way_out).at(place)
}

fn sign_anew() -> Text {
    text!(
        en: "The reviewer signs the statement of this list anew, or the line is taken out.",
        nb: "Den som har kontrollert, signerer listen på nytt, eller linjen tas ut."
    )
}

/// Returns the finding about an answer at the reviewer's own row. It names the people who may give it.
pub(super) fn own_row(place: Place, by: &PersonId, others: &[PersonId]) -> Finding {
    let message = text!(
        en: "`{by}` has answered at their own access",
        nb: "`{by}` har svart på sin egen tilgang"
    );
    Finding::new(Code::ReviewOwnRow, message, who_may(others)).at(place)
}

/// Returns the finding about an answer that keeps an access until a day before the answer was given.
pub(super) fn kept_into_the_past(place: Place, until: Date, on: Date) -> Finding {
    let message = text!(
        en: "this is kept until {until}, and was reviewed on {on}",
        nb: "denne beholdes til {until}, og ble kontrollert {on}"
    );
    let way_out = text!(
        en: "Answer the row anew: `end`, or `keep` until a day to come.",
        nb: "Svar på raden på nytt: `end`, eller `keep` til en dag som kommer."
    );
    counts_for_nothing(Finding::new(Code::BadValue, message, way_out).at(place))
}

/// Returns the finding about an answer by a person who may not review the list.
pub(super) fn not_entitled(place: Place, by: &PersonId, others: &[PersonId]) -> Finding {
    let message = text!(
        en: "`{by}` may not review this list",
        nb: "`{by}` kan ikke kontrollere denne listen"
    );
    let delegate = text!(
        en: "They may name a delegate with `portvakt review delegate`, and sign the review too.",
        nb: "De kan oppgi en stedfortreder med `portvakt review delegate`, og signerer da også kontrollen."
    );
    Finding::new(Code::ReviewerNotEntitled, message, who_may(others).and(delegate)).at(place)
}

fn who_may(people: &[PersonId]) -> Text {
    if people.is_empty() {
        return text!(
            en: "Nobody may review it today; see who holds which office in `register.yaml`.",
            nb: "Ingen kan kontrollere den i dag; se hvem som har hvilket verv i `register.yaml`."
        );
    }
    let names = quoted(people);
    text!(en: "These may answer it: {names}.", nb: "Disse kan svare på den: {names}.")
}

/// Returns the words about rows that another person must answer, with the people who may.
fn for_another(waits: &[(PersonId, Vec<PersonId>)]) -> Text {
    let one = |(person, others): &(PersonId, Vec<PersonId>)| {
        let may = who_may(others);
        text!(
            with may;
            en: "What is `{person}`'s own is answered by somebody else. {may}",
            nb: "Det som er `{person}` sitt eget, svarer en annen på. {may}"
        )
    };
    waits.iter().map(one).fold(Text::default(), Text::and)
}

/// Returns the finding about a list that was signed and does not count yet. `own` are the reviewers whose own rows wait
/// for another person, each with the people who may answer.
pub(super) fn incomplete(place: &Place, missing: &ReviewGaps, own: &[(PersonId, Vec<PersonId>)]) -> Finding {
    let ReviewGaps { unanswered, unshown, unlisted, came_after } = *missing;
    let parts = [
        (unanswered, text!(en: "rows without an answer: {unanswered}", nb: "rader uten svar: {unanswered}")),
        (
            unshown,
            text!(
                en: "rows whose reviewer has not signed: {unshown}",
                nb: "rader der den som svarte, ikke har signert: {unshown}"
            ),
        ),
        (
            unlisted,
            text!(
                en: "accesses that are missing from the list: {unlisted}",
                nb: "tilganger som mangler i listen: {unlisted}"
            ),
        ),
        (
            came_after,
            text!(
                en: "accesses that came after the list was made: {came_after}",
                nb: "tilganger som kom til etter at listen ble laget: {came_after}"
            ),
        ),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words);
    let what = Text::joined(parts, "; ");
    let message = text!(
        with what;
        en: "this review does not count yet ({what})",
        nb: "denne kontrollen teller ikke ennå ({what})"
    );
    let answer = Code::ReviewIncomplete.next().and(for_another(own));
    let anew = text!(
        en: "Where accesses are missing, make the list anew with `portvakt review start`.",
        nb: "Mangler det tilganger, lag listen på nytt med `portvakt review start`."
    );
    let way_out = if unlisted > 0 { answer.and(anew) } else { answer };
    Finding::new(Code::ReviewIncomplete, message, way_out).at(place.clone())
}

/// Returns the finding that says when a review is due, if that day is near or has passed.
#[must_use]
pub fn due(register: &Register, trust: &TrustId, due: &Due) -> Option<Finding> {
    let day = due.due?;
    let name = register.trusts.get(trust).map_or(trust.as_str(), |trust| trust.name.as_str());
    let last = match due.last {
        Some(last) => text!(en: "it was last reviewed on {last}", nb: "den ble sist kontrollert {last}"),
        None => text!(en: "it was never reviewed", nb: "den er aldri kontrollert"),
    };
    let (code, message) = match due.state {
        ReviewState::Done | ReviewState::Open => return None,
        ReviewState::DueSoon => (
            Code::ReviewDueSoon,
            text!(
                with last;
                en: "{name}: the review of the user list is due by {day}; {last}",
                nb: "{name}: kontrollen av brukerlisten skal være gjort innen {day}; {last}"
            ),
        ),
        ReviewState::Overdue => (
            Code::ReviewOverdue,
            text!(
                with last;
                en: "{name}: the review of the user list was due by {day}; {last}",
                nb: "{name}: kontrollen av brukerlisten skulle vært gjort innen {day}; {last}"
            ),
        ),
        ReviewState::Escalated => (
            Code::ReviewEscalated,
            text!(
                with last;
                en: "{name}: the review of the user list was due by {day}, more than a month ago; new access and extensions there wait; {last}",
                nb: "{name}: kontrollen av brukerlisten skulle vært gjort innen {day}, for mer enn en måned siden; nye og forlengede tilganger der venter; {last}"
            ),
        ),
    };
    let way_out = text!(
        en: "Make the list with `portvakt review start --trust {trust}`, answer every row and sign it. Nothing is taken away meanwhile.",
        nb: "Lag listen med `portvakt review start --trust {trust}`, svar på hver rad og signer. Ingenting fjernes i mellomtiden."
    );
    Some(Finding::new(code, message, way_out))
}
