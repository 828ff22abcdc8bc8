//! The everyday commands change the files for a user. Each asks for what is missing, makes the edit as a value, judges
//! it as the reviewer will, shows it and writes it. In a clone it is written on a branch of its own, otherwise into the
//! files here. If the author may approve the change, it is signed in the same step. If not, it waits for an approver,
//! and the command says for whom.
//!
//! ```text
//!  own         who writes, and with which key they sign
//!  people      a person, found by an id, a name or a part of one
//!  name        the name of a person that is to stand in a file
//!  meant       the unit, role, application, day or access that an answer means
//!  number      the number of the application
//!  portal      the export of the portal
//!  accesses    the accesses that a command is about
//!  given       what the options say of an access that is given
//!  namesakes   warnings about people with a similar name
//!  reason      a reason that is kept for ever and may name nobody
//!  approval    who approves, and how they know the person
//!  tried       a wish, judged before all questions are answered
//!
//!  menu        the tasks, for `portvakt` without arguments
//!  join        `join`: a clone for a new user
//!  requests    `requests`: the applications that wait
//!  grant       `grant`: a new access
//!  reject      `reject`: an application that is turned down
//!  extend      `extend`: a later last day
//!  change      `change`: another role, or another fact about the person
//!  mover       `move`: a person goes to another trust
//!  end         `end`: an access ends on a day
//!  revoke      `revoke`: an access ends at once
//!  key         `key`: a new signing key, keys in one change, and a lost key
//!  enrolling   how a new key comes into the list of keys
//!  gathered    keys that wait, in one change
//!  send        `send`: branches that are not sent yet
//!  waiting     `approve --waiting`: what waits for a signature
//!
//!  written     files below the root, and nowhere else
//!  anew        a change, repeated on the newest main branch
//!  underway    changes that wait already for the same person or application
//!  protected   protected files, shown before they are signed
//!  shown       a change as its reviewer will see it
//!  signed      the signature of the author
//! ```

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use portvakt_author::{AuthorDesk, ChangeDraft, EditError};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{FilePath, PersonId, TrustId};
use serde_json::json;

use self::shown::{WrittenChange, print_change, show};
use self::signed::{sign, unsigned, waits_for};
use self::underway::Repeat;
use super::ask::{Asker, Unanswered, nothing_was_written};
use super::clone::former::FormerPeople;
use super::clone::place::{self, WritingPlace};
use super::{last_valid, output, signing, tree};
use crate::config::{Format, Global};

mod accesses;
mod anew;
mod approval;
mod change;
mod end;
mod enrolling;
mod extend;
mod gathered;
mod given;
mod grant;
mod join;
mod key;
mod meant;
mod menu;
mod mover;
mod name;
mod namesakes;
mod number;
mod own;
mod people;
mod portal;
mod protected;
mod reason;
mod reject;
mod requests;
mod revoke;
mod send;
mod shown;
mod signed;
mod tried;
mod underway;
mod waiting;
mod written;

pub(super) use change::{Args as ChangeArgs, run as change};
pub(super) use end::{Args as EndArgs, run as end};
pub(super) use extend::{Args as ExtendArgs, run as extend};
pub(super) use grant::{Args as GrantArgs, run as grant};
pub(super) use join::{Args as JoinArgs, run as join};
pub(super) use key::{Args as KeyArgs, run as key};
pub(super) use menu::{is_possible as asks_for_a_task, task};
pub(super) use mover::{Args as MoveArgs, run as mover};
pub(super) use reject::{Args as RejectArgs, run as reject};
pub(super) use requests::{Args as RequestsArgs, run as requests};
pub(super) use revoke::{Args as RevokeArgs, run as revoke};
pub(super) use send::{Args as SendArgs, run as send};
pub(super) use waiting::run as waiting;

/// How a change is written and signed. All the everyday commands have these options.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct How {
    /// Who you are: your id, your name or a part of it. Without it: who `portvakt join` said, or whose key it is.
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
    /// The file with your private key, or the `.pub` of a key in hardware. Without it: the key that `portvakt join` or
    /// `portvakt key new` noted.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<PathBuf>,
    /// Sign with a key in the running `ssh-agent`.
    #[arg(long)]
    pub(super) agent: bool,
    /// Do not sign, even where you are the one who approves.
    #[arg(long, conflicts_with_all = ["key", "agent"])]
    pub(super) unsigned: bool,
    /// Write into the files here, and make no branch.
    #[arg(long)]
    pub(super) here: bool,
    /// Do not ask whether to write.
    #[arg(long)]
    pub(super) yes: bool,
    /// Write it also where the same waits or stands already.
    #[arg(long)]
    pub(super) again: bool,
}

/// The reason why a command ends without writing anything.
enum Stop {
    /// An answer is missing.
    Unanswered(Unanswered),
    /// The command stops with these findings.
    Findings(Vec<Finding>),
    /// The files already say what is asked for. Nothing is wrong. The words say what the files have.
    Already(Text),
}

impl From<Unanswered> for Stop {
    fn from(why: Unanswered) -> Self {
        Self::Unanswered(why)
    }
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Findings(vec![finding])
    }
}

impl From<Vec<Finding>> for Stop {
    fn from(findings: Vec<Finding>) -> Self {
        Self::Findings(findings)
    }
}

impl Stop {
    fn exit(self, global: &Global) -> Exit {
        match self {
            Self::Unanswered(why) => why.exit(global),
            Self::Findings(findings) => output::findings(global, &findings, json!({ "files": [] })),
            Self::Already(words) if global.format == Format::Human => {
                output::say(global, &text!(with words; en: "{words}\n", nb: "{words}\n"));
                Exit::Ok
            }
            Self::Already(words) => {
                let more = json!({ "files": [], "already": words.get(global.lang()) });
                output::findings(global, &[], more)
            }
        }
    }

    /// Joins the sentences about what the files already say.
    fn already(stands: Vec<Text>) -> Self {
        let nothing = text!(en: "There is nothing to change.", nb: "Det er ingenting å endre.");
        Self::Already(Text::joined(stands, " ").and(nothing))
    }
}

/// The tree that is edited, and the person who edits it.
struct Work<'a> {
    global: &'a Global,
    how: &'a How,
    ask: Asker,
    place: WritingPlace,
    desk: AuthorDesk,
    /// The person who writes. It is `None` if no option and no setting names them.
    me: Option<PersonId>,
    /// The former users. They are read from the history when they are first needed.
    former: OnceCell<FormerPeople>,
    /// The files whose settings stand in, if those of the place are not valid.
    stand_in: Option<WritingPlace>,
}

impl<'a> Work<'a> {
    fn open(global: &'a Global, how: &'a How) -> Result<Self, Stop> {
        let mut place = WritingPlace::open(global, how.here)?;
        let snapshot = tree::read_tree(&place.global)?.snapshot;
        let (desk, earlier) = last_valid::desk(global, &place.global, &snapshot)?;
        let stand_in = match earlier {
            Some(commit) => standing_in(global, &mut place, &commit)?,
            None => None,
        };
        let me = own::own_person(&place.global, how, &desk)?;
        let (ask, former) = (Asker::new(global), OnceCell::new());
        Ok(Self { global, how, ask, place, desk, me, former, stand_in })
    }

    /// Returns the current day in the register's time zone.
    fn today(&self) -> Date {
        self.desk.today
    }

    /// Returns all people who have or had a file, from the history.
    fn former(&self) -> &FormerPeople {
        self.former.get_or_init(|| FormerPeople::read(self.global, &self.place))
    }

    /// Returns the name of a person with their id.
    fn called(&self, person: &PersonId) -> String {
        people::called(&self.desk, person)
    }

    /// Returns the names of people with their ids, with commas between.
    fn all_called<'p>(&self, people: impl IntoIterator<Item = &'p PersonId>) -> String {
        let names: Vec<String> = people.into_iter().map(|person| self.called(person)).collect();
        names.join(", ")
    }
}

/// Opens the files whose settings stand in for those of a place in a clone.
fn standing_in(
    global: &Global,
    place: &mut WritingPlace,
    commit: &str,
) -> Result<Option<WritingPlace>, Finding> {
    let Some(top) = place::clone_of(&global.root) else { return Ok(None) };
    let other = WritingPlace::at(global, &top, commit)?;
    place.global.stand_in = Some(other.global.root.clone());
    Ok(Some(other))
}

/// The change that a command has made, with the words about it.
struct Made {
    draft: ChangeDraft,
    /// The words that name the branch, such as `grant-kari.testesen`.
    slug: String,
    /// The subject line of the commit, in English.
    sentence: String,
    /// Notices for the author, shown with the change.
    besides: Vec<Text>,
    /// Accesses that the files have already, so that the change would give them twice.
    repeats: Vec<Repeat>,
}

/// Judges, shows, writes, signs and sends a change.
fn carry(work: &Work<'_>, made: &Made) -> Result<Exit, Stop> {
    let global = work.global;
    if made.draft.is_empty() {
        return Err(Stop::already(made.besides.clone()));
    }
    let judged = tried::judged(work, &made.draft)?;
    let refused = tried::refused(&made.draft, &judged);
    if !refused.is_empty() {
        return Err(Stop::Findings(refused));
    }
    let underway = underway::already(work, made);
    let repeats: Vec<&Repeat> = made.repeats.iter().chain(&underway.same).collect();
    let is_asked = work.ask.at_a_terminal() && !work.how.yes;
    if !repeats.is_empty() && !work.how.again && !is_asked {
        return Err(Stop::Findings(repeats.into_iter().map(Repeat::stops).collect()));
    }
    show(work, made, &judged);
    if global.format == Format::Human {
        underway.others.iter().for_each(|waits| output::tell(global, waits));
        repeats.iter().for_each(|repeat| output::tell(global, &repeat.words()));
    }
    let question = match repeats.is_empty() || work.how.again {
        true => text!(en: "Write this?", nb: "Skrive dette?"),
        false => text!(en: "Write this all the same?", nb: "Skrive dette likevel?"),
    };
    if !work.how.yes && !work.ask.goes_on(&question)? {
        output::tell(global, &nothing_was_written());
        return Ok(Exit::Findings);
    }
    let paths: Vec<FilePath> = made.draft.files.iter().map(|file| file.path.clone()).collect();
    let stood = signing::stated(&work.place.global, &paths);
    written::write(&work.place.global.root, &made.draft)?;
    let signed = sign(work, made, &paths, &stood).map_err(|stop| unsigned(work, stop))?;
    let waits = waits_for(work, made, signed.is_some());
    let who = work.me.as_ref().map_or("portvakt", PersonId::as_str);
    let sent = work.place.keep(&made.slug, &made.sentence, who)?;
    print_change(work, made, &judged.checked.findings, &WrittenChange { signed, waits, sent });
    renew(work);
    Ok(Exit::Ok)
}

/// Repeats earlier changes from this clone that git cannot join with the newest main branch, and tells the user. If one
/// cannot be repeated, this command continues, and `portvakt send` reports it.
fn renew(work: &Work<'_>) {
    let Some(top) = work.place.repository().and_then(|_| place::clone_of(&work.global.root)) else { return };
    if let Some(target) = place::target_of(&top) {
        let _left = anew::own_branches(work.global, &top, &target);
    }
}

/// Returns the findings about an edit that cannot be made.
fn cannot(error: &EditError) -> Vec<Finding> {
    match error {
        EditError::InError(findings) | EditError::Otherwise(findings) if !findings.is_empty() => {
            findings.clone()
        }
        EditError::InError(_) | EditError::Otherwise(_) | EditError::Unusual(_) => {
            let message = text!(
                en: "the file is written in a way in which the place to change is not found, so nothing was changed",
                nb: "filen er skrevet på en måte der stedet som skal endres, ikke ble funnet, så ingenting ble endret"
            );
            let way_out = text!(
                en: "Make this change by hand, or write each value of the file in a line of its own first.",
                nb: "Gjør denne endringen for hånd, eller skriv først hver verdi i filen på sin egen linje."
            );
            vec![Finding::new(Code::BadValue, message, way_out)]
        }
    }
}

/// The approvals by trust. Each trust has one.
type TrustApprovals = BTreeMap<TrustId, portvakt_core::model::Approval>;
