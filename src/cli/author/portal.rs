//! Finds the export of the portal. It must be outside of the repository, because it holds identity numbers and
//! addresses, and git keeps everything for ever. An option names it, or `PORTVAKT_REQUESTS`, or the setting
//! `git config portvakt.requests FILE`. Git settings also note the names of unusual columns. Only the number, the name
//! and what is asked for are kept of each application.

use std::path::{Path, PathBuf};

use portvakt_author::{
    Application, AskedSubject, Columns, Export, RequestNotice, UnclearWord, WaitingRequest, read_export,
    table_text,
};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{RequestId, TrustId};

use super::{Stop, Work};
use crate::cli::ask::Unanswered;
use crate::cli::clone::git::answer_of_git;
use crate::cli::{due, output, signable};
use crate::config::home;

/// The name under which the clone's git configuration notes the export.
const NOTED: &str = "portvakt.requests";

/// The git setting for the name of a column. It may be set several times, once for each column.
const COLUMN: &str = "portvakt.column";

/// The largest export that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads the export that is named or noted. The user is told the numbers of the rows that cannot be used, and nothing
/// else about them.
pub(super) fn export(work: &Work<'_>, named: Option<&Path>) -> Result<Export, Stop> {
    let file = match named.map(Path::to_path_buf).or_else(|| noted(work)) {
        Some(file) => file,
        None if work.ask.at_a_terminal() => asked_file(work)?,
        None => return Err(unnamed().into()),
    };
    let shown = file.display().to_string();
    if is_inside(work, &file) {
        return Err(Stop::from(inside(&shown)));
    }
    let bytes = signable::read_plain_file(&file, LARGEST).map_err(|why| {
        let way_out = text!(
            en: "Name the file that the portal has written, with `--export FILE`.",
            nb: "Oppgi filen som portalen har skrevet, med `--export FIL`."
        );
        Finding::new(Code::SourceUnreadable, why.of(&shown), way_out)
    })?;
    let unread = |why: &Text| {
        let message = text!(with why; en: "`{shown}` is not read: {why}", nb: "`{shown}` leses ikke: {why}");
        let way_out = text!(
            en: "Name an export of the applications: CSV with a first line that names the columns, or JSON.",
            nb: "Oppgi en eksport av søknadene: CSV med en første linje som navngir kolonnene, eller JSON."
        );
        Finding::new(Code::SourceUnreadable, message, way_out)
    };
    let text = table_text(bytes).map_err(|error| unread(error.words()))?;
    let export = read_export(&text, &columns(work)?, work.today()).map_err(|error| unread(error.words()))?;
    for (row, why) in &export.unread {
        output::tell(
            work.global,
            &text!(
                with why;
                en: "Row {row} of the export is passed over: {why}.",
                nb: "Rad {row} i eksporten hoppes over: {why}."
            ),
        );
    }
    Ok(export)
}

/// Reads the export if one is named or noted.
pub(super) fn any(work: &Work<'_>, named: Option<&Path>) -> Result<Option<Export>, Stop> {
    if named.is_none() && noted(work).is_none() {
        return Ok(None);
    }
    export(work, named).map(Some)
}

fn noted(work: &Work<'_>) -> Option<PathBuf> {
    answer_of_git(&work.global.root, &["config", "--get", "--type=path", NOTED]).map(PathBuf::from)
}

/// Returns the file that the user names at the terminal.
fn asked_file(work: &Work<'_>) -> Result<PathBuf, Unanswered> {
    let question = text!(
        en: "the file that the portal has written, outside the repository",
        nb: "filen som portalen har skrevet, utenfor kodelageret"
    );
    work.ask.line(&question, "--from", None, |typed| {
        let below_home = typed.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest)));
        let file = below_home.unwrap_or_else(|| PathBuf::from(typed));
        if file.is_file() {
            return Ok(file);
        }
        let typed = portvakt_net::line(typed);
        Err(text!(en: "There is no file `{typed}`.", nb: "Det er ingen fil `{typed}`."))
    })
}

/// Returns the user's own names of columns, from the git configuration.
fn columns(work: &Work<'_>) -> Result<Columns, Finding> {
    let lines = answer_of_git(&work.global.root, &["config", "--get-all", COLUMN]).unwrap_or_default();
    Columns::read(&lines).map_err(|error| {
        let why = error.words();
        let message = text!(
            with why;
            en: "the columns of the export are not known: {why}",
            nb: "kolonnene i eksporten er ikke kjent: {why}"
        );
        let way_out = text!(
            en: "See what is noted with `git config --get-all {COLUMN}`, and note each again: `git config --add {COLUMN} number=Saksnr`.",
            nb: "Se hva som er notert, med `git config --get-all {COLUMN}`, og noter hver på nytt: `git config --add {COLUMN} number=Saksnr`."
        );
        Finding::new(Code::BadValue, message, way_out)
    })
}

fn unnamed() -> Unanswered {
    Unanswered(text!(
        en: "error: it is not said where the export of the portal is; name it, or note it once for all with `git config {NOTED} FILE`",
        nb: "feil: det er ikke sagt hvor eksporten fra portalen er; oppgi den, eller noter den én gang for alle med `git config {NOTED} FIL`"
    ))
}

/// Returns whether a file is in the repository. Without a repository, it returns whether the file is below the root.
fn is_inside(work: &Work<'_>, file: &Path) -> bool {
    let root = &work.global.root;
    let top = answer_of_git(root, &["rev-parse", "--show-toplevel"]).map(PathBuf::from);
    let folders = [Some(root.clone()), top];
    let Ok(file) = file.canonicalize() else { return false };
    folders
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.canonicalize().ok())
        .any(|top| file.starts_with(top))
}

fn inside(shown: &str) -> Finding {
    let message = text!(
        en: "`{shown}` is in the repository, where an export of the portal may not be",
        nb: "`{shown}` ligger i kodelageret, der en eksport fra portalen ikke kan ligge"
    );
    let way_out = text!(
        en: "Move it to a folder that only you can read, outside the repository; if it was committed, say so to whoever runs the register.",
        nb: "Flytt den til en mappe som bare du kan lese, utenfor kodelageret; er den sendt inn, si fra til den som drifter registeret."
    );
    Finding::new(Code::PersonalNumber, message, way_out)
}

/// Returns the one application of the export with this number.
pub(super) fn application<'e>(export: &'e Export, number: &RequestId) -> Result<&'e Application, Unanswered> {
    let found: Vec<&Application> =
        export.applications.iter().filter(|one| one.number.is_same(number)).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Unanswered(text!(
            en: "error: the export has no application `{number}`",
            nb: "feil: eksporten har ingen søknad `{number}`"
        ))),
        _ => Err(Unanswered(text!(
            en: "error: the number `{number}` stands at several people in the export; ask the portal whose it is",
            nb: "feil: nummeret `{number}` står ved flere personer i eksporten; spør portalen hvem det gjelder"
        ))),
    }
}

/// Returns what an application asks for, in one line.
pub(super) fn asks_for(work: &Work<'_>, waiting: &WaitingRequest) -> Text {
    let register = &work.desk.rules.register;
    let WaitingRequest { application, .. } = waiting;
    let nobody = text!(en: "somebody without a name", nb: "noen uten navn");
    let who = if application.name.is_empty() { nobody } else { shown(&application.name) };
    let role = match &waiting.role {
        Some(role) => Text::same(role.as_str()),
        None if application.roles.is_empty() => text!(en: "no role", nb: "ingen rolle"),
        None => shown(&application.roles.join(", ")),
    };
    let unit = match waiting.unit {
        Some(unit) => Text::same(register.unit_name(unit)),
        None if application.units.is_empty() => text!(en: "no unit", nb: "ingen enhet"),
        None => shown(&application.units.join(", ")),
    };
    let names: Vec<&str> = waiting.applications.iter().map(|id| id.as_str()).collect();
    let names = if names.is_empty() {
        shown(&application.applications.join(", "))
    } else {
        Text::same(names.join(", "))
    };
    text!(
        with who, role, unit, names;
        en: "{who} asks for {role} at {unit} in {names}",
        nb: "{who} ber om {role} ved {unit} i {names}"
    )
}

/// Returns words of an export on one line and without invisible characters.
pub(super) fn shown(words: &str) -> Text {
    Text::same(portvakt_net::line(words))
}

/// Returns the words of a notice for the person who decides.
pub(super) fn notice(notice: &RequestNotice) -> Text {
    match notice {
        RequestNotice::Unclear(word) => unclear(word),
        RequestNotice::Former(person, name) => text!(
            en: "a former user is called {name} ({person}): a returning person gets a new user, by this new application",
            nb: "en tidligere bruker heter {name} ({person}): den som kommer tilbake, får ny bruker med denne nye søknaden"
        ),
        RequestNotice::HasAccess(person, name) => text!(
            en: "{name} ({person}) has access already",
            nb: "{name} ({person}) har allerede tilgang"
        ),
        RequestNotice::Alike(person, name) => text!(
            en: "a name like it: {name} ({person})",
            nb: "et lignende navn: {name} ({person})"
        ),
        RequestNotice::TooMany(role, holders, most) => text!(
            en: "this would be number {holders} with {role} at the trust, and at most {most} are allowed",
            nb: "dette ville være nummer {holders} med {role} ved helseforetaket, og høyst {most} er tillatt"
        ),
        RequestNotice::SharedNumber => text!(
            en: "the number stands at another person in the export too",
            nb: "nummeret står også ved en annen person i eksporten"
        ),
        RequestNotice::ReviewOverdue(trust) => due::waits_for_review(trust.as_str()),
        RequestNotice::RejectedAt(trust, person) => text!(
            en: "rejected at {trust} by {person}, where it is not decided: its number gives nothing until that entry is taken out of `requests/{trust}.yaml`",
            nb: "avvist ved {trust} av {person}, der den ikke avgjøres: nummeret gir ingen tilgang før oppføringen er tatt ut av `requests/{trust}.yaml`"
        ),
    }
}

/// Returns the finding for an application of another trust. It is decided at that trust.
pub(super) fn of_another_trust(request: &RequestId, trust: &TrustId, other: &TrustId) -> Finding {
    let message = text!(
        en: "by the export the application `{request}` was sent to {other}, not to {trust}",
        nb: "etter eksporten er søknaden `{request}` sendt til {other}, ikke til {trust}"
    );
    let way_out = text!(
        en: "Leave it to those who decide at {other}: `portvakt requests` names them.",
        nb: "Overlat den til dem som avgjør ved {other}: `portvakt requests` nevner dem."
    );
    Finding::new(Code::RequestOfAnother, message, way_out)
}

/// Returns the words for a word of an application that does not mean one thing of the register.
pub(super) fn unclear(word: &UnclearWord) -> Text {
    let what = match word.subject {
        AskedSubject::Unit => text!(en: "the unit", nb: "enheten"),
        AskedSubject::Role => text!(en: "the role", nb: "rollen"),
        AskedSubject::Application => text!(en: "the application", nb: "applikasjonen"),
    };
    let typed = portvakt_net::line(&word.typed);
    if word.fitting.is_empty() {
        return text!(
            with what;
            en: "{what} `{typed}` is not understood: the register has none of that name",
            nb: "{what} `{typed}` er ikke forstått: registeret har ingen med det navnet"
        );
    }
    let fitting = word.fitting.join(", ");
    text!(
        with what;
        en: "{what} `{typed}` is not understood: it fits each of {fitting}",
        nb: "{what} `{typed}` er ikke forstått: det passer på hver av {fitting}"
    )
}
